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
  void FindInstance(AppId app, AccountId account, std::string id,
                    Callback<std::optional<Instance>> done) override;
  void RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                    Callback<bool> done) override;
  void Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
             Callback<Swept> done) override;
  void ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                   Callback<std::vector<LoggedChange>> done) override;
  void ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                   Callback<std::vector<Change>> done) override;
  void ReadFields(AppId app, Callback<Fields> done) override;
  void UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) override;
  void ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) override;
  void WriteCursor(AppId app, std::string reader, std::uint64_t position,
                   Callback<bool> done) override;
  void Watch(std::function<void(const Event&)> on_event) override;
  std::string WriteTrouble() const override { return {}; }

 private:
  struct App {
    std::map<AccountId, RecordPtr> records;
    std::map<SessionId, Session> sessions;
    std::map<std::pair<AccountId, std::string>, Instance> instances;
    std::map<std::uint64_t, Change> changes;
    std::uint64_t last_position = 0;
    Fields fields;
    std::map<std::string, std::uint64_t> cursors;
  };

  static void EndWhatEnds(App& app, const AccountId& account, const Update& update,
                          Updated& updated);
  base::Result<Updated> Apply(App& app, const AccountId& account, const Decide& decide);

  std::function<void(const Event&)> on_event_;
  std::mutex mutex_;
  std::map<AppId, App> apps_;
  TinyId next_tiny_id_;
};

}  // namespace store
