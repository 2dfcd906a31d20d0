#pragma once

// A store that no server has open, opened for looking only. Private to store/.

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"

namespace store {

// Keeps every server out of the folder as long as it lives.
class FolderLock {
 public:
  // Fails with kStorageFailed where the folder is not there or a server has it open. A folder that
  // cannot be written to is nobody's: it needs no lock.
  static base::Result<FolderLock> Take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(rocksdb::FileLock* lock) : lock_(lock) {}
  rocksdb::FileLock* lock_;
};

struct ReadOnlyDatabase {
  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;

  ReadOnlyDatabase() = default;
  ReadOnlyDatabase(ReadOnlyDatabase&& other) = default;
  ReadOnlyDatabase(const ReadOnlyDatabase&) = delete;
  ~ReadOnlyDatabase();

  // Null where there is no such family: a folder of an older format.
  rocksdb::ColumnFamilyHandle* Find(std::string_view family) const;
};

// What the logs hold and no table does yet is read into memory. Fails with kStorageFailed and
// RocksDB's reason. The folder is locked by the caller.
base::Result<ReadOnlyDatabase> OpenReadOnly(const std::string& folder);

// A store that is whole and of a known format, and the lock on its folder.
struct LockedDatabase {
  FolderLock lock;
  ReadOnlyDatabase database;
};
base::Result<LockedDatabase> LockAndOpen(const std::string& folder);

}  // namespace store
