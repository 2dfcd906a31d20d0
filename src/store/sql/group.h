#pragma once

// Updates of accounts that are carried out together, in one transaction. Private to store/sql.

#include <map>
#include <set>
#include <tuple>

#include "store/sql/connection.h"
#include "store/sql/transaction.h"
#include "store/store.h"

namespace store::sql {

struct AccountJob {
  AppId app = 0;
  AccountId account;
  Decide decide;
  // Of a sweep: ends the session that the decision ends only if it was last used before this, and
  // is no event.
  std::optional<std::int64_t> unused_since_ms;
  Callback<Updated> done;
  Deadline deadline{};  // set when it is submitted
};

using Outcomes = std::vector<base::Result<Updated>>;

// One attempt at a group. Accounts are read with a lock and their `version` counted up by whatever
// is written of them, sessions included: so that two updates of one account meet even where locks
// do not reach, between the nodes of a Galera cluster.
class AccountGroup {
 public:
  AccountGroup(Connection& connection, Transaction& transaction,
               const std::vector<AccountJob>& jobs);

  // Reads, decides, writes; one outcome for each job. The caller commits.
  Reply<Outcomes> Run();

 private:
  using Key = std::pair<AppId, AccountId>;
  struct State {
    bool has_row = false;
    bool is_written = false;
    std::uint64_t version = 0;
    base::Result<RecordPtr> record;
    std::string bytes;  // of the record; empty: none
    bool has_sessions = false;
    std::map<SessionId, Session> sessions;
    std::map<std::string, Instance> instances;
  };

  Reply<void> ReadAccounts();
  Reply<void> ReadSessions(const std::set<Key>& accounts);
  Reply<void> ReadSessionsOf(AppId app, const std::string& accounts);
  Reply<void> Write();
  Reply<void> WriteAccounts();
  Reply<void> WriteSessions();
  Reply<void> WriteInstances();

  // Nothing: its account's sessions are needed.
  std::optional<base::Result<Updated>> Apply(const AccountJob& job);
  void EndWhatEnds(const AccountJob& job, const Update& update, State& state, Updated& updated);
  void Log(AppId app, const Change& change);

  Connection& connection_;
  Transaction& transaction_;
  const std::vector<AccountJob>& jobs_;
  std::map<Key, State> states_;
  // As they are in the end; none: deleted.
  std::map<std::pair<AppId, SessionId>, std::optional<Session>> sessions_;
  std::map<std::tuple<AppId, AccountId, std::string>, std::optional<Instance>> instances_;
  std::vector<std::string> changes_;  // rows
};

}  // namespace store::sql
