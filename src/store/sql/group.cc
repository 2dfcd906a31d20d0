#include "store/sql/group.h"

#include "store/codec.h"
#include "store/sql/rows.h"
#include "store/update.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;

// Whether the sessions and instances that are there decide what becomes of the update.
bool NeedsSessions(const Update& update) {
  return update.end_sessions || update.end_session || update.new_session || update.new_instance;
}

}  // namespace

AccountGroup::AccountGroup(Connection& connection, Transaction& transaction,
                           const std::vector<AccountJob>& jobs)
    : connection_(connection), transaction_(transaction), jobs_(jobs) {}

Reply<Outcomes> AccountGroup::Run() {
  if (auto read = ReadAccounts(); !read) return tl::unexpected(read.error());
  // Most updates need no sessions. Those that do wait, and with them whatever else is to be done
  // to their accounts, until the sessions of all of them are read at once.
  std::vector<std::optional<base::Result<Updated>>> outcomes(jobs_.size());
  std::set<Key> need_sessions;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    Key key{jobs_[i].app, jobs_[i].account};
    if (need_sessions.contains(key)) continue;
    outcomes[i] = Apply(jobs_[i]);
    if (!outcomes[i]) need_sessions.insert(key);
  }
  if (auto read = ReadSessions(need_sessions); !read) return tl::unexpected(read.error());
  Outcomes results;
  for (std::size_t i = 0; i < jobs_.size(); ++i) {
    if (!outcomes[i]) outcomes[i] = Apply(jobs_[i]);
    results.push_back(*std::move(outcomes[i]));
  }
  if (auto written = Write(); !written) return tl::unexpected(written.error());
  return results;
}

Reply<void> AccountGroup::ReadAccounts() {
  std::map<AppId, std::string> lists;
  for (const AccountJob& job : jobs_) {
    if (states_.try_emplace({job.app, job.account}).second) {
      AddToList(lists[job.app], job.account.View());
    }
  }
  for (const auto& [app, list] : lists) {
    // By their keys, and not all of a small table with whatever locks others have in it.
    auto rows = connection_.Run(
        "SELECT account, version, record FROM accounts FORCE INDEX (PRIMARY) WHERE app = " +
        std::to_string(app) + " AND account IN (" + list + ") ORDER BY account FOR UPDATE");
    if (!rows) return tl::unexpected(rows.error());
    while (rows->Next()) {
      auto account = ToAccount(rows->Text(0));
      if (!account) continue;
      State& state = states_.at({app, *account});
      state.has_row = true;
      state.version = rows->Number(1);
      if (rows->IsNull(2)) continue;
      state.bytes = rows->Text(2);
      state.record = ToRecord(state.bytes);
    }
    if (transaction_.positions.contains(app)) continue;
    rows = connection_.Run("SELECT MAX(position) FROM changes WHERE app = " + std::to_string(app) +
                           " AND writer = " + std::to_string(transaction_.writer.number));
    if (!rows) return tl::unexpected(rows.error());
    rows->Next();
    transaction_.positions[app] = rows->Number(0) + 1;
  }
  return {};
}

Reply<void> AccountGroup::ReadSessions(const std::set<Key>& accounts) {
  std::map<AppId, std::string> lists;
  for (const auto& [app, account] : accounts) {
    AddToList(lists[app], account.View());
    states_.at({app, account}).has_sessions = true;
  }
  for (const auto& [app, list] : lists) {
    if (auto read = ReadSessionsOf(app, list); !read) return read;
  }
  return {};
}

Reply<void> AccountGroup::ReadSessionsOf(AppId app, const std::string& accounts) {
  std::string where = " WHERE app = " + std::to_string(app) + " AND account IN (" + accounts + ")";
  auto rows = connection_.Run("SELECT " + std::string(kSessionColumns) + " FROM sessions" + where);
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) {
    auto session = ToSession(*rows);
    if (session) states_.at({app, session->account}).sessions.emplace(session->id, *session);
  }
  rows = connection_.Run("SELECT " + std::string(kInstanceColumns) + " FROM instances" + where);
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) {
    auto account = ToAccount(rows->Text(1));
    if (!account) continue;
    Instance instance = ToInstance(*rows);
    states_.at({app, *account}).instances.emplace(instance.id, instance);
  }
  return {};
}

std::optional<base::Result<Updated>> AccountGroup::Apply(const AccountJob& job) {
  State& state = states_.at({job.app, job.account});
  if (!state.record) return tl::unexpected(state.record.error());
  RecordPtr before = *state.record;
  bool may_be_created = before == nullptr || !before->Exists();
  TinyId fresh = may_be_created ? transaction_.writer.tiny_next : 0;
  auto update = job.decide(before.get(), UpdateContext{fresh});
  if (!update) return tl::unexpected(update.error());
  if (NeedsSessions(*update) && !state.has_sessions) return std::nullopt;
  // An instance lives as long as its session, which may have ended since the caller looked.
  if (const SessionId* needed = NeededSession(*update)) {
    if (!state.sessions.contains(*needed)) return Fail(Code::kDeadSession);
  }
  Outcome outcome = MakeOutcome(before, *update);
  if (update->record) {
    if (may_be_created && update->record->header.tiny_id == fresh) ++transaction_.writer.tiny_next;
    state.bytes = std::move(outcome.bytes);
    state.record = outcome.updated.record;
    state.is_written = true;
  }
  if (update->change) Log(job.app, *update->change);
  EndWhatEnds(job, *update, state, outcome.updated);
  if (const auto& session = update->new_session) {
    state.sessions.insert_or_assign(session->id, *session);
    state.is_written = true;
    sessions_[{job.app, session->id}] = *session;
  }
  if (!job.unused_since_ms && IsWorthAnEvent(outcome.updated)) {
    transaction_.events.push_back(MakeEvent(job.app, job.account, outcome.updated));
  }
  return std::move(outcome.updated);
}

void AccountGroup::EndWhatEnds(const AccountJob& job, const Update& update, State& state,
                               Updated& updated) {
  if (!NeedsSessions(update)) return;
  std::vector<Session> sessions;
  for (const auto& [id, session] : state.sessions) {
    bool is_spared = job.unused_since_ms && session.last_used_ms >= *job.unused_since_ms;
    if (!is_spared) sessions.push_back(session);
  }
  updated.ended_sessions = SessionsToEnd(update, std::move(sessions));
  std::vector<Instance> instances;
  for (const auto& [id, instance] : state.instances) instances.push_back(instance);
  auto changes = ChangeInstances(update, std::move(instances), updated.ended_sessions);
  for (const SessionId& id : updated.ended_sessions) {
    state.sessions.erase(id);
    sessions_[{job.app, id}] = std::nullopt;
  }
  state.is_written |=
      !updated.ended_sessions.empty() || !changes.removed.empty() || !changes.stored.empty();
  ApplyInstances(
      std::move(changes), updated,
      [&](const std::string& id) {
        state.instances.erase(id);
        instances_[{job.app, job.account, id}] = std::nullopt;
      },
      [&](const Instance& instance) {
        state.instances.insert_or_assign(instance.id, instance);
        instances_[{job.app, job.account, instance.id}] = instance;
      });
}

void AccountGroup::Log(AppId app, const Change& change) {
  std::uint64_t position = transaction_.positions.at(app)++;
  changes_.push_back('(' + std::to_string(app) + ", " + Hex(change.account.View()) + ", " +
                     std::to_string(change.notice_seq) + ", " +
                     std::to_string(transaction_.writer.number) + ", " + std::to_string(position) +
                     ", " + std::to_string(change.time_ms) + ", " + Hex(EncodeChange(change)) +
                     ')');
}

}  // namespace store::sql
