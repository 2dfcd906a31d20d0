#include "store/read_only.h"

#include <sys/stat.h>

#include <utility>

#include "store/log_check.h"
#include "store/rocksdb_log.h"
#include "store/rocksdb_open.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

}  // namespace

base::Result<FolderLock> FolderLock::Take(const std::string& folder) {
  auto files = rocksdb::FileSystem::Default();
  rocksdb::IOStatus status = files->FileExists(folder, {}, nullptr);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + ": there is no such folder");
  rocksdb::FileLock* lock = nullptr;
  status = files->LockFile(folder + "/LOCK", {}, &lock, nullptr);
  if (status.ok()) {
    ::chmod((folder + "/LOCK").c_str(), 0600);
    return FolderLock(lock);
  }
  if (status.ToString().find("Read-only file system") != std::string::npos) {
    return FolderLock(nullptr);
  }
  return Fail(Code::kStorageFailed, folder + ": in use by a server? " + status.ToString());
}

FolderLock::FolderLock(FolderLock&& other) noexcept : lock_(std::exchange(other.lock_, nullptr)) {}

FolderLock::~FolderLock() {
  if (lock_ == nullptr) return;
  rocksdb::FileSystem::Default()->UnlockFile(lock_, {}, nullptr).PermitUncheckedError();
}

ReadOnlyDatabase::~ReadOnlyDatabase() {
  if (db == nullptr) return;
  for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
}

rocksdb::ColumnFamilyHandle* ReadOnlyDatabase::Find(std::string_view family) const {
  for (auto* handle : handles) {
    if (handle->GetName() == family) return handle;
  }
  return nullptr;
}

base::Result<ReadOnlyDatabase> OpenReadOnly(const std::string& folder) {
  rocksdb::DBOptions options;
  options.info_log = MakeRocksDbLog();
  options.max_open_files = RocksDbOptions().max_open_files;
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  std::vector<std::string> names;
  rocksdb::Status status = rocksdb::DB::ListColumnFamilies(options, folder, &names);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + ": " + status.ToString());
  std::vector<rocksdb::ColumnFamilyDescriptor> families;
  for (const std::string& name : names) families.emplace_back(name, FamilyOptions({}, nullptr));
  ReadOnlyDatabase database;
  rocksdb::DB* opened = nullptr;
  status = rocksdb::DB::OpenForReadOnly(options, folder, families, &database.handles, &opened);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + ": " + status.ToString());
  database.db.reset(opened);
  return database;
}

base::Result<LockedDatabase> LockAndOpen(const std::string& folder) {
  auto lock = FolderLock::Take(folder);
  if (!lock) return tl::unexpected(lock.error());
  auto logs = CheckLogs(*rocksdb::FileSystem::Default(), folder);
  if (!logs) return tl::unexpected(logs.error());
  auto database = OpenReadOnly(folder);
  if (!database) return tl::unexpected(database.error());
  auto format = CheckKnownFormat(*database->db, folder);
  if (!format) return tl::unexpected(format.error());
  return LockedDatabase{*std::move(lock), *std::move(database)};
}

}  // namespace store
