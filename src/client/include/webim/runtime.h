// The thread and the connections one or many Clients work with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace webim {

namespace internal {
class RuntimeOwner;
}

struct RuntimeOptions {
  // Connections to one server (address and certificate options). Calls beyond that wait their turn.
  std::size_t max_connections = 16;
  // Calls not answered yet, over all Clients; one more fails at once with kErrorBusy.
  std::size_t max_pending = 10'000;
  // An unused connection is closed after this.
  std::uint32_t idle_timeout_ms = 30'000;
  // A longer answer counts as no answer (kErrorNetwork). 100 full profiles are below 10 MB.
  std::uint64_t max_answer_bytes = std::uint64_t{16} << 20U;
};

// One I/O thread with its connections, which every callback runs on. Clients made with copies of
// one Runtime share it: a thousand accounts need one thread and a few connections.
//
// A Runtime is a handle; the thread lives until the last copy and the last Client using it are
// gone, and their destructor waits for it to end (which can last as long as a name lookup of the
// C library that is under way). Where that last one is destroyed inside a callback, the thread
// ends by itself shortly afterwards.
class Runtime {
 public:
  // Throws std::bad_alloc when there is no memory, thread or file descriptor left to start with.
  explicit Runtime(const RuntimeOptions& options = RuntimeOptions{});

 private:
  friend class Client;
  std::shared_ptr<internal::RuntimeOwner> owner_;
};

}  // namespace webim
