#pragma once

// Listeners and the threads that serve them.

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "base/errors.h"
#include "net/http.h"
#include "net/tls.h"

namespace net {

struct ListenerOptions {
  std::string address;  // "127.0.0.1:8480", "[::1]:0"; port 0 takes a free one
  Handler handler;
  std::shared_ptr<TlsContext> tls;  // null: plain HTTP
};

// Fails with kInternal and the reason where `address` is not ADDRESS:PORT.
base::Result<void> CheckAddress(const std::string& address);

class Loop;
struct ServerState;

// One event loop per thread, each with its own socket on every address (SO_REUSEPORT): a connection
// is born, lives and dies on one thread, and a handler runs there. Make, Listen, Start, Stop, in
// this order, from one thread.
class Server {
 public:
  Server(std::size_t threads, const Limits& limits);
  ~Server();

  // Binds and listens; answers the URL with the port that was taken. Fails with kInternal and the
  // reason.
  base::Result<std::string> Listen(const ListenerOptions& options);

  void Start();

  // Has limits in force from each connection's next request on. Any thread, while it runs.
  void SetLimits(const Limits& limits);

  // Accepts no more, lets requests being answered finish for at most `grace`, closes the rest, and
  // ends the threads. A second call does nothing.
  void Stop(std::chrono::milliseconds grace);

  std::size_t Connections() const;
  std::size_t WebSockets() const;  // of them

 private:
  std::unique_ptr<ServerState> state_;
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace net
