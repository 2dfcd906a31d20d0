#include "store/sql/sweep.h"

#include <atomic>

#include "store/sql/rows.h"

namespace store::sql {
namespace {

constexpr std::size_t kMaxSwept = Store::kMaxSwept;
constexpr std::size_t kMaxStatement = 1000;  // entries that one transaction drops

Reply<void> FindSessions(Connection& connection, std::int64_t before_ms, Expired& expired) {
  auto rows = connection.Run("SELECT app, id, account FROM sessions WHERE last_used_ms < " +
                             std::to_string(before_ms) + " ORDER BY last_used_ms LIMIT " +
                             std::to_string(kMaxSwept));
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) {
    auto account = ToAccount(rows->Text(2));
    if (!account) continue;
    Expired::Sessions session{rows->Number(0), *account, {}};
    rows->Text(1).copy(session.id.data(), session.id.size());
    expired.sessions.push_back(session);
  }
  expired.has_more |= expired.sessions.size() >= kMaxSwept;
  return {};
}

// In one stream positions ascend with time: it ends at the first young entry.
Reply<std::size_t> FindChangesOf(Connection& connection, AppId app, std::uint32_t writer,
                                 std::uint64_t newest, std::int64_t before_ms, std::size_t limit,
                                 Expired& expired) {
  auto rows =
      connection.Run("SELECT position, time_ms FROM changes WHERE app = " + std::to_string(app) +
                     " AND writer = " + std::to_string(writer) + " AND position < " +
                     std::to_string(newest) + " ORDER BY position LIMIT " + std::to_string(limit));
  if (!rows) return tl::unexpected(rows.error());
  std::size_t count = 0;
  std::uint64_t last = 0;
  for (; rows->Next() && static_cast<std::int64_t>(rows->Number(1)) < before_ms; ++count) {
    last = rows->Number(0);
    if (count % kMaxStatement == kMaxStatement - 1) expired.changes.push_back({app, writer, last});
  }
  if (count % kMaxStatement != 0) expired.changes.push_back({app, writer, last});
  return count;
}

Reply<void> FindChanges(Connection& connection, std::int64_t before_ms, Expired& expired) {
  auto rows = connection.Run("SELECT app, writer, MAX(position) FROM changes GROUP BY app, writer");
  if (!rows) return tl::unexpected(rows.error());
  std::size_t left = kMaxSwept;
  while (left > 0 && rows->Next()) {
    auto found =
        FindChangesOf(connection, rows->Number(0), static_cast<std::uint32_t>(rows->Number(1)),
                      rows->Number(2), before_ms, left, expired);
    if (!found) return tl::unexpected(found.error());
    left -= *found;
  }
  expired.has_more |= left == 0;
  return {};
}

// A sweep under way: `Next` is called for each part that has been done.
class Progress : public std::enable_shared_from_this<Progress> {
 public:
  Progress(std::size_t parts, bool has_more, Callback<Store::Swept> done)
      : parts_left_(parts), swept_{.has_more = has_more}, done_(std::move(done)) {}

  void Next(const base::Result<void>& result, std::size_t sessions, std::size_t changes) {
    Store::Swept swept;
    bool failed = false;
    {
      std::lock_guard lock(mutex_);
      failed_ |= !result;
      swept_.sessions += sessions;
      swept_.changes += changes;
      if (--parts_left_ > 0) return;
      swept = swept_;
      failed = failed_;
    }
    if (failed) return done_(base::Fail(base::Code::kStorageFailed, "the sweep failed"));
    done_(swept);
  }

 private:
  std::mutex mutex_;
  std::size_t parts_left_;
  bool failed_ = false;
  Store::Swept swept_;
  const Callback<Store::Swept> done_;
};

void DropSession(Committer& committer, const Expired::Sessions& session, std::int64_t before_ms,
                 const std::shared_ptr<Progress>& progress) {
  Decide decide = [id = session.id](const profile::Record*, const UpdateContext&) {
    Update update;
    update.end_session = id;
    return base::Result<Update>(std::move(update));
  };
  committer.Submit(AccountJob{session.app, session.account, decide, before_ms,
                              [progress](base::Result<Updated> updated) {
                                std::size_t count = updated ? updated->ended_sessions.size() : 0;
                                progress->Next(updated.map([](const Updated&) {}), count, 0);
                              }});
}

void DropChanges(Committer& committer, const Expired::Changes& changes,
                 const std::shared_ptr<Progress>& progress) {
  auto count = std::make_shared<std::size_t>(0);
  auto work = [changes, count](Connection& connection,
                               Transaction& transaction) -> Reply<base::Result<void>> {
    auto dropped = connection.Run("DELETE FROM changes WHERE app = " + std::to_string(changes.app) +
                                  " AND writer = " + std::to_string(changes.writer) +
                                  " AND position <= " + std::to_string(changes.position));
    if (!dropped) return tl::unexpected(dropped.error());
    *count = dropped->matched();
    transaction.has_writes = *count > 0;
    return base::Result<void>();
  };
  committer.Submit(OtherJob{work, [count, progress](const base::Result<void>& result) {
                              progress->Next(result, 0, result ? *count : 0);
                            }});
}

}  // namespace

Reply<Expired> FindExpired(Connection& connection, std::int64_t sessions_before_ms,
                           std::int64_t changes_before_ms) {
  Expired expired;
  auto found = FindSessions(connection, sessions_before_ms, expired).and_then([&] {
    return FindChanges(connection, changes_before_ms, expired);
  });
  if (!found) return tl::unexpected(found.error());
  return expired;
}

void DropExpired(Committer& committer, const Expired& expired, std::int64_t sessions_before_ms,
                 const Callback<Store::Swept>& done) {
  std::size_t parts = expired.sessions.size() + expired.changes.size();
  if (parts == 0) return done(Store::Swept());
  auto progress = std::make_shared<Progress>(parts, expired.has_more, done);
  for (const auto& session : expired.sessions) {
    DropSession(committer, session, sessions_before_ms, progress);
  }
  for (const auto& changes : expired.changes) DropChanges(committer, changes, progress);
}

}  // namespace store::sql
