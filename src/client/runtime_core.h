// What a Runtime is made of: the loop, its thread, and one pool of connections for each server.
#pragma once

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <tuple>

#include "http_pool.h"
#include "url.h"
#include "webim/runtime.h"
#include "webim/types.h"

namespace webim::internal {

// Shared by the thread, the owner and every ClientCore; the last one to let go frees it.
class RuntimeCore {
 public:
  explicit RuntimeCore(const RuntimeOptions& options) : options_(options) {}

  boost::asio::io_context& io() { return io_; }
  bool OnIoThread() { return io_.get_executor().running_in_this_thread(); }

  // Counts a call in, or answers false when max_pending are under way. Any thread.
  bool Admit();
  void Release() { pending_.fetch_sub(1, std::memory_order_relaxed); }

  // The pool for a server, made when needed. Null, with `failure` said, when the certificates
  // cannot be read. I/O thread.
  std::shared_ptr<HttpPool> PoolFor(const ServerUrl& server, const LoginOptions& options,
                                    std::string& failure);

  // The thread: runs until Stop was called and nothing is under way any more.
  void Run() { io_.run(); }
  void Stop();

 private:
  // Scheme, host, port, ca_file, verify_peer: connections are alike when these are.
  using PoolKey = std::tuple<bool, std::string, std::string, std::string, bool>;

  const RuntimeOptions options_;
  std::atomic<std::size_t> pending_{0};
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      io_.get_executor()};
  std::map<PoolKey, std::shared_ptr<HttpPool>> pools_;
};

// Starts the thread and ends it: what Runtime handles share.
class RuntimeOwner {
 public:
  explicit RuntimeOwner(const RuntimeOptions& options);
  ~RuntimeOwner();
  RuntimeOwner(const RuntimeOwner&) = delete;
  RuntimeOwner& operator=(const RuntimeOwner&) = delete;

  const std::shared_ptr<RuntimeCore>& core() const { return core_; }

 private:
  std::shared_ptr<RuntimeCore> core_;
  std::thread thread_;
};

}  // namespace webim::internal
