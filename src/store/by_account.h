#pragma once

// Keys `prefix app(8) length(1) account rest` in the order of app, account, rest. Private to
// store/.
//
// RocksDB has them in the order of app, length, account, rest: the accounts of each length are
// together. This merges the lengths.

#include <rocksdb/db.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "store/types.h"

namespace store {

struct AccountKey {
  AppId app = 0;
  std::string_view account, rest;
};

// A key without its prefix; nothing: it is broken.
std::optional<AccountKey> ParseAccountKey(std::string_view key);

class ByAccount {
 public:
  // From the first key after `after` on, or from the very first.
  ByAccount(rocksdb::DB& db, rocksdb::ColumnFamilyHandle* family, std::string prefix,
            const std::optional<AccountKey>& after);

  // Calls `each` with every key and its value while it answers true. Fails with kStorageFailed.
  using Each = std::function<bool(const AccountKey& key, std::string_view value)>;
  base::Result<void> ForEach(const Each& each);

 private:
  using Iterator = std::unique_ptr<rocksdb::Iterator>;

  // Positions an iterator for each length of an app's accounts.
  void OpenApp(AppId app, const std::optional<AccountKey>& after);
  base::Result<std::optional<AppId>> FindApp(AppId at_least);
  base::Result<bool> ForEachOfApp(const Each& each);
  std::optional<AccountKey> KeyAt(const rocksdb::Iterator& iterator, AppId app,
                                  std::size_t length) const;

  struct Group {
    std::size_t length = 0;
    Iterator iterator;
    AccountKey key;  // points into the iterator's
  };

  rocksdb::DB& db_;
  rocksdb::ColumnFamilyHandle* const family_;
  const std::string prefix_;
  AppId app_ = 0;
  std::vector<Group> groups_;
  rocksdb::Status status_;
};

}  // namespace store
