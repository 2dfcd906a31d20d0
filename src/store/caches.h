#pragma once

// What the embedded store keeps in memory of its own. Private to store/.

#include <cstring>
#include <functional>

#include "store/cache.h"
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

  // Brings both up to date with an update that was committed, or may have been, before anyone is
  // told of it.
  void OnUpdate(AppId app, const AccountId& account, const base::Result<Updated>& updated) {
    if (!updated) {
      // Most errors are a decision's, and changed nothing; a failed write's outcome is unknown.
      if (updated.error().code == base::Code::kStorageFailed) records.Drop({app, account});
      return;
    }
    for (const SessionId& id : updated->ended_sessions) sessions.Drop({app, id});
    const RecordPtr& record = updated->record;
    if (record != nullptr) records.Replace({app, account}, record, record->MemoryBytes());
  }

  Cache<AccountKey, RecordPtr, HashKey> records;  // of accounts there are or were
  Cache<SessionKey, Session, HashKey> sessions;
};

}  // namespace store
