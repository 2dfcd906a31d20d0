#include "store/sql/committer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/log.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;

// A group that meets others this often is carried out in parts, which meet fewer.
constexpr unsigned kMaxConflictsOfAGroup = 4;
constexpr unsigned kMaxConflicts = 1000;          // of a single write: the time is what ends it
constexpr std::size_t kParts = 8;                 // of such a group
constexpr std::chrono::seconds kTryInterval{1};   // of writing at all, where it failed
constexpr std::chrono::seconds kLockInterval{3};  // of what waits for a lock: a try takes a second

tl::unexpected<base::Error> WriteFailed() { return Fail(Code::kStorageFailed, "the write failed"); }

}  // namespace

Committer::Committer(Endpoints& endpoints, OwnStream& stream)
    : endpoints_(endpoints),
      connection_(endpoints, Connection::Use::kWrite),
      stream_(stream),
      thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Committer::Submit(AccountJob job) {
  job.deadline = endpoints_.DeadlineFromNow();
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  job.done(Fail(Code::kStorageFailed, "too many writes wait"));
}

void Committer::Submit(OtherJob job) {
  job.deadline = endpoints_.DeadlineFromNow();
  {
    std::lock_guard lock(mutex_);
    if (others_.size() < kMaxWaiting) {
      others_.push_back(std::move(job));
      changed_.notify_one();
      return;
    }
  }
  job.done(Fail(Code::kStorageFailed, "too many writes wait"));
}

std::string Committer::Trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void Committer::SetTrouble(const std::string& trouble) {
  bool is_news = false;
  {
    std::lock_guard lock(mutex_);
    is_news = trouble_ != trouble;
    trouble_ = trouble;
  }
  if (!is_news) return;
  if (trouble.empty()) {
    base::LogInfo("writes succeed again", {});
  } else {
    base::LogWarning("writes fail", {{"reason", trouble}});
  }
}

void Committer::Run() {
  for (;;) {
    std::vector<AccountJob> jobs;
    std::optional<OtherJob> other;
    {
      std::unique_lock lock(mutex_);
      auto is_due = [this] {
        return (is_stopping_ && !IsBlocked()) || !waiting_.empty() || !others_.empty();
      };
      if (trouble_.empty() && !IsBlocked()) {
        changed_.wait(lock, is_due);
      } else {
        changed_.wait_for(lock, kTryInterval, is_due);
      }
      if (is_stopping_ && waiting_.empty() && others_.empty() && !IsBlocked()) break;
      auto count = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kMaxGroup));
      std::move(waiting_.begin(), waiting_.begin() + count, std::back_inserter(jobs));
      waiting_.erase(waiting_.begin(), waiting_.begin() + count);
      if (!others_.empty()) {
        other = std::move(others_.front());
        others_.pop_front();
      }
    }
    if (jobs.empty() && !other && !IsBlocked()) TryToWrite();
    JoinBlocked(jobs);
    CommitGroup(std::move(jobs));
    if (other) CommitOther(*std::move(other));  // one at a time: updates do not wait for many
    RetryBlocked();
  }
  if (writer_.number == 0 || !connection_.Ensure()) return;
  auto released = ReleaseWriter(connection_, writer_);
  if (!released)
    base::LogWarning("a lease runs out by itself", {{"reason", released.error().text}});
}

// A job for an account that waits for a lock waits with it.
void Committer::JoinBlocked(std::vector<AccountJob>& jobs) {
  if (blocked_.empty()) return;
  std::set<std::pair<AppId, AccountId>> accounts;
  for (const AccountJob& job : blocked_) accounts.emplace(job.app, job.account);
  auto joining = std::stable_partition(jobs.begin(), jobs.end(), [&](const AccountJob& job) {
    return !accounts.contains({job.app, job.account});
  });
  std::move(joining, jobs.end(), std::back_inserter(blocked_));
  jobs.erase(joining, jobs.end());
}

// One alone, as a try may take a second; where it succeeds the others may be free as well.
void Committer::RetryBlocked() {
  auto now = std::chrono::steady_clock::now();
  for (std::size_t left = blocked_.size(); left > 0; --left) {
    AccountJob job = std::move(blocked_.front());
    blocked_.pop_front();
    if (job.deadline <= now) {
      job.done(WriteFailed());
    } else {
      blocked_.push_back(std::move(job));
    }
  }
  if (!IsBlocked() || now < next_blocked_) return;
  next_blocked_ = now + kLockInterval;
  std::deque<AccountJob> jobs = std::exchange(blocked_, {});
  if (!jobs.empty()) {
    std::vector<AccountJob> first;
    first.push_back(std::move(jobs.front()));
    jobs.pop_front();
    CommitGroup(std::move(first));
  }
  std::lock_guard lock(mutex_);
  auto& queue = blocked_.empty() ? waiting_ : blocked_;
  auto place = blocked_.empty() ? waiting_.begin() : blocked_.end();  // before what came later
  queue.insert(place, std::make_move_iterator(jobs.begin()), std::make_move_iterator(jobs.end()));
  std::move(blocked_others_.begin(), blocked_others_.end(), std::back_inserter(others_));
  blocked_others_.clear();
}

// Each job is given up at its own deadline, and the others go on without it.
void Committer::CommitGroup(std::vector<AccountJob> jobs) {
  while (!jobs.empty()) {
    Deadline earliest = Deadline::max();
    for (const AccountJob& job : jobs) earliest = std::min(earliest, job.deadline);
    Work<Outcomes> work = [&jobs](Connection& connection, Transaction& transaction) {
      return AccountGroup(connection, transaction, jobs).Run();
    };
    unsigned max_conflicts = jobs.size() > 1 ? kMaxConflictsOfAGroup : kMaxConflicts;
    auto attempt = Settle(work, jobs.size(), max_conflicts, earliest);
    if (attempt) return Finish(jobs, attempt->outcome, attempt->transaction);
    auto now = std::chrono::steady_clock::now();
    bool is_late = earliest <= now;
    if (!is_late && jobs.size() > 1 && attempt.error() != GiveUp::kUnknown) {
      return CommitParts(std::move(jobs));
    }
    if (!is_late && attempt.error() == GiveUp::kBlocked) {
      if (!IsBlocked()) next_blocked_ = now + kLockInterval;
      blocked_.push_back(std::move(jobs.front()));
      return;
    }
    bool ends_all = !is_late || attempt.error() == GiveUp::kUnknown;
    std::erase_if(jobs, [&](const AccountJob& job) {
      bool ends = ends_all || job.deadline <= now;
      if (ends) job.done(WriteFailed());
      return ends;
    });
  }
}

// One that cannot be written must not keep the others from it. Each of a few steps may cost the
// wait for a lock.
void Committer::CommitParts(std::vector<AccountJob> jobs) {
  std::size_t size = (jobs.size() + kParts - 1) / kParts;
  for (std::size_t first = 0; first < jobs.size(); first += size) {
    auto begin = jobs.begin() + static_cast<std::ptrdiff_t>(first);
    auto end = begin + static_cast<std::ptrdiff_t>(std::min(size, jobs.size() - first));
    CommitGroup({std::make_move_iterator(begin), std::make_move_iterator(end)});
  }
}

void Committer::Finish(const std::vector<AccountJob>& jobs, const Outcomes& outcomes,
                       const Transaction& transaction) {
  if (on_event) {
    for (const Event& event : transaction.events) on_event(event);
  }
  for (std::size_t i = 0; i < jobs.size(); ++i) jobs[i].done(outcomes[i]);
}

void Committer::CommitOther(OtherJob job) {
  auto attempt = Settle<base::Result<void>>(job.work, 0, kMaxConflicts, job.deadline);
  bool is_late = std::chrono::steady_clock::now() >= job.deadline;
  if (!attempt && attempt.error() == GiveUp::kBlocked && !is_late) {
    if (!IsBlocked()) next_blocked_ = std::chrono::steady_clock::now() + kLockInterval;
    blocked_others_.push_back(std::move(job));
    return;
  }
  if (!attempt) return job.done(WriteFailed());
  job.done(attempt->outcome);
  if (!on_fields) return;
  for (AppId app : attempt->transaction.fields) on_fields(app);
}

// That writes succeed again is known even where nobody writes: who balances load by it sends no
// requests before.
void Committer::TryToWrite() {
  Work<base::Result<void>> work = [](Connection&, Transaction& transaction) {
    transaction.has_writes = true;  // its row of `commits`
    return Reply<base::Result<void>>(base::Result<void>());
  };
  Settle(work, 0, 1, std::chrono::steady_clock::now() + kTryInterval).map([](const auto&) {});
}

template <class T>
tl::expected<Committer::Attempt<T>, Committer::GiveUp> Committer::Settle(const Work<T>& work,
                                                                         std::uint64_t tiny_ids,
                                                                         unsigned max_conflicts,
                                                                         Deadline deadline) {
  // What waited too long for its turn is not begun.
  if (std::chrono::steady_clock::now() >= deadline) return tl::unexpected(GiveUp::kNothingWritten);
  std::vector<Attempt<T>> unknown;
  unsigned conflicts = 0;
  for (unsigned tries = 1;; ++tries) {
    auto attempt = TryOnce<T>(work, tiny_ids, unknown);
    if (attempt && *attempt) {
      SetTrouble({});
      writer_ = (*attempt)->transaction.writer;
      stream_.Wrote(writer_.next_n - 1);
      positions_ = (*attempt)->transaction.positions;
      return **std::move(attempt);
    }
    if (!attempt) connection_.Rollback();
    bool is_hopeless = !attempt && attempt.error().fault == Fault::kFailed;
    bool is_conflict = !attempt && !is_hopeless && attempt.error().fault != Fault::kLost;
    conflicts += is_conflict ? 1 : 0;
    if (is_conflict && attempt.error().IsLockWait() && unknown.empty()) {
      base::LogWarning("a write waits for a lock of another", {{"reason", attempt.error().text}});
      positions_.clear();
      return tl::unexpected(GiveUp::kBlocked);
    }
    bool is_late = std::chrono::steady_clock::now() >= deadline;
    bool has_met_enough = conflicts >= max_conflicts && unknown.empty();
    if (is_hopeless || is_late || has_met_enough) {
      SqlError error = attempt ? SqlError{Fault::kLost, 0, "no end in sight"} : attempt.error();
      if (is_conflict) base::LogWarning("a commit met too many others", {{"reason", error.text}});
      if (!is_conflict) SetTrouble(error.text);
      positions_.clear();
      if (unknown.empty()) return tl::unexpected(GiveUp::kNothingWritten);
      // What was tried may still be committed, with its number and its TinyIds.
      ForgetWriter();
      return tl::unexpected(GiveUp::kUnknown);
    }
    WaitToRetry(tries);
  }
}

// Nothing: to be tried again.
template <class T>
Reply<std::optional<Committer::Attempt<T>>> Committer::TryOnce(const Work<T>& work,
                                                               std::uint64_t tiny_ids,
                                                               std::vector<Attempt<T>>& unknown) {
  if (auto ready = connection_.Ensure(); !ready) return tl::unexpected(ready.error());
  if (unknown.empty() && stream_.IsLost(writer_.token)) ForgetWriter();
  if (auto ready = EnsureWriter(); !ready) return tl::unexpected(ready.error());
  if (!unknown.empty()) {
    auto token = FindToken();
    if (!token) return tl::unexpected(token.error());
    auto landed = std::find_if(unknown.begin(), unknown.end(),
                               [&](const Attempt<T>& attempt) { return attempt.token == *token; });
    connection_.Rollback();
    if (landed != unknown.end()) return std::move(*landed);
    if (*token) {  // another holds this number: what we tried can never be committed
      unknown.clear();
      ForgetWriter();
      return std::nullopt;
    }
  }
  if (auto ready = TakeTinyIds(connection_, writer_, tiny_ids); !ready) {
    return tl::unexpected(ready.error());
  }
  Attempt<T> attempt{RandomToken(), {writer_, positions_, false, {}, {}}, {}};
  auto outcome = work(connection_, attempt.transaction);
  if (!outcome) return tl::unexpected(outcome.error());
  attempt.outcome = *std::move(outcome);
  // With one before it that may have been committed since, what was decided may be decided on its
  // result: inserting the row tells.
  if (!attempt.transaction.has_writes && unknown.empty()) {
    connection_.Rollback();
    return attempt;
  }
  if (auto row = InsertCommit(attempt.transaction, attempt.token); !row) {
    // Another has the number, or holds a lock on it and has not ended yet.
    bool is_taken = row.error().fault == Fault::kDuplicate || row.error().IsLockWait();
    if (is_taken && unknown.empty()) ForgetWriter();
    return tl::unexpected(row.error());
  }
  ++attempt.transaction.writer.next_n;
  auto committed = connection_.Commit();
  if (committed) return attempt;
  if (committed.error().fault == Fault::kConflict) return tl::unexpected(committed.error());
  unknown.push_back(std::move(attempt));
  connection_.Drop();
  return std::nullopt;
}

Reply<void> Committer::EnsureWriter() {
  if (writer_.number != 0) return {};
  auto writer = TakeWriter(connection_);
  if (!writer) return tl::unexpected(writer.error());
  writer_ = *writer;
  stream_.Set({writer_.number, writer_.token, writer_.next_n, writer_.next_n - 1});
  return {};
}

void Committer::ForgetWriter() {
  base::LogWarning("a stream of the log is left", {{"writer", std::int64_t{writer_.number}}});
  writer_ = {};
  positions_.clear();
  stream_.Set({});
}

Reply<std::optional<std::uint64_t>> Committer::FindToken() {
  auto rows =
      connection_.Run("SELECT token FROM commits WHERE writer = " + std::to_string(writer_.number) +
                      " AND n = " + std::to_string(writer_.next_n));
  if (!rows) return tl::unexpected(rows.error());
  if (!rows->Next()) return std::optional<std::uint64_t>();
  return std::optional(rows->Number(0));
}

// By its token the lease is still this process's. A number's rows are dropped after a while, so
// that one that is free is no proof of it.
Reply<void> Committer::InsertCommit(const Transaction& transaction, std::uint64_t token) {
  const Writer& writer = transaction.writer;
  auto inserted =
      connection_.Run("INSERT INTO commits (writer, n, token, time_ms, body) SELECT writer, " +
                      std::to_string(writer.next_n) + ", " + std::to_string(token) + ", " +
                      std::to_string(NowMs()) + ", " + Hex(EncodeNews(transaction)) +
                      " FROM writers WHERE writer = " + std::to_string(writer.number) +
                      " AND token = " + std::to_string(writer.token));
  if (!inserted) return tl::unexpected(inserted.error());
  if (inserted->matched() == 1) return {};
  return tl::unexpected(SqlError{Fault::kDuplicate, 0, "another has taken the stream over"});
}

}  // namespace store::sql
