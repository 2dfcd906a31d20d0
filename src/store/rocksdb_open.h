#pragma once

// The opened database of the embedded store. Private to store/.

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "store/health.h"
#include "store/rocksdb_store.h"

namespace store {

inline constexpr int kDiskFormat = 2;

struct Database {
  std::unique_ptr<rocksdb::Env> env;
  std::shared_ptr<Health> health;  // the database tells it of errors until it is closed
  std::unique_ptr<rocksdb::DB> db;
  // Owned by the database object; destroyed before it closes.
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* accounts = nullptr;
  rocksdb::ColumnFamilyHandle* sessions = nullptr;
  rocksdb::ColumnFamilyHandle* changes = nullptr;
  rocksdb::ColumnFamilyHandle* notices = nullptr;

  Database() = default;
  Database(Database&& other) = default;
  Database(const Database&) = delete;
  ~Database();
};

// How each of the families is written and read. `cache` may be null.
rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache);

// The format of an opened folder, 0 where none is written yet. Fails with kStorageFailed where it
// is not one this program knows.
base::Result<int> CheckKnownFormat(rocksdb::DB& db, const std::string& path);

base::Result<Database> OpenDatabase(const RocksDbOptions& options);

// What Store::MakeBackup promises.
base::Result<void> MakeCheckpoint(Database& database, const std::string& folder);

// Logs why, and answers kStorageFailed: the text of a status may hold keys or paths and is not for
// clients.
tl::unexpected<base::Error> Failed(const char* what, const rocksdb::Status& status);

inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace store
