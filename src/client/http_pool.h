// The connections to one server and the requests waiting for them.
// Lives on the I/O thread: no locks.
//
// A request is given to a connection at rest, or to a new one while there are fewer than
// max_connections, or waits in line. Its time limit runs from Submit on.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "http_stream.h"
#include "url.h"
#include "webim/runtime.h"

namespace webim::internal {

struct HttpRequest {
  std::string target;
  std::string body;
  std::chrono::milliseconds timeout{0};
  // May be sent a second time when a kept connection broke before a byte of an answer came.
  bool repeatable = true;
  // Runs once, unless the request is cancelled.
  std::function<void(HttpResult)> done;

 private:
  friend class HttpPool;
  bool finished = false;
  HttpStream* stream = nullptr;  // where it is under way
  std::optional<boost::asio::steady_timer> timer;
};

class HttpPool : public std::enable_shared_from_this<HttpPool> {
 public:
  // `tls` empty: plain HTTP. `io` outlives the pool.
  HttpPool(boost::asio::io_context& io, ServerUrl server,
           std::optional<boost::asio::ssl::context> tls, const RuntimeOptions& options);

  void Submit(const std::shared_ptr<HttpRequest>& request);

  // The request ends without its `done`.
  void Cancel(HttpRequest& request);

  // Closes the connections at rest; those in use close when their request ends.
  void Shutdown();

  const ServerUrl& server() const { return server_; }

 private:
  struct Resting {
    std::unique_ptr<HttpStream> stream;
    std::chrono::steady_clock::time_point since;
  };

  boost::asio::awaitable<void> Work();
  boost::asio::awaitable<void> Serve(std::shared_ptr<HttpRequest> request);
  boost::asio::awaitable<HttpResult> Attempt(HttpRequest& request,
                                             std::unique_ptr<HttpStream>& stream);
  void Finish(HttpRequest& request, HttpResult result);
  std::unique_ptr<HttpStream> TakeResting();
  void Rest(std::unique_ptr<HttpStream> stream);
  void CloseOverdue();

  boost::asio::io_context& io_;
  const ServerUrl server_;
  std::optional<boost::asio::ssl::context> tls_;
  const RuntimeOptions options_;
  std::deque<std::shared_ptr<HttpRequest>> waiting_;
  std::deque<Resting> resting_;  // the one used last at the back, and used first again
  boost::asio::steady_timer rest_timer_;
  bool rest_timer_runs_ = false;
  bool shut_down_ = false;
  std::size_t workers_ = 0;
};

}  // namespace webim::internal
