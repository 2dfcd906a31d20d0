#pragma once

// The opened database of the embedded store. Private to store/.

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "store/rocksdb_store.h"

namespace store {

inline constexpr int kDiskFormat = 2;

struct Database {
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

base::Result<Database> OpenDatabase(const RocksDbOptions& options);

// Logs why, and answers kStorageFailed: the text of a status may hold keys or paths and is not for
// clients.
tl::unexpected<base::Error> Failed(const char* what, const rocksdb::Status& status);

inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace store
