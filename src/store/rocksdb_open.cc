#include "store/rocksdb_open.h"

#include <rocksdb/env.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/utilities/checkpoint.h>

#include <charconv>
#include <forward_list>
#include <mutex>

#include "base/log.h"
#include "store/keys.h"
#include "store/log_check.h"
#include "store/no_wait.h"
#include "store/rocksdb_log.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

rocksdb::DBOptions DatabaseOptions(const RocksDbOptions& given, Database& database) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.info_log = MakeRocksDbLog();
  options.max_total_wal_size = 256 << 20;
  options.max_open_files = given.max_open_files;
  // Of every table as a whole, beside those of its blocks: what no read looks at is checked too.
  options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  auto files = given.file_system ? given.file_system : rocksdb::FileSystem::Default();
  database.env = rocksdb::NewCompositeEnv(MakeNoWaitFileSystem(std::move(files)));
  options.env = database.env.get();
  database.health = std::make_shared<Health>();
  options.listeners.push_back(database.health);
  return options;
}

// What a folder of an older format lacks: 1 had no notices; they begin with the first change made
// from now on, as the instances that read them do. The column family itself is made when the
// database opens.
rocksdb::Status WriteFormat(Database& database) {
  rocksdb::WriteOptions sync;
  sync.sync = true;
  auto key = rocksdb::Slice(keys::kFormat.data(), keys::kFormat.size());
  return database.db->Put(sync, database.meta, key, std::to_string(kDiskFormat));
}

// A new folder and one of an older format become ours.
base::Result<void> CheckFormat(Database& database, const std::string& path) {
  auto format = CheckKnownFormat(*database.db, path);
  if (!format) return tl::unexpected(format.error());
  if (*format == kDiskFormat) return {};
  rocksdb::Status status = WriteFormat(database);
  if (!status.ok()) return Fail(Code::kStorageFailed, path + ": " + status.ToString());
  return {};
}

// Keeps a database to the end of the process, and past it: nothing destroys the list.
void LeaveOpen(Database database) {
  static std::mutex mutex;
  static auto& left_open = *new std::forward_list<Database>;
  std::lock_guard lock(mutex);
  left_open.push_front(std::move(database));
}

}  // namespace

rocksdb::ColumnFamilyOptions FamilyOptions(const RocksDbOptions& options,
                                           const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.format_version = 5;
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.write_buffer_size = options.write_buffer_bytes;
  // Compressing fresh data costs half the writes per second; the last level holds nine tenths of
  // it.
  family.compression = rocksdb::kNoCompression;
  family.bottommost_compression = rocksdb::kLZ4Compression;
  return family;
}

base::Result<int> CheckKnownFormat(rocksdb::DB& db, const std::string& path) {
  std::string text;
  auto key = rocksdb::Slice(keys::kFormat.data(), keys::kFormat.size());
  rocksdb::Status status = db.Get({}, key, &text);
  if (status.IsNotFound()) return 0;
  if (!status.ok()) return Fail(Code::kStorageFailed, path + ": " + status.ToString());
  int format = 0;
  std::from_chars(text.data(), text.data() + text.size(), format);
  if (format < 1) return Fail(Code::kStorageFailed, path + ": the format is not a number");
  if (format > kDiskFormat) {
    return Fail(Code::kStorageFailed, path + " has format " + text +
                                          ", this program knows formats up to " +
                                          std::to_string(kDiskFormat));
  }
  return format;
}

Database::~Database() {
  if (db == nullptr) return;
  health->Stop();
  if (health->HasFailed()) {
    // After some errors RocksDB 7.8 has lost count of who uses what, and its closing aborts. What
    // was acknowledged is on disk; the process is about to end, as a restart is what heals it.
    LeaveOpen(std::move(*this));
    return;
  }
  for (auto* handle : {meta, accounts, sessions, changes, notices}) {
    if (handle != nullptr) db->DestroyColumnFamilyHandle(handle);
  }
  if (auto status = db->Close(); !status.ok()) {
    base::LogError("store close failed", {{"reason", status.ToString()}});
  }
}

base::Result<Database> OpenDatabase(const RocksDbOptions& options) {
  auto cache = rocksdb::NewLRUCache(options.block_cache_bytes);
  auto family = FamilyOptions(options, cache);
  std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family},
      {keys::kAccountsFamily, family},
      {keys::kSessionsFamily, family},
      {keys::kChangesFamily, family},
      {keys::kNoticesFamily, family},
  };
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  rocksdb::DB* opened = nullptr;
  Database database;
  rocksdb::DBOptions database_options = DatabaseOptions(options, database);
  auto files = database_options.env->GetFileSystem();
  auto unfinished = CheckLogs(*files, options.path);
  if (!unfinished) return tl::unexpected(unfinished.error());
  if (!unfinished->empty()) {
    auto dropped = DropUnfinished(*unfinished);
    if (!dropped) return tl::unexpected(dropped.error());
  }
  // Made here, a new folder is no cause for RocksDB to complain that it is not there.
  rocksdb::Status status = database_options.env->CreateDirIfMissing(options.path);
  if (!status.ok()) return Fail(Code::kStorageFailed, options.path + ": " + status.ToString());
  status = rocksdb::DB::Open(database_options, options.path, families, &handles, &opened);
  if (!status.ok()) return Fail(Code::kStorageFailed, options.path + ": " + status.ToString());

  database.db.reset(opened);
  database.meta = handles[0];
  database.accounts = handles[1];
  database.sessions = handles[2];
  database.changes = handles[3];
  database.notices = handles[4];
  if (auto checked = CheckFormat(database, options.path); !checked) {
    return tl::unexpected(checked.error());
  }
  database.health->Start(*database.db);
  return database;
}

base::Result<void> MakeCheckpoint(Database& database, const std::string& folder) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(database.db.get(), &made);
  std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  // Memory is written out first: a backup of tables alone has nothing to copy.
  if (status.ok()) status = checkpoint->CreateCheckpoint(folder, 0);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + ": " + status.ToString());
  return {};
}

tl::unexpected<base::Error> Failed(const char* what, const rocksdb::Status& status) {
  base::LogError(what, {{"reason", status.ToString()}});
  return base::Fail(base::Code::kStorageFailed, what);
}

}  // namespace store
