#include "store/sql/readers.h"

#include "store/sql/rows.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;

tl::unexpected<base::Error> TooMany() { return Fail(Code::kStorageFailed, "too many reads wait"); }

using RecordsById = std::map<AccountId, base::Result<RecordPtr>>;

Reply<RecordsById> SelectAccounts(Connection& connection, AppId app, const std::string& list) {
  if (list.empty()) return RecordsById();
  auto rows =
      connection.Run("SELECT account, record FROM accounts WHERE app = " + std::to_string(app) +
                     " AND account IN (" + list + ')');
  if (!rows) return tl::unexpected(rows.error());
  RecordsById records;
  while (rows->Next()) {
    auto account = ToAccount(rows->Text(0));
    if (account && !rows->IsNull(1)) {
      records.emplace(*account, ToRecord(std::string(rows->Text(1))));
    }
  }
  return records;
}

using SessionsById = std::map<SessionId, Session>;

Reply<SessionsById> SelectSessions(Connection& connection, AppId app, const std::string& list) {
  auto rows = connection.Run("SELECT " + std::string(kSessionColumns) +
                             " FROM sessions WHERE app = " + std::to_string(app) + " AND id IN (" +
                             list + ')');
  if (!rows) return tl::unexpected(rows.error());
  SessionsById sessions;
  while (rows->Next()) {
    auto session = ToSession(*rows);
    if (session) sessions.emplace(session->id, *session);
  }
  return sessions;
}

// Answers `reads`, of which the first was asked for first. Where the database does not answer, each
// is given up at its own deadline.
template <class T, class Read, class Ask, class Answer>
void ReadTogether(Connection& connection, std::vector<Read> reads, const char* failed, Ask ask,
                  Answer answer) {
  while (!reads.empty()) {
    auto reply = ReadWithRetries<T>(connection, reads.front().deadline, ask);
    if (reply) {
      for (const Read& read : reads) answer(read, *reply);
      return;
    }
    bool is_hopeless = reply.error().fault == Fault::kFailed;
    auto now = std::chrono::steady_clock::now();
    std::vector<Read> left;
    for (Read& read : reads) {
      if (is_hopeless || read.deadline <= now) {
        read.done(Failed(failed, reply.error()));
      } else {
        left.push_back(std::move(read));
      }
    }
    reads = std::move(left);
  }
}

}  // namespace

Readers::Readers(Endpoints& endpoints, std::size_t threads) : endpoints_(endpoints) {
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Run(); });
}

Readers::~Readers() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

bool Readers::Enqueue(Work work) {
  if (waiting_.size() + reads_waiting_ >= kMaxWaiting) return false;
  waiting_.push_back(std::move(work));
  changed_.notify_one();
  return true;
}

bool Readers::Submit(Work work) {
  std::lock_guard lock(mutex_);
  return Enqueue(std::move(work));
}

template <class Read>
bool Readers::Accept(std::deque<Read>& queue, Read& read, Work work) {
  bool is_accepted =
      queue.empty() ? Enqueue(std::move(work)) : waiting_.size() + reads_waiting_ < kMaxWaiting;
  if (!is_accepted) return false;
  ++reads_waiting_;
  queue.push_back(std::move(read));
  return true;
}

void Readers::ReadAccounts(AppId app, std::vector<AccountId> accounts,
                           Callback<Store::Records> done) {
  AccountRead read{endpoints_.DeadlineFromNow(), std::move(accounts), std::move(done)};
  {
    std::lock_guard lock(mutex_);
    auto work = [this, app](Connection& c) { ReadSomeAccounts(c, app); };
    if (Accept(accounts_[app], read, work)) return;
  }
  read.done(TooMany());
}

void Readers::FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) {
  SessionRead read{endpoints_.DeadlineFromNow(), id, std::move(done)};
  {
    std::lock_guard lock(mutex_);
    auto work = [this, app](Connection& c) { FindSomeSessions(c, app); };
    if (Accept(sessions_[app], read, work)) return;
  }
  read.done(TooMany());
}

void Readers::Run() {
  Connection connection(endpoints_, Connection::Use::kRead);
  for (;;) {
    Work work;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work(connection);
  }
}

void Readers::ReadSomeAccounts(Connection& connection, AppId app) {
  std::vector<AccountRead> reads;
  std::string list;
  {
    std::lock_guard lock(mutex_);
    auto& queue = accounts_[app];
    for (std::size_t keys = 0; !queue.empty(); queue.pop_front()) {
      keys += queue.front().accounts.size();
      if (keys > kMaxKeys && !reads.empty()) break;
      reads.push_back(std::move(queue.front()));
    }
    reads_waiting_ -= reads.size();
    if (!queue.empty()) {
      waiting_.push_back([this, app](Connection& c) { ReadSomeAccounts(c, app); });
      changed_.notify_one();
    }
  }
  for (const AccountRead& read : reads) {
    for (const AccountId& account : read.accounts) AddToList(list, account.View());
  }
  auto ask = [&](Connection& c) { return SelectAccounts(c, app, list); };
  auto answer = [](const AccountRead& read, const RecordsById& records) {
    Store::Records found;
    for (const AccountId& account : read.accounts) {
      auto record = records.find(account);
      found.push_back(record == records.end() ? nullptr : record->second);
    }
    read.done(std::move(found));
  };
  ReadTogether<RecordsById>(connection, std::move(reads), "reading accounts failed", ask, answer);
}

void Readers::FindSomeSessions(Connection& connection, AppId app) {
  std::vector<SessionRead> reads;
  std::string list;
  {
    std::lock_guard lock(mutex_);
    auto& queue = sessions_[app];
    for (; !queue.empty() && reads.size() < kMaxKeys; queue.pop_front()) {
      AddToList(list, View(queue.front().id));
      reads.push_back(std::move(queue.front()));
    }
    reads_waiting_ -= reads.size();
    if (!queue.empty()) {
      waiting_.push_back([this, app](Connection& c) { FindSomeSessions(c, app); });
      changed_.notify_one();
    }
  }
  auto ask = [&](Connection& c) { return SelectSessions(c, app, list); };
  auto answer = [](const SessionRead& read, const SessionsById& sessions) {
    auto session = sessions.find(read.id);
    read.done(session == sessions.end() ? std::nullopt : std::optional(session->second));
  };
  ReadTogether<SessionsById>(connection, std::move(reads), "reading sessions failed", ask, answer);
}

}  // namespace store::sql
