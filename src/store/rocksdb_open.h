#pragma once

// The opened database of the embedded store. Private to store/.

#include <rocksdb/db.h>

#include <memory>
#include <string>

#include "store/rocksdb_store.h"

namespace store {

inline constexpr int kDiskFormat = 1;

struct Database {
  std::unique_ptr<rocksdb::DB> db;
  // Owned by the database object; destroyed before it closes.
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* accounts = nullptr;
  rocksdb::ColumnFamilyHandle* sessions = nullptr;
  rocksdb::ColumnFamilyHandle* changes = nullptr;

  Database() = default;
  Database(Database&& other) = default;
  Database(const Database&) = delete;
  ~Database();
};

base::Result<Database> OpenDatabase(const RocksDbOptions& options);

inline std::string_view ToView(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

}  // namespace store
