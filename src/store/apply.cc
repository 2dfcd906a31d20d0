#include "store/apply.h"

#include "base/log.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/update.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

// A session that cannot be decoded is one that ends, here and now: kept, it would stand in the way
// of every login of the account. The same goes for instances. Who held it signs in again.
struct StoredSessions {
  std::vector<Session> sessions;
  std::vector<SessionId> broken;
};

base::Result<StoredSessions> SessionsOf(Database& database, CommitGroup& group, AppId app,
                                        const AccountId& account) {
  std::string prefix = keys::AccountSessions(app, account);
  std::vector<SessionId> ids;
  rocksdb::Status status =
      group.ForPrefix(database.sessions, prefix, [&](std::string_view key, std::string_view) {
        SessionId id;
        key.copy(id.data(), id.size(), prefix.size());
        ids.push_back(id);
        return true;
      });
  if (!status.ok()) return Failed("reading sessions failed", status);
  StoredSessions stored;
  for (const SessionId& id : ids) {
    std::string bytes;
    status = group.Get(database.sessions, keys::Session(app, id), &bytes);
    if (status.IsNotFound()) continue;
    if (!status.ok()) return Failed("reading a session failed", status);
    if (auto session = DecodeSession(id, bytes)) {
      stored.sessions.push_back(*session);
    } else {
      base::LogError("a stored session is broken: it ends", {{"account", account.String()}});
      stored.broken.push_back(id);
    }
  }
  return stored;
}

struct StoredInstances {
  std::vector<Instance> instances;
  std::vector<std::string> broken;
};

base::Result<StoredInstances> InstancesOf(Database& database, CommitGroup& group, AppId app,
                                          const AccountId& account) {
  std::string prefix = keys::Instances(app, account);
  StoredInstances stored;
  rocksdb::Status status =
      group.ForPrefix(database.sessions, prefix, [&](std::string_view key, std::string_view value) {
        std::string_view id = key.substr(prefix.size());
        auto instance = DecodeInstance(id, value);
        if (instance) stored.instances.push_back(*std::move(instance));
        if (!instance) stored.broken.emplace_back(id);
        return true;
      });
  if (!status.ok()) return Failed("reading instances failed", status);
  return stored;
}

// Which sessions the update ends, in `updated`, and what becomes of the instances.
base::Result<InstanceChanges> FindEnded(Database& database, CommitGroup& group, AppId app,
                                        const AccountId& account, const Update& update,
                                        Updated& updated) {
  bool ends = update.end_sessions || update.end_session.has_value();
  if (ends || update.new_session) {
    auto existing = SessionsOf(database, group, app, account);
    if (!existing) return tl::unexpected(existing.error());
    updated.ended_sessions = SessionsToEnd(update, std::move(existing->sessions));
    updated.ended_sessions.insert(updated.ended_sessions.end(), existing->broken.begin(),
                                  existing->broken.end());
  }
  if (!ends && !update.new_instance && updated.ended_sessions.empty()) {
    return InstanceChanges();
  }
  auto existing = InstancesOf(database, group, app, account);
  if (!existing) return tl::unexpected(existing.error());
  auto changes = ChangeInstances(update, std::move(existing->instances), updated.ended_sessions);
  changes.removed.insert(changes.removed.end(), existing->broken.begin(), existing->broken.end());
  return changes;
}

base::Result<RecordPtr> ReadCurrent(Database& database, CommitGroup& group,
                                    const std::string& key) {
  std::string bytes;
  rocksdb::Status status = group.Get(database.accounts, key, &bytes);
  return ToRecord(status, std::move(bytes));
}

void PutChange(Database& database, CommitGroup& group, AppId app, std::uint64_t position,
               const Change& change) {
  group.TakePosition(app);
  group.Append(database.changes, keys::Change(app, 0, position), EncodeChange(change));
  group.Append(database.notices, keys::Notice(app, change.account, change.notice_seq),
               keys::Place(0, position));
}

void PutSession(Database& database, CommitGroup& group, AppId app, const Session& session) {
  group.Put(database.sessions, keys::Session(app, session.id), EncodeSession(session));
  group.Put(database.sessions, keys::AccountSession(app, session.account, session.id), "");
}

}  // namespace

base::Result<RecordPtr> ToRecord(const rocksdb::Status& status, std::string bytes) {
  if (status.IsNotFound()) return RecordPtr();
  if (!status.ok()) return Failed("reading an account failed", status);
  auto record = profile::Record::Decode(std::move(bytes));
  if (!record) {
    base::LogError("reading an account failed", {{"reason", record.error().detail}});
    return tl::unexpected(record.error());
  }
  return std::make_shared<const profile::Record>(*std::move(record));
}

base::Result<Updated> ApplyUpdate(Database& database, CommitGroup& group, AppId app,
                                  const AccountId& account, const RecordPtr& current,
                                  const Decide& decide) {
  std::string key = keys::Account(app, account);
  auto before = current ? base::Result<RecordPtr>(current) : ReadCurrent(database, group, key);
  if (!before) return tl::unexpected(before.error());
  bool may_be_created = *before == nullptr || !(*before)->Exists();
  base::Result<TinyId> fresh = may_be_created ? group.NextTinyId() : TinyId{0};
  if (!fresh) return tl::unexpected(fresh.error());
  auto update = decide(before->get(), UpdateContext{*fresh});
  if (!update) return tl::unexpected(update.error());
  if (const SessionId* needed = NeededSession(*update)) {
    // It lives as long as its session, which may have ended since the caller looked.
    std::string ignored;
    rocksdb::Status status = group.Get(database.sessions, keys::Session(app, *needed), &ignored);
    if (status.IsNotFound()) return Fail(Code::kDeadSession);
    if (!status.ok()) return Failed("reading a session failed", status);
  }
  base::Result<std::uint64_t> position = update->change ? group.NextPosition(app) : 0;
  if (!position) return tl::unexpected(position.error());
  Outcome outcome = MakeOutcome(*before, *update);
  Updated& updated = outcome.updated;
  auto instances = FindEnded(database, group, app, account, *update, updated);
  if (!instances) return tl::unexpected(instances.error());

  // Nothing is put into the group before this line, so an error above leaves no half of a write.
  for (const SessionId& id : updated.ended_sessions) {
    group.Delete(database.sessions, keys::Session(app, id));
    group.Delete(database.sessions, keys::AccountSession(app, account, id));
  }
  ApplyInstances(
      *std::move(instances), updated,
      [&](const std::string& id) {
        group.Delete(database.sessions, keys::Instance(app, account, id));
      },
      [&](const Instance& instance) {
        group.Put(database.sessions, keys::Instance(app, account, instance.id),
                  EncodeInstance(instance));
      });
  if (update->record) {
    group.Put(database.accounts, key, outcome.bytes);
    if (may_be_created && update->record->header.tiny_id == *fresh) group.TakeTinyId();
  }
  if (update->change) PutChange(database, group, app, *position, *update->change);
  if (update->new_session) PutSession(database, group, app, *update->new_session);
  return std::move(updated);
}

}  // namespace store
