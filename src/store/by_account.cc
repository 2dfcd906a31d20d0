#include "store/by_account.h"

#include <algorithm>

#include "store/keys.h"
#include "store/rocksdb_open.h"

namespace store {
namespace {

constexpr std::size_t kMaxRest = 64;  // of a key: an instance's id

std::string Prefix(const std::string& prefix, AppId app, std::size_t length) {
  std::string key = prefix;
  keys::AppendBigEndian(key, app);
  return key += static_cast<char>(length);
}

// Where the accounts of `length` begin that come after `after`.
std::string SeekKey(const std::string& prefix, std::size_t length, const AccountKey& after) {
  std::string key = Prefix(prefix, after.app, length);
  if (length == after.account.size()) return key.append(after.account).append(after.rest) + '\0';
  if (length > after.account.size()) {
    return key.append(after.account).append(length - after.account.size(), '\0');
  }
  // An account that `after` begins with comes before it, so that its keys are passed over.
  return key.append(after.account.substr(0, length)).append(kMaxRest + 1, '\xff');
}

}  // namespace

std::optional<AccountKey> ParseAccountKey(std::string_view key) {
  if (key.size() < 9) return std::nullopt;
  std::size_t length = static_cast<unsigned char>(key[8]);
  if (key.size() < 9 + length) return std::nullopt;
  return AccountKey{keys::ReadBigEndian(key.substr(0, 8)), key.substr(9, length),
                    key.substr(9 + length)};
}

ByAccount::ByAccount(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string prefix,
                     const std::optional<AccountKey>& after)
    : db_(db), family_(family), prefix_(std::move(prefix)) {
  if (after) OpenApp(after->app, after);
}

std::optional<AccountKey> ByAccount::KeyAt(const rocksdb::Iterator& iterator, AppId app,
                                           std::size_t length) const {
  if (!iterator.Valid() || !iterator.key().starts_with(prefix_)) return std::nullopt;
  auto key = ParseAccountKey(ToView(iterator.key()).substr(prefix_.size()));
  if (!key || key->app != app || key->account.size() != length) return std::nullopt;
  return key;
}

void ByAccount::OpenApp(AppId app, const std::optional<AccountKey>& after) {
  app_ = app;
  rocksdb::ReadOptions options;
  options.fill_cache = false;
  for (std::size_t length = 1; length <= AccountId::kMaxBytes; ++length) {
    Group group{length, Iterator(db_.NewIterator(options, family_)), {}};
    group.iterator->Seek(after ? SeekKey(prefix_, length, *after) : Prefix(prefix_, app, length));
    auto key = KeyAt(*group.iterator, app, length);
    if (!group.iterator->status().ok()) status_ = group.iterator->status();
    if (!key) continue;
    group.key = *key;
    groups_.push_back(std::move(group));
  }
}

base::Result<std::optional<AppId>> ByAccount::FindApp(AppId at_least) {
  Iterator iterator(db_.NewIterator({}, family_));
  std::string first = prefix_;
  keys::AppendBigEndian(first, at_least);
  iterator->Seek(first);
  if (!iterator->status().ok()) {
    return base::Fail(base::Code::kStorageFailed, iterator->status().ToString());
  }
  if (!iterator->Valid() || !iterator->key().starts_with(prefix_)) return std::optional<AppId>();
  return std::optional(
      keys::ReadBigEndian(ToView(iterator->key()).substr(prefix_.size(), sizeof(AppId))));
}

base::Result<bool> ByAccount::ForEachOfApp(const Each& each) {
  auto order = [](const Group& group) { return std::tie(group.key.account, group.key.rest); };
  while (!groups_.empty()) {
    // A group that cannot be read on would be missing from here.
    if (!status_.ok()) break;
    auto first =
        std::min_element(groups_.begin(), groups_.end(),
                         [&](const Group& a, const Group& b) { return order(a) < order(b); });
    if (!each(first->key, ToView(first->iterator->value()))) return false;
    first->iterator->Next();
    auto key = KeyAt(*first->iterator, app_, first->length);
    if (!first->iterator->status().ok()) status_ = first->iterator->status();
    if (key) {
      first->key = *key;
    } else {
      groups_.erase(first);
    }
  }
  if (!status_.ok()) return base::Fail(base::Code::kStorageFailed, status_.ToString());
  return true;
}

base::Result<void> ByAccount::ForEach(const Each& each) {
  for (;;) {
    auto goes_on = ForEachOfApp(each);
    if (!goes_on) return tl::unexpected(goes_on.error());
    if (!*goes_on || app_ == ~AppId{0}) return {};
    auto app = FindApp(app_ + 1);
    if (!app) return tl::unexpected(app.error());
    if (!*app) return {};
    OpenApp(**app, std::nullopt);
  }
}

}  // namespace store
