#pragma once

// Who waits for what happens to which account.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "store/store.h"

namespace notify {

enum class Wake {
  kChanged,     // there is a new entry in the change log
  kSuperseded,  // a newer wait on the same instance took over, or the instance logged out
  kEnded,       // the instance's session has ended
  kEvicted,     // newer instances pushed this one out
  kStopping,    // the server stops
};

// Thread-safe. Holds a few hundred bytes a wait and no thread.
class Hub {
 public:
  // Called for every change, and once for whatever else it is that ends the wait; on the thread of
  // what happened. It must not block.
  using Waker = std::function<void(Wake)>;

  // An instance and the session it waits by: what ends an earlier session of the same page, and is
  // told late, is not about this wait. Without an instance it is a watch.
  struct Waiter {
    std::string instance;
    store::SessionId session{};
  };

  // Waits for the account until it is woken or removed. An earlier wait of the same instance is
  // woken with kSuperseded. Watches there may be many, and only changes wake them. Answers the
  // wait's number.
  std::uint64_t Add(store::AppId app, const store::AccountId& account, Waiter waiter, Waker waker);

  // Ends a wait that may have been woken meanwhile.
  void Remove(store::AppId app, const store::AccountId& account, std::uint64_t number);

  // What Store::Watch calls.
  void OnEvent(const store::Event& event);

  // Wakes every wait, and each later one at once.
  void Stop();

 private:
  struct Wait {
    std::uint64_t number = 0;
    Waiter waiter;
    Waker waker;
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, std::vector<Wait>> waits;  // by app and account
    std::uint64_t last_number = 0;
    bool is_stopped = false;
  };

  static std::string KeyOf(store::AppId app, const store::AccountId& account);
  Shard& ShardOf(const std::string& key);

  std::array<Shard, 64> shards_;
};

}  // namespace notify
