#include "store/sweep.h"

#include "store/codec.h"
#include "store/keys.h"

namespace store {
namespace {

constexpr std::size_t kMaxSwept = Store::kMaxSwept;

rocksdb::Status FindSessions(Database& database, std::int64_t before_ms,
                             std::vector<std::string>& expired) {
  std::unique_ptr<rocksdb::Iterator> it(database.db->NewIterator({}, database.sessions));
  for (it->Seek("s"); it->Valid() && it->key().starts_with("s"); it->Next()) {
    auto session = DecodeSession(keys::SessionIdOf(ToView(it->key())), ToView(it->value()));
    if (session && session->last_used_ms < before_ms) expired.push_back(it->key().ToString());
    if (expired.size() >= kMaxSwept) break;
  }
  return it->status();
}

// Walks stream by stream. Within one, positions ascend with time, so it ends at the first young
// entry.
rocksdb::Status FindChanges(Database& database, std::int64_t before_ms,
                            std::vector<std::string>& expired) {
  constexpr std::size_t kStreamBytes = 8 + 4;  // app, writer
  std::unique_ptr<rocksdb::Iterator> it(database.db->NewIterator({}, database.changes));
  it->SeekToFirst();
  while (it->Valid() && expired.size() < kMaxSwept) {
    std::string stream = it->key().ToString().substr(0, kStreamBytes);
    std::string previous;  // one behind: the newest entry of a stream stays
    for (; it->Valid() && it->key().starts_with(stream) && expired.size() < kMaxSwept; it->Next()) {
      if (!previous.empty()) expired.push_back(std::move(previous));
      previous.clear();
      auto time_ms = ChangeTimeMs(ToView(it->value()));
      if (!time_ms || *time_ms >= before_ms) break;
      previous = it->key().ToString();
    }
    it->Seek(stream + std::string(9, '\xff'));
  }
  return it->status();
}

rocksdb::Status DeleteInstances(Database& database, CommitGroup& group, AppId app,
                                const Session& session) {
  std::vector<std::string> ended;
  rocksdb::Status status = group.ForPrefix(database.sessions, keys::Instances(app, session.account),
                                           [&](std::string_view key, std::string_view value) {
                                             auto instance = DecodeInstance("", value);
                                             if (instance && instance->session == session.id)
                                               ended.emplace_back(key);
                                             return true;
                                           });
  for (const std::string& key : ended) group.Delete(database.sessions, key);
  return status;
}

}  // namespace

base::Result<Expired> FindExpired(Database& database, std::int64_t sessions_before_ms,
                                  std::int64_t changes_before_ms) {
  Expired expired;
  rocksdb::Status status = FindSessions(database, sessions_before_ms, expired.sessions);
  if (status.ok()) status = FindChanges(database, changes_before_ms, expired.changes);
  if (!status.ok()) return Failed("the sweep failed", status);
  return expired;
}

base::Result<Store::Swept> DeleteExpired(Database& database, CommitGroup& group,
                                         const Expired& expired, std::int64_t sessions_before_ms) {
  Store::Swept swept;
  for (const std::string& key : expired.sessions) {
    std::string bytes;
    rocksdb::Status status = group.Get(database.sessions, key, &bytes);
    if (status.IsNotFound()) continue;
    if (!status.ok()) return Failed("the sweep failed", status);
    auto session = DecodeSession(keys::SessionIdOf(key), bytes);
    if (!session || session->last_used_ms >= sessions_before_ms) continue;
    group.Delete(database.sessions, key);
    group.Delete(database.sessions,
                 keys::AccountSession(keys::AppOf(key), session->account, session->id));
    status = DeleteInstances(database, group, keys::AppOf(key), *session);
    if (!status.ok()) return Failed("the sweep failed", status);
    ++swept.sessions;
  }
  for (const std::string& key : expired.changes) {
    std::string bytes;
    rocksdb::Status status = group.Get(database.changes, key, &bytes);
    if (!status.ok() && !status.IsNotFound()) return Failed("the sweep failed", status);
    auto change = DecodeChange(bytes);
    if (change) {
      group.Delete(database.notices,
                   keys::Notice(keys::ChangeAppOf(key), change->account, change->notice_seq));
    }
    group.Delete(database.changes, key);
  }
  swept.changes = expired.changes.size();
  swept.has_more = expired.sessions.size() >= kMaxSwept || expired.changes.size() >= kMaxSwept;
  return swept;
}

}  // namespace store
