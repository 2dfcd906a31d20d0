#include "store/rocksdb_open.h"

#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>

#include <charconv>

#include "base/log.h"
#include "store/keys.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

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

rocksdb::DBOptions DatabaseOptions() {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.paranoid_checks = true;
  options.max_background_jobs = 2;
  options.keep_log_file_num = 4;
  options.max_log_file_size = 8 << 20;
  options.max_total_wal_size = 256 << 20;
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

// Reads the format of the folder; a new folder and one of an older format become ours.
base::Result<void> CheckFormat(Database& database, const std::string& path) {
  std::string text;
  auto key = rocksdb::Slice(keys::kFormat.data(), keys::kFormat.size());
  rocksdb::Status status = database.db->Get({}, database.meta, key, &text);
  int format = 0;
  if (status.ok()) {
    std::from_chars(text.data(), text.data() + text.size(), format);
    if (format < 1) return Fail(Code::kStorageFailed, path + ": the format is not a number");
    if (format > kDiskFormat) {
      return Fail(Code::kStorageFailed, path + " has format " + text +
                                            ", this program knows formats up to " +
                                            std::to_string(kDiskFormat));
    }
  } else if (!status.IsNotFound()) {
    return Fail(Code::kStorageFailed, path + ": " + status.ToString());
  }
  if (format < kDiskFormat) status = WriteFormat(database);
  if (!status.ok()) return Fail(Code::kStorageFailed, path + ": " + status.ToString());
  return {};
}

}  // namespace

Database::~Database() {
  if (db == nullptr) return;
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
  rocksdb::Status status =
      rocksdb::DB::Open(DatabaseOptions(), options.path, families, &handles, &opened);
  if (!status.ok()) return Fail(Code::kStorageFailed, options.path + ": " + status.ToString());

  Database database;
  database.db.reset(opened);
  database.meta = handles[0];
  database.accounts = handles[1];
  database.sessions = handles[2];
  database.changes = handles[3];
  database.notices = handles[4];
  if (auto checked = CheckFormat(database, options.path); !checked) {
    return tl::unexpected(checked.error());
  }
  return database;
}

tl::unexpected<base::Error> Failed(const char* what, const rocksdb::Status& status) {
  base::LogError(what, {{"reason", status.ToString()}});
  return base::Fail(base::Code::kStorageFailed, what);
}

}  // namespace store
