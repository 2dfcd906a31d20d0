#pragma once

// All writes of a process: one thread, one transaction at a time. Private to store/sql.
//
// It takes every update that waits and carries them out together; while that transaction runs the
// next group gathers: nobody waits for a timer. Each transaction that writes ends with a row of
// `commits`, (writer, n) with a random token. It tells other processes what happened, and this one,
// when a connection breaks during COMMIT, whether it did: the row with that token is there, or the
// next try inserts the same (writer, n) and thereby keeps the first from ever being committed. A
// row is only inserted by who still holds the writer's lease.

#include <condition_variable>
#include <deque>
#include <thread>

#include "store/sql/group.h"

namespace store::sql {

// A write that is not an update of an account: a transaction of its own.
struct OtherJob {
  // The work sets Transaction::has_writes. An error in the value is the outcome.
  std::function<Reply<base::Result<void>>(Connection&, Transaction&)> work;
  std::function<void(base::Result<void>)> done;
  Deadline deadline{};  // set when it is submitted
};

class Committer {
 public:
  static constexpr std::size_t kMaxGroup = 512;
  static constexpr std::size_t kMaxWaiting = 65536;

  // Keeps in `stream` which one it writes.
  Committer(Endpoints& endpoints, OwnStream& stream);
  // Finishes what waits, then gives the writer's number back.
  ~Committer();

  // What Store::Watch and a tail need to know; to be set before the first write.
  std::function<void(const Event&)> on_event;
  std::function<void(AppId)> on_fields;  // after the callback of the write

  // Any thread. When too many wait, the callback is called at once with an error.
  void Submit(AccountJob job);
  void Submit(OtherJob job);

  // Why the last write failed, or an empty string; while it says so, writing is tried once a
  // second. Any thread.
  std::string Trouble() const;

 private:
  // What an attempt that may have been committed would have done.
  template <class T>
  struct Attempt {
    std::uint64_t token = 0;
    Transaction transaction;
    T outcome;
  };
  enum class GiveUp {
    kNothingWritten,
    kBlocked,  // so too: another holds a lock
    kUnknown,  // written or not, nobody knows
  };
  template <class T>
  using Work = std::function<Reply<T>(Connection&, Transaction&)>;

  void Run();
  void CommitGroup(std::vector<AccountJob> jobs);
  void CommitParts(std::vector<AccountJob> jobs);
  void Finish(const std::vector<AccountJob>& jobs, const Outcomes& outcomes,
              const Transaction& transaction);
  void CommitOther(OtherJob job);
  bool IsBlocked() const { return !blocked_.empty() || !blocked_others_.empty(); }
  void JoinBlocked(std::vector<AccountJob>& jobs);
  void RetryBlocked();
  void TryToWrite();

  // Tries until it is settled, to the deadline and `max_conflicts` at the most.
  template <class T>
  tl::expected<Attempt<T>, GiveUp> Settle(const Work<T>& work, std::uint64_t tiny_ids,
                                          unsigned max_conflicts, Deadline deadline);
  template <class T>
  Reply<std::optional<Attempt<T>>> TryOnce(const Work<T>& work, std::uint64_t tiny_ids,
                                           std::vector<Attempt<T>>& unknown);
  Reply<void> EnsureWriter();
  void ForgetWriter();
  // The token of this writer's transaction n; nothing: there is none.
  Reply<std::optional<std::uint64_t>> FindToken();
  Reply<void> InsertCommit(const Transaction& transaction, std::uint64_t token);
  void SetTrouble(const std::string& trouble);

  Endpoints& endpoints_;
  Connection connection_;
  OwnStream& stream_;
  Writer writer_;
  Positions positions_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<AccountJob> waiting_;
  std::deque<OtherJob> others_;
  // What met a lock that another holds, tried again apart from the rest. The thread's own.
  std::deque<AccountJob> blocked_;
  std::deque<OtherJob> blocked_others_;
  std::chrono::steady_clock::time_point next_blocked_;
  std::string trouble_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace store::sql
