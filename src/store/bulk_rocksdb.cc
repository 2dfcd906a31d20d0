#include <rocksdb/write_batch.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/bytes.h"
#include "base/files.h"
#include "store/bulk.h"
#include "store/by_account.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/read_only.h"
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

SessionId ToSessionId(const Item& item) {
  SessionId id{};
  item.id.copy(id.data(), id.size());
  return id;
}

// An opened database; a folder of an older format may have no notices.
struct Families {
  rocksdb::DB* db = nullptr;
  rocksdb::ColumnFamilyHandle* meta = nullptr;
  rocksdb::ColumnFamilyHandle* accounts = nullptr;
  rocksdb::ColumnFamilyHandle* sessions = nullptr;
  rocksdb::ColumnFamilyHandle* changes = nullptr;
  rocksdb::ColumnFamilyHandle* notices = nullptr;
};

struct Writing {
  Database database;
  std::string path, final_path;
};

class RocksDbBulk final : public Bulk {
 public:
  RocksDbBulk(Families families, std::unique_ptr<LockedDatabase> looking,
              std::unique_ptr<Writing> writing)
      : looking_(std::move(looking)), writing_(std::move(writing)), families_(families) {}

  Result<std::vector<Item>> Read(Part part, const std::optional<Item>& after,
                                 std::size_t limit) override;
  std::uint64_t Estimate(Part part) override;
  Result<void> Write(Part part, const std::vector<Item>& items) override;
  Result<void> Remove(Part part, const std::vector<Item>& items) override;
  Result<TinyId> NextTinyId() override;
  Result<void> SetNextTinyId(TinyId next) override;
  Result<std::vector<ReaderPlace>> ReadPlaces() override;
  Result<void> WritePlaces(const std::vector<ReaderPlace>& places) override;
  Result<void> CheckUnchanged() override { return {}; }  // its lock keeps others out
  Result<void> Finish() override;

 private:
  struct Range {
    rocksdb::ColumnFamilyHandle* family;
    std::string prefix;
  };
  Range RangeOf(Part part) const;
  static std::string KeyOf(Part part, const Item& item);
  Result<std::vector<Item>> ReadInKeyOrder(Part part, const std::optional<Item>& after,
                                           std::size_t limit);
  Result<std::vector<Item>> ReadByAccount(Part part, const std::optional<Item>& after,
                                          std::size_t limit);
  Result<void> FindChange(Item& item, std::string_view place);
  Result<void> Put(Part part, const Item& item, rocksdb::WriteBatch& batch);
  Result<void> PutChange(const Item& item, rocksdb::WriteBatch& batch);
  Result<std::string> PlaceOf(const Item& change);
  Result<std::uint64_t> LastPosition(AppId app);
  std::unique_ptr<rocksdb::Iterator> Iterate(rocksdb::ColumnFamilyHandle* family) const {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    return std::unique_ptr<rocksdb::Iterator>(families_.db->NewIterator(options, family));
  }

  // What keeps it open: one of the two.
  std::unique_ptr<LockedDatabase> looking_;
  std::unique_ptr<Writing> writing_;
  const Families families_;
  std::map<AppId, std::uint64_t> last_positions_;
};

RocksDbBulk::Range RocksDbBulk::RangeOf(Part part) const {
  switch (part) {
    case Part::kFields: return {families_.meta, std::string(kFieldsPrefix)};
    case Part::kAccounts: return {families_.accounts, ""};
    case Part::kSessions: return {families_.sessions, "s"};
    case Part::kInstances: return {families_.sessions, "i"};
    case Part::kChanges: return {families_.notices, ""};
  }
  return {};
}

std::string RocksDbBulk::KeyOf(Part part, const Item& item) {
  switch (part) {
    case Part::kFields: return keys::Fields(item.app);
    case Part::kAccounts: return keys::Account(item.app, *ToAccount(item.account));
    case Part::kSessions: return keys::Session(item.app, ToSessionId(item));
    case Part::kInstances: return keys::Instance(item.app, *ToAccount(item.account), item.id);
    case Part::kChanges: return keys::Notice(item.app, *ToAccount(item.account), item.notice_seq);
  }
  return {};
}

Result<std::vector<Item>> RocksDbBulk::Read(Part part, const std::optional<Item>& after,
                                            std::size_t limit) {
  bool is_by_account = part == Part::kInstances || part == Part::kChanges;
  return is_by_account ? ReadByAccount(part, after, limit) : ReadInKeyOrder(part, after, limit);
}

// Those whose keys are in the order of Item::Key as they are.
Result<std::vector<Item>> RocksDbBulk::ReadInKeyOrder(Part part, const std::optional<Item>& after,
                                                      std::size_t limit) {
  Range range = RangeOf(part);
  auto iterator = Iterate(range.family);
  std::string first = range.prefix;
  if (after) {
    keys::AppendBigEndian(first, after->app);
    first.append(after->account).append(after->id) += '\0';
  }
  std::vector<Item> items;
  for (iterator->Seek(first); iterator->Valid() && items.size() < limit; iterator->Next()) {
    std::string_view key = ToView(iterator->key());
    if (!key.starts_with(range.prefix)) break;
    key.remove_prefix(range.prefix.size());
    if (key.size() < sizeof(AppId)) return Broken("key");
    Item item;
    item.app = keys::ReadBigEndian(key.substr(0, sizeof(AppId)));
    key.remove_prefix(sizeof(AppId));
    if (part == Part::kAccounts) item.account = key;
    if (part == Part::kSessions) item.id = key;
    item.value = ToView(iterator->value());
    items.push_back(std::move(item));
  }
  if (auto read = Done(iterator->status()); !read) return tl::unexpected(read.error());
  return items;
}

Result<std::vector<Item>> RocksDbBulk::ReadByAccount(Part part, const std::optional<Item>& after,
                                                     std::size_t limit) {
  Range range = RangeOf(part);
  std::vector<Item> items;
  if (range.family == nullptr) return items;
  std::optional<AccountKey> last;
  std::string rest;
  if (after && part == Part::kInstances) rest = after->id;
  if (after && part == Part::kChanges) keys::AppendBigEndian(rest, after->notice_seq);
  if (after) last = AccountKey{after->app, after->account, rest};
  Result<void> found;
  auto read = ByAccount(*families_.db, range.family, range.prefix, last)
                  .ForEach([&](const AccountKey& key, std::string_view value) {
                    Item item;
                    item.app = key.app;
                    item.account = key.account;
                    if (part == Part::kInstances) {
                      item.id = key.rest;
                      item.value = value;
                    } else {
                      item.notice_seq = keys::ReadBigEndian(key.rest);
                      found = FindChange(item, value);
                    }
                    items.push_back(std::move(item));
                    return found.has_value() && items.size() < limit;
                  });
  if (!read) return tl::unexpected(read.error());
  if (!found) return tl::unexpected(found.error());
  return items;
}

// The change of a notice; one that is missing leaves the value empty.
Result<void> RocksDbBulk::FindChange(Item& item, std::string_view place) {
  if (place.size() != 4 + 8) return {};
  item.writer = static_cast<std::uint32_t>(keys::ReadBigEndian(place.substr(0, 4)));
  item.position = keys::ReadBigEndian(place.substr(4));
  auto status =
      families_.db->Get({}, families_.changes, keys::ChangeAt(item.app, place), &item.value);
  return status.IsNotFound() ? Result<void>() : Done(status);
}

// The keys of a family; some have several kinds, of which a part is one.
std::uint64_t RocksDbBulk::Estimate(Part part) {
  std::uint64_t keys = 0;
  rocksdb::ColumnFamilyHandle* family = RangeOf(part).family;
  if (family == nullptr) return 0;
  families_.db->GetIntProperty(family, rocksdb::DB::Properties::kEstimateNumKeys, &keys);
  return keys;
}

// Of writer 0, whose stream this store writes.
Result<std::uint64_t> RocksDbBulk::LastPosition(AppId app) {
  auto iterator = Iterate(families_.changes);
  std::string prefix = keys::Changes(app, 0);
  iterator->SeekForPrev(keys::Change(app, 0, ~std::uint64_t{0}));
  if (auto read = Done(iterator->status()); !read) return tl::unexpected(read.error());
  bool is_there = iterator->Valid() && iterator->key().starts_with(prefix);
  return is_there ? keys::PositionOf(ToView(iterator->key())) : 0;
}

// Where a change of that account and number is; empty: nowhere.
Result<std::string> RocksDbBulk::PlaceOf(const Item& change) {
  std::string place;
  auto status = families_.db->Get({}, families_.notices, KeyOf(Part::kChanges, change), &place);
  if (!status.ok() && !status.IsNotFound()) return Fail(Code::kStorageFailed, status.ToString());
  return place;
}

Result<void> RocksDbBulk::PutChange(const Item& item, rocksdb::WriteBatch& batch) {
  auto place = PlaceOf(item);
  if (!place) return tl::unexpected(place.error());
  if (place->empty()) {
    if (!last_positions_.contains(item.app)) {
      auto last = LastPosition(item.app);
      if (!last) return tl::unexpected(last.error());
      last_positions_[item.app] = *last;
    }
    *place = keys::Place(0, ++last_positions_[item.app]);
    batch.Put(families_.notices, KeyOf(Part::kChanges, item), *place);
  }
  return Done(batch.Put(families_.changes, keys::ChangeAt(item.app, *place), item.value));
}

Result<void> RocksDbBulk::Put(Part part, const Item& item, rocksdb::WriteBatch& batch) {
  if (part == Part::kChanges) return PutChange(item, batch);
  batch.Put(RangeOf(part).family, KeyOf(part, item), item.value);
  if (part != Part::kSessions) return {};
  SessionId id = ToSessionId(item);
  auto session = DecodeSession(id, item.value);
  if (!session) return Broken("session");
  return Done(
      batch.Put(families_.sessions, keys::AccountSession(item.app, session->account, id), ""));
}

Result<void> RocksDbBulk::Write(Part part, const std::vector<Item>& items) {
  rocksdb::WriteBatch batch;
  for (const Item& item : items) {
    if (auto put = Put(part, item, batch); !put) return put;
  }
  return Done(families_.db->Write({}, &batch));
}

Result<void> RocksDbBulk::Remove(Part part, const std::vector<Item>& items) {
  rocksdb::WriteBatch batch;
  for (const Item& item : items) {
    if (part == Part::kSessions) {
      auto session = DecodeSession(ToSessionId(item), item.value);
      if (session) {
        batch.Delete(families_.sessions,
                     keys::AccountSession(item.app, session->account, session->id));
      }
    }
    if (part == Part::kChanges) {
      auto place = PlaceOf(item);
      if (!place) return tl::unexpected(place.error());
      batch.Delete(families_.changes, keys::ChangeAt(item.app, *place));
    }
    batch.Delete(RangeOf(part).family, KeyOf(part, item));
  }
  return Done(families_.db->Write({}, &batch));
}

Result<TinyId> RocksDbBulk::NextTinyId() {
  std::string bytes;
  auto status = families_.db->Get({}, families_.meta, kNextTinyId, &bytes);
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
  return Done(families_.db->Put({}, families_.meta, kNextTinyId, bytes));
}

Result<std::vector<ReaderPlace>> RocksDbBulk::ReadPlaces() {
  auto iterator = Iterate(families_.meta);
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
        Done(families_.db->Put({}, families_.meta, keys::Cursor(place.app, place.reader), bytes));
    if (!put) return put;
  }
  return {};
}

Result<void> RocksDbBulk::Finish() {
  if (auto synced = Done(families_.db->FlushWAL(true)); !synced) return synced;
  std::filesystem::path path = writing_->path;
  std::filesystem::path final_path = writing_->final_path;
  writing_.reset();
  std::error_code error;
  std::filesystem::rename(path, final_path, error);
  if (error) return Fail(Code::kStorageFailed, path.string() + ": " + error.message());
  return base::SyncFolder(final_path.parent_path().string());
}

// A database's own folder, or one that [store] data names.
std::string StoreIn(const std::string& folder) {
  std::error_code error;
  return std::filesystem::exists(folder + "/CURRENT", error) ? folder : folder + "/store";
}

}  // namespace

Result<std::unique_ptr<Bulk>> OpenRocksDbToRead(const std::string& folder) {
  auto opened = LockAndOpen(StoreIn(folder));
  if (!opened) return tl::unexpected(opened.error());
  auto looking = std::make_unique<LockedDatabase>(*std::move(opened));
  const ReadOnlyDatabase& database = looking->database;
  Families families{database.db.get(),
                    database.Find(rocksdb::kDefaultColumnFamilyName),
                    database.Find(keys::kAccountsFamily),
                    database.Find(keys::kSessionsFamily),
                    database.Find(keys::kChangesFamily),
                    database.Find(keys::kNoticesFamily)};
  for (auto* family : {families.accounts, families.sessions, families.changes}) {
    if (family == nullptr) return Fail(Code::kStorageFailed, folder + " is no store of portraitd");
  }
  return std::make_unique<RocksDbBulk>(families, std::move(looking), nullptr);
}

Result<std::unique_ptr<Bulk>> OpenRocksDbToWrite(const std::string& folder) {
  std::string final_path = folder + "/store";
  std::error_code error;
  if (std::filesystem::exists(final_path, error)) {
    return Fail(Code::kStorageFailed, final_path + " is there already");
  }
  if (auto made = base::MakePrivateFolder(folder); !made) return tl::unexpected(made.error());
  RocksDbOptions options;
  options.path = final_path + ".copying";
  auto database = OpenDatabase(options);
  if (!database) return tl::unexpected(database.error());
  Families families{database->db.get(), database->meta,    database->accounts,
                    database->sessions, database->changes, database->notices};
  auto writing = std::make_unique<Writing>(Writing{*std::move(database), options.path, final_path});
  return std::make_unique<RocksDbBulk>(families, nullptr, std::move(writing));
}

}  // namespace store
