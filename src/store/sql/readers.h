#pragma once

// The connections that read. Private to store/sql.
//
// A thread each. One that is free takes all reads of accounts (or of sessions) of one app that
// wait, and asks for them in one statement: the busier the readers, the larger their questions.
//
// Each read is given up SqlOptions::give_up_s after it was asked for, and those that were asked
// together with it and have time left go on.

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <thread>

#include "store/sql/connection.h"
#include "store/store.h"

namespace store::sql {

class Readers {
 public:
  using Work = std::function<void(Connection&)>;

  Readers(Endpoints& endpoints, std::size_t threads);
  ~Readers();  // finishes what waits

  // As their namesakes in Store.
  void ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Store::Records> done);
  void FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done);

  // Any other read, which minds its deadline itself. False, and nothing is run, when too many wait.
  [[nodiscard]] bool Submit(Work work);

 private:
  static constexpr std::size_t kMaxWaiting = 65536;
  static constexpr std::size_t kMaxKeys = 500;  // of a statement

  struct AccountRead {
    Deadline deadline;
    std::vector<AccountId> accounts;
    Callback<Store::Records> done;
  };
  struct SessionRead {
    Deadline deadline;
    SessionId id;
    Callback<std::optional<Session>> done;
  };

  void Run();
  bool Enqueue(Work work);  // with the lock held
  // Puts `read` at the end of `queue`, and `work` into the line where it is the first.
  template <class Read>
  bool Accept(std::deque<Read>& queue, Read& read, Work work);  // with the lock held
  void ReadSomeAccounts(Connection& connection, AppId app);
  void FindSomeSessions(Connection& connection, AppId app);

  Endpoints& endpoints_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> waiting_;
  // What of an app is read together; an entry of waiting_ for each that is not empty.
  std::map<AppId, std::deque<AccountRead>> accounts_;
  std::map<AppId, std::deque<SessionRead>> sessions_;
  std::size_t reads_waiting_ = 0;  // in those two
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace store::sql
