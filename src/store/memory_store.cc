#include "store/memory_store.h"

#include "store/update.h"

namespace store {

MemoryStore::MemoryStore() : next_tiny_id_(kFirstTinyId) {}

void MemoryStore::ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Records> done) {
  Records records;
  {
    std::lock_guard lock(mutex_);
    const auto& stored = apps_[app].records;
    for (const AccountId& account : accounts) {
      auto found = stored.find(account);
      records.push_back(found == stored.end() ? nullptr : found->second);
    }
  }
  done(std::move(records));
}

base::Result<Updated> MemoryStore::Apply(App& app, const AccountId& account, const Decide& decide) {
  auto found = app.records.find(account);
  RecordPtr before = found == app.records.end() ? nullptr : found->second;
  bool may_be_created = before == nullptr || !before->Exists();
  auto update = decide(before.get(), UpdateContext{may_be_created ? next_tiny_id_ : 0});
  if (!update) return tl::unexpected(update.error());
  const SessionId* needed = NeededSession(*update);
  if (needed != nullptr && !app.sessions.contains(*needed)) {
    return base::Fail(base::Code::kDeadSession);
  }

  Outcome outcome = MakeOutcome(before, *update);
  if (update->record) {
    if (may_be_created && update->record->header.tiny_id == next_tiny_id_) ++next_tiny_id_;
    app.records[account] = outcome.updated.record;
  }
  if (update->change) app.changes.emplace(++app.last_position, *update->change);
  EndWhatEnds(app, account, *update, outcome.updated);
  if (update->new_session) {
    app.sessions.insert_or_assign(update->new_session->id, *update->new_session);
  }
  return std::move(outcome.updated);
}

void MemoryStore::EndWhatEnds(App& app, const AccountId& account, const Update& update,
                              Updated& updated) {
  std::vector<Session> sessions;
  for (const auto& [id, session] : app.sessions) {
    if (session.account == account) sessions.push_back(session);
  }
  updated.ended_sessions = SessionsToEnd(update, std::move(sessions));
  std::vector<Instance> instances;
  for (const auto& [key, instance] : app.instances) {
    if (key.first == account) instances.push_back(instance);
  }
  auto changes = ChangeInstances(update, std::move(instances), updated.ended_sessions);
  for (const SessionId& id : updated.ended_sessions) app.sessions.erase(id);
  ApplyInstances(
      std::move(changes), updated,
      [&](const std::string& id) {
        app.instances.erase({account, id});
      },
      [&](const Instance& instance) {
        app.instances.insert_or_assign({account, instance.id}, instance);
      });
}

void MemoryStore::UpdateAccount(AppId app, AccountId account, Decide decide,
                                Callback<Updated> done) {
  base::Result<Updated> updated = [&] {
    std::lock_guard lock(mutex_);
    return Apply(apps_[app], account, decide);
  }();
  if (updated && on_event_ && IsWorthAnEvent(*updated)) {
    on_event_(MakeEvent(app, account, *updated));
  }
  done(std::move(updated));
}

void MemoryStore::ReadFields(AppId app, Callback<Fields> done) {
  Fields fields;
  {
    std::lock_guard lock(mutex_);
    fields = apps_[app].fields;
  }
  done(std::move(fields));
}

void MemoryStore::UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) {
  base::Result<Fields> updated;
  {
    std::lock_guard lock(mutex_);
    updated = decide(apps_[app].fields);
    if (updated) apps_[app].fields = *updated;
  }
  done(std::move(updated));
}

void MemoryStore::ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) {
  std::uint64_t position = 0;
  {
    std::lock_guard lock(mutex_);
    position = apps_[app].cursors[reader];
  }
  done(position);
}

void MemoryStore::WriteCursor(AppId app, std::string reader, std::uint64_t position,
                              Callback<bool> done) {
  {
    std::lock_guard lock(mutex_);
    apps_[app].cursors[reader] = position;
  }
  done(true);
}

void MemoryStore::Watch(std::function<void(const Event&)> on_event) {
  on_event_ = std::move(on_event);
}

void MemoryStore::FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) {
  std::optional<Session> session;
  {
    std::lock_guard lock(mutex_);
    const auto& sessions = apps_[app].sessions;
    if (auto found = sessions.find(id); found != sessions.end()) session = found->second;
  }
  done(std::move(session));
}

void MemoryStore::FindInstance(AppId app, AccountId account, std::string id,
                               Callback<std::optional<Instance>> done) {
  std::optional<Instance> instance;
  {
    std::lock_guard lock(mutex_);
    const auto& instances = apps_[app].instances;
    auto found = instances.find({account, std::move(id)});
    if (found != instances.end()) instance = found->second;
  }
  done(std::move(instance));
}

void MemoryStore::ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                              Callback<std::vector<Change>> done) {
  std::vector<Change> changes;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [position, change] : apps_[app].changes) {
      bool wanted = change.account == account && change.notice_seq > after;
      if (wanted && changes.size() < limit) changes.push_back(change);
    }
  }
  done(std::move(changes));
}

void MemoryStore::RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                               Callback<bool> done) {
  bool renewed = false;
  {
    std::lock_guard lock(mutex_);
    auto& sessions = apps_[app].sessions;
    auto found = sessions.find(id);
    renewed = found != sessions.end();
    if (renewed) found->second.last_used_ms = last_used_ms;
  }
  done(renewed);
}

void MemoryStore::Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
                        Callback<Swept> done) {
  Swept swept;
  {
    std::lock_guard lock(mutex_);
    for (auto& one : apps_) {
      App& app = one.second;
      std::erase_if(app.instances, [&](const auto& entry) {
        return app.sessions.at(entry.second.session).last_used_ms < sessions_before_ms;
      });
      swept.sessions += std::erase_if(app.sessions, [&](const auto& entry) {
        return entry.second.last_used_ms < sessions_before_ms;
      });
      while (app.changes.size() > 1 && app.changes.begin()->second.time_ms < changes_before_ms) {
        app.changes.erase(app.changes.begin());
        ++swept.changes;
      }
    }
  }
  done(swept);
}

void MemoryStore::ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                              Callback<std::vector<LoggedChange>> done) {
  std::vector<LoggedChange> changes;
  {
    std::lock_guard lock(mutex_);
    const auto& log = apps_[app].changes;
    for (auto it = log.upper_bound(after); it != log.end() && changes.size() < limit; ++it) {
      changes.push_back({it->first, it->second});
    }
  }
  done(std::move(changes));
}

}  // namespace store
