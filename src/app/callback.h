#pragma once

// Profile.CallbackPortraitSet: telling an app's back end of every set.
// docs/protocol/wire-contract.md §10.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

#include "auth/app.h"
#include "store/store.h"

namespace app {

// Reads the app's change log from where it left off, in order, and POSTs each entry until the
// receiver has answered HTTP 200; a receiver that is down is tried again, after 1 second at first
// and every 30 seconds at the longest, for as long as the log keeps the entry (7 days). The place
// is stored after what was taken: each change arrives at least once, and each account's in order.
// On a thread of its own: a set never waits. Of the processes on one store one sends at a time
// (Store::TakeTurn); another goes on when that one has not been heard of for Store::kTurn.
class CallbackSender {
 public:
  // The app outlives this, the store the call of Stop.
  CallbackSender(const auth::App& app, std::string url, store::Store& store);
  ~CallbackSender();

  // Begins to send, and ends that for good: what is being sent is given up and sent again after a
  // restart.
  void Start();
  void Stop();

  // There may be a new change. Any thread; does not block.
  void OnChange(store::AppId app);

 private:
  static constexpr const char* kReader = "callback";

  enum class Sent {
    kAll,      // there is nothing left
    kSome,     // there may be more
    kFailed,   // the receiver or the store did
    kNotOurs,  // another process sends
  };

  void Run();
  bool HoldTurn();
  bool IsOurs(std::chrono::seconds for_another) const;
  Sent SendWaiting();
  Sent SendBatch();
  bool Send(const store::Change& change);
  std::string MakeBody(const store::Change& change) const;
  bool WaitForChange();
  bool WaitToRetry(int seconds);

  const auth::App& app_;
  const std::string url_;
  store::Store& store_;
  // Of the thread alone.
  std::uint64_t position_ = 0;
  std::chrono::steady_clock::time_point turn_ends_{};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool has_change_ = true;  // what was logged before the start
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace app
