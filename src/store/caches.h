#pragma once

// What the embedded store keeps in memory of its own. Private to store/.

#include <cstring>
#include <functional>
#include <unordered_map>

#include "base/cache.h"
#include "store/store.h"

namespace store {

struct AccountKey {
  AppId app;
  AccountId account;
  bool operator==(const AccountKey&) const = default;
};

struct SessionKey {
  AppId app;
  SessionId id;
  bool operator==(const SessionKey&) const = default;
};

struct HashKey {
  static constexpr std::size_t kSpread = 0x9E3779B97F4A7C15;

  std::size_t operator()(const AccountKey& key) const {
    return std::hash<AccountId>()(key.account) ^ (key.app * kSpread);
  }
  std::size_t operator()(const SessionKey& key) const {
    std::size_t hash = 0;  // the id is a hash already
    std::memcpy(&hash, key.id.data(), sizeof hash);
    return hash ^ (key.app * kSpread);
  }
};

struct Caches {
  // Sessions get an eighth of what records get, on top of it.
  explicit Caches(std::size_t record_bytes) : records(record_bytes), sessions(record_bytes / 8) {}

  // An update joins a group that is about to be committed, and leaves it once that is done, or may
  // have been, before anyone is told of it. Of the committer's thread. What is kept of an account
  // is always what the whole group makes of it: readers find that on disk as soon as it is
  // committed, and must not find an earlier record here afterwards.
  void Join(const AccountKey& key, const RecordPtr& record) {
    Joined& joined = joined_[key];
    joined.record = record;
    ++joined.updates;
  }
  // The record as the group leaves it so far, or else as it is on disk; null where it is not here.
  // Of the committer's thread: nobody else changes records, so no reader can have put an older one
  // here.
  RecordPtr Current(const AccountKey& key) {
    auto joined = joined_.find(key);
    if (joined != joined_.end()) return joined->second.record;
    return records.Find(key).value_or(nullptr);
  }
  void Leave(const AccountKey& key, const Updated& updated, bool is_committed) {
    for (const SessionId& id : updated.ended_sessions) sessions.Drop({key.app, id});
    auto joined = joined_.find(key);
    const RecordPtr record = joined->second.record;
    if (--joined->second.updates == 0) joined_.erase(joined);
    if (!is_committed) {
      records.Drop(key);  // nobody knows
    } else if (record != nullptr) {
      records.Replace(key, record, record->MemoryBytes());
    }
  }

  base::Cache<AccountKey, RecordPtr, HashKey> records;  // null: there is none
  base::Cache<SessionKey, Session, HashKey> sessions;

 private:
  struct Joined {
    RecordPtr record;
    std::size_t updates = 0;
  };

  std::unordered_map<AccountKey, Joined, HashKey> joined_;  // in the group that is being committed
};

}  // namespace store
