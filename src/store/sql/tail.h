#pragma once

// What other processes have committed, and that this one is alive. Private to store/sql.

#include <condition_variable>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "store/sql/connection.h"
#include "store/sql/transaction.h"

namespace store::sql {

// Looks every 50 ms for rows of `commits` that have come since. Whatever a transaction wrote comes
// to a node of the database with its row there; a read on another node waits for it.
//
// A tail that was cut off for longer than the rows are kept (ten minutes) has missed some, and so
// has one beside nodes of another version. Custom fields it reads anew then; who polls finds the
// rest at the next poll, at most 50 seconds later, and a WebSocket with the next change.
class Tail {
 public:
  struct Listener {
    std::function<void(const Event&)> on_event;
    std::function<void(AppId, const Store::Fields&)> on_fields;
  };

  // `own`: the stream of this process, whose rows are left out and whose lease is renewed; lost
  // where another has taken it over.
  Tail(Endpoints& endpoints, OwnStream& own);
  ~Tail();

  // Remembers where the streams end now, and begins to look from there.
  Reply<void> Start();

  // Any thread.
  void SetListener(Listener listener);
  void OnOwnFields(AppId app);  // this process's write, after its callback

  // Why nothing can be looked for, or an empty string. Any thread.
  std::string Trouble() const;

  // Any thread.
  Store::Lag ReadLag() const;

 private:
  void Run();
  void Follow(const OwnStream::Stream& own);
  std::string StatementOfLook() const;
  Reply<void> Look();
  void Tell(const CommitNews& news);
  void NoteDelay(std::int64_t commit_ms);
  void TellFields();
  void NoteAllFields();
  void Upkeep();

  Connection connection_;
  Connection fresh_connection_;  // one that sees what has been acknowledged
  OwnStream& own_;
  OwnStream::Stream followed_;                   // as of the last look
  std::map<std::uint32_t, std::uint64_t> seen_;  // the last row of each stream
  bool has_missed_ = false;                      // news that it cannot get any more
  std::chrono::steady_clock::time_point next_upkeep_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Listener listener_;
  std::set<AppId> changed_fields_;
  std::string trouble_;
  std::chrono::steady_clock::time_point last_look_ = std::chrono::steady_clock::now();
  // The longest delays of the minute that runs and of the one before.
  std::chrono::steady_clock::time_point minute_ends_;
  double longest_s_ = 0;
  double longest_before_s_ = 0;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace store::sql
