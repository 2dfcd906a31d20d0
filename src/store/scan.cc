#include "store/scan.h"

#include "store/codec.h"
#include "store/keys.h"
#include "store/read_only.h"
#include "store/rocksdb_open.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

}  // namespace

base::Result<void> ScanAccounts(const std::string& folder, AppId app,
                                const std::function<void(Store::Fields)>& on_fields,
                                const EachAccount& each) {
  auto opened = LockAndOpen(folder);
  if (!opened) return tl::unexpected(opened.error());
  const ReadOnlyDatabase& database = opened->database;
  rocksdb::DB& db = *database.db;

  std::string bytes;
  rocksdb::Status status = db.Get({}, keys::Fields(app), &bytes);
  if (!status.ok() && !status.IsNotFound()) return Fail(Code::kStorageFailed, status.ToString());
  auto fields = status.ok() ? DecodeFields(bytes) : Store::Fields();
  if (!fields) return Fail(Code::kStorageFailed, "the stored custom fields are broken");
  on_fields(*std::move(fields));

  std::string prefix;
  keys::AppendBigEndian(prefix, app);
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> it(
      db.NewIterator(options, database.Find(keys::kAccountsFamily)));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    auto record = profile::Record::Decode(it->value().ToString());
    if (record && !record->Exists()) continue;
    base::Result<RecordPtr> shared = RecordPtr();
    if (record) shared = std::make_shared<const profile::Record>(*std::move(record));
    if (!record) shared = tl::unexpected(record.error());
    if (!each(std::string(ToView(it->key()).substr(prefix.size())), std::move(shared))) break;
  }
  if (!it->status().ok()) return Fail(Code::kStorageFailed, it->status().ToString());
  return {};
}

}  // namespace store
