#pragma once

#include <map>
#include <mutex>

#include "store/store.h"

namespace store {

// Everything in maps behind one lock: the model the other engines are tested against, and an engine
// for demonstrations. Nothing survives the process.
class MemoryStore final : public Store {
 public:
  MemoryStore();
  void ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Records> done) override;
  void UpdateAccount(AppId app, AccountId account, Decide decide, Callback<Updated> done) override;
  void FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) override;
  void EndSession(AppId app, AccountId account, SessionId id, Callback<bool> done) override;
  void RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                    Callback<bool> done) override;
  void Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
             Callback<Swept> done) override;
  void ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                   Callback<std::vector<LoggedChange>> done) override;
  std::string WriteTrouble() const override { return {}; }

 private:
  struct App {
    std::map<AccountId, RecordPtr> records;
    std::map<SessionId, Session> sessions;
    std::map<std::uint64_t, Change> changes;
    std::uint64_t last_position = 0;
  };

  base::Result<Updated> Apply(App& app, const AccountId& account, const Decide& decide);

  std::mutex mutex_;
  std::map<AppId, App> apps_;
  TinyId next_tiny_id_;
};

}  // namespace store
