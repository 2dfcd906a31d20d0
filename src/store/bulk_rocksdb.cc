#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/bytes.h"
#include "store/bulk.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/rocksdb_open.h"

namespace store {
namespace {

using base::Code;
using base::Fail;
using base::Result;

const rocksdb::Slice kNextTinyId(keys::kNextTinyId.data(), keys::kNextTinyId.size());
constexpr std::string_view kFieldsPrefix = "fields";
constexpr std::string_view kCursorPrefix = "cursor";

Result<void> Done(const rocksdb::Status& status) {
  if (status.ok()) return {};
  return Fail(Code::kStorageFailed, status.ToString());
}

tl::unexpected<base::Error> Broken(const char* what) {
  return Fail(Code::kStorageFailed, std::string("a stored ") + what + " is broken");
}

std::optional<AccountId> ToAccount(std::string_view text) {
  return AccountId::Parse(text, AccountId::Alphabet::kUtf8);
}

// app(8) length(1) account, then the rest.
struct AccountKey {
  AppId app = 0;
  std::string account;
  std::string rest;
};
std::optional<AccountKey> ParseAccountKey(std::string_view key) {
  if (key.size() < 9) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(key[8]);
  if (key.size() < 9 + length) return std::nullopt;
  return AccountKey{keys::ReadBigEndian(key.substr(0, 8)), std::string(key.substr(9, length)),
                    std::string(key.substr(9 + length))};
}

class RocksDbBulk final : public Bulk {
 public:
  RocksDbBulk(Database database, std::string path, std::string final_path)
      : database_(std::make_unique<Database>(std::move(database))),
        path_(std::move(path)),
        final_path_(std::move(final_path)) {}

  Result<std::vector<Item>> Read(Part part, const std::optional<Item>& after,
                                 std::size_t limit) override;
  Result<std::uint64_t> Estimate(Part part) override;
  Result<void> Write(Part part, const std::vector<Item>& items) override;
  Result<void> Clear(Part part) override;
  Result<TinyId> NextTinyId() override;
  Result<void> SetNextTinyId(TinyId next) override;
  Result<std::vector<ReaderPlace>> ReadPlaces() override;
  Result<void> WritePlaces(const std::vector<ReaderPlace>& places) override;
  Result<void> Finish() override;

 private:
  struct Range {
    rocksdb::ColumnFamilyHandle* family;
    std::string prefix;
  };
  Range RangeOf(Part part) const;
  static std::string KeyOf(Part part, const Item& item);
  Result<Item> ToItem(Part part, std::string_view key, std::string_view value);
  Result<void> Put(Part part, const Item& item, rocksdb::WriteBatch& batch);
  Result<std::uint64_t> LastPosition(AppId app);
  std::unique_ptr<rocksdb::Iterator> Iterate(rocksdb::ColumnFamilyHandle* family) const {
    return std::unique_ptr<rocksdb::Iterator>(database_->db->NewIterator({}, family));
  }

  std::unique_ptr<Database> database_;
  const std::string path_, final_path_;
  std::map<AppId, std::uint64_t> last_positions_;
};

RocksDbBulk::Range RocksDbBulk::RangeOf(Part part) const {
  switch (part) {
    case Part::kFields: return {database_->meta, std::string(kFieldsPrefix)};
    case Part::kAccounts: return {database_->accounts, ""};
    case Part::kSessions: return {database_->sessions, "s"};
    case Part::kInstances: return {database_->sessions, "i"};
    case Part::kChanges: return {database_->notices, ""};
  }
  return {};
}

std::string RocksDbBulk::KeyOf(Part part, const Item& item) {
  std::string key;
  switch (part) {
    case Part::kFields: return keys::Fields(item.app);
    case Part::kAccounts: return keys::Account(item.app, *ToAccount(item.account));
    case Part::kInstances: return keys::Instance(item.app, *ToAccount(item.account), item.id);
    case Part::kChanges: return keys::Notice(item.app, *ToAccount(item.account), item.notice_seq);
    case Part::kSessions: break;
  }
  SessionId id{};
  item.id.copy(id.data(), id.size());
  return keys::Session(item.app, id);
}

Result<Item> RocksDbBulk::ToItem(Part part, std::string_view key, std::string_view value) {
  Item item;
  item.value = value;
  if (part == Part::kFields) {
    item.app = keys::ReadBigEndian(key.substr(kFieldsPrefix.size()));
  } else if (part == Part::kAccounts) {
    item.app = keys::ReadBigEndian(key.substr(0, 8));
    item.account = key.substr(8);
  } else if (part == Part::kSessions) {
    item.app = keys::AppOf(key);
    item.id = key.substr(9);
  } else {
    auto parsed = ParseAccountKey(part == Part::kInstances ? key.substr(1) : key);
    if (!parsed) return Broken("key");
    item.app = parsed->app;
    item.account = parsed->account;
    if (part == Part::kInstances) {
      item.id = parsed->rest;
      return item;
    }
    item.notice_seq = keys::ReadBigEndian(parsed->rest);
    item.writer = static_cast<std::uint32_t>(keys::ReadBigEndian(value.substr(0, 4)));
    item.position = keys::ReadBigEndian(value.substr(4));
    auto got = Done(
        database_->db->Get({}, database_->changes, keys::ChangeAt(item.app, value), &item.value));
    if (!got) return tl::unexpected(got.error());
  }
  return item;
}

Result<std::vector<Item>> RocksDbBulk::Read(Part part, const std::optional<Item>& after,
                                            std::size_t limit) {
  Range range = RangeOf(part);
  auto iterator = Iterate(range.family);
  std::string first = after ? KeyOf(part, *after) + '\0' : range.prefix;
  std::vector<Item> items;
  for (iterator->Seek(first); iterator->Valid() && items.size() < limit; iterator->Next()) {
    if (!iterator->key().starts_with(range.prefix)) break;
    auto item = ToItem(part, ToView(iterator->key()), ToView(iterator->value()));
    if (!item) return tl::unexpected(item.error());
    items.push_back(*std::move(item));
  }
  if (auto read = Done(iterator->status()); !read) return tl::unexpected(read.error());
  return items;
}

// The keys of a family; some have several kinds, of which a part is one.
Result<std::uint64_t> RocksDbBulk::Estimate(Part part) {
  std::uint64_t keys = 0;
  database_->db->GetIntProperty(RangeOf(part).family, rocksdb::DB::Properties::kEstimateNumKeys,
                                &keys);
  return keys;
}

// Of writer 0, whose stream this store writes.
Result<std::uint64_t> RocksDbBulk::LastPosition(AppId app) {
  auto iterator = Iterate(database_->changes);
  std::string prefix = keys::Changes(app, 0);
  iterator->SeekForPrev(keys::Change(app, 0, ~std::uint64_t{0}));
  if (auto read = Done(iterator->status()); !read) return tl::unexpected(read.error());
  bool is_there = iterator->Valid() && iterator->key().starts_with(prefix);
  return is_there ? keys::PositionOf(ToView(iterator->key())) : 0;
}

Result<void> RocksDbBulk::Put(Part part, const Item& item, rocksdb::WriteBatch& batch) {
  if (part == Part::kChanges) {
    if (!last_positions_.contains(item.app)) {
      auto last = LastPosition(item.app);
      if (!last) return tl::unexpected(last.error());
      last_positions_[item.app] = *last;
    }
    std::uint64_t position = ++last_positions_[item.app];
    batch.Put(database_->changes, keys::Change(item.app, 0, position), item.value);
    batch.Put(database_->notices, KeyOf(part, item), keys::Place(0, position));
    return {};
  }
  batch.Put(RangeOf(part).family, KeyOf(part, item), item.value);
  if (part != Part::kSessions) return {};
  SessionId id{};
  item.id.copy(id.data(), id.size());
  auto session = DecodeSession(id, item.value);
  if (!session) return Broken("session");
  batch.Put(database_->sessions, keys::AccountSession(item.app, session->account, id), "");
  return {};
}

Result<void> RocksDbBulk::Write(Part part, const std::vector<Item>& items) {
  rocksdb::WriteBatch batch;
  for (const Item& item : items) {
    if (auto put = Put(part, item, batch); !put) return put;
  }
  return Done(database_->db->Write({}, &batch));
}

Result<void> RocksDbBulk::Clear(Part part) {
  std::vector<Range> ranges = {RangeOf(part)};
  if (part == Part::kSessions) ranges.push_back({database_->sessions, "a"});
  if (part == Part::kChanges) ranges.push_back({database_->changes, ""});
  if (part == Part::kChanges) last_positions_.clear();
  for (const Range& range : ranges) {
    auto iterator = Iterate(range.family);
    for (iterator->Seek(range.prefix); iterator->Valid(); iterator->Next()) {
      if (!iterator->key().starts_with(range.prefix)) break;
      auto done = Done(database_->db->Delete({}, range.family, iterator->key()));
      if (!done) return done;
    }
    if (auto read = Done(iterator->status()); !read) return read;
  }
  return {};
}

Result<TinyId> RocksDbBulk::NextTinyId() {
  std::string bytes;
  auto status = database_->db->Get({}, database_->meta, kNextTinyId, &bytes);
  if (status.IsNotFound()) return TinyId{0};
  if (auto got = Done(status); !got) return tl::unexpected(got.error());
  std::string_view view = bytes;
  auto next = base::TakeFixed<std::uint64_t>(view);
  if (!next) return Broken("TinyId");
  return *next;
}

Result<void> RocksDbBulk::SetNextTinyId(TinyId next) {
  std::string bytes;
  base::AppendFixed(bytes, next);
  return Done(database_->db->Put({}, database_->meta, kNextTinyId, bytes));
}

Result<std::vector<ReaderPlace>> RocksDbBulk::ReadPlaces() {
  auto iterator = Iterate(database_->meta);
  std::vector<ReaderPlace> places;
  for (iterator->Seek(std::string(kCursorPrefix)); iterator->Valid(); iterator->Next()) {
    std::string_view key = ToView(iterator->key());
    if (!key.starts_with(kCursorPrefix)) break;
    key.remove_prefix(kCursorPrefix.size());
    std::string_view value = ToView(iterator->value());
    auto position = base::TakeFixed<std::uint64_t>(value);
    if (!position) return Broken("cursor");
    AppId app = keys::ReadBigEndian(key.substr(0, 8));
    auto last = LastPosition(app);
    if (!last) return tl::unexpected(last.error());
    places.push_back({app, std::string(key.substr(8)), {{0, *position}}, *position >= *last});
  }
  if (auto read = Done(iterator->status()); !read) return tl::unexpected(read.error());
  return places;
}

Result<void> RocksDbBulk::WritePlaces(const std::vector<ReaderPlace>& places) {
  for (const ReaderPlace& place : places) {
    auto last = LastPosition(place.app);
    if (!last) return tl::unexpected(last.error());
    // The streams were put one account after the other: only "all of it" is a place here too.
    std::string bytes;
    base::AppendFixed(bytes, place.has_all ? *last : std::uint64_t{0});
    auto put =
        Done(database_->db->Put({}, database_->meta, keys::Cursor(place.app, place.reader), bytes));
    if (!put) return put;
  }
  return {};
}

Result<void> RocksDbBulk::Finish() {
  if (auto synced = Done(database_->db->FlushWAL(true)); !synced) return synced;
  database_.reset();
  std::error_code error;
  if (path_ != final_path_) std::filesystem::rename(path_, final_path_, error);
  if (error) return Fail(Code::kStorageFailed, path_ + ": " + error.message());
  return {};
}

Result<std::unique_ptr<Bulk>> Open(const std::string& path, const std::string& final_path) {
  RocksDbOptions options;
  options.path = path;
  auto database = OpenDatabase(options);
  if (!database) return tl::unexpected(database.error());
  return std::make_unique<RocksDbBulk>(*std::move(database), path, final_path);
}

}  // namespace

Result<std::unique_ptr<Bulk>> OpenRocksDbToRead(const std::string& folder) {
  std::error_code error;
  bool is_store = std::filesystem::exists(folder + "/CURRENT", error);  // a backup
  std::string path = is_store ? folder : folder + "/store";
  if (!std::filesystem::exists(path, error)) {
    return Fail(Code::kStorageFailed, path + " is not there");
  }
  return Open(path, path);
}

Result<std::unique_ptr<Bulk>> OpenRocksDbToWrite(const std::string& folder) {
  std::string path = folder + "/store";
  std::error_code error;
  if (std::filesystem::exists(path, error)) {
    return Fail(Code::kStorageFailed, path + " is there already");
  }
  return Open(path + ".copying", path);
}

}  // namespace store
