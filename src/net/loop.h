#pragma once

// One thread's event loop and the connections on it. Private to net/.

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "net/http.h"
#include "net/tls.h"

namespace net {

namespace asio = boost::asio;
using asio::ip::tcp;
using SteadyTime = std::chrono::steady_clock::time_point;

// What a connection's coroutine and its loop both know. Lives on the loop's thread.
struct ConnectionState {
  std::string peer_ip;
  SteadyTime deadline = SteadyTime::max();  // the loop closes the socket when it has passed
  bool is_idle = false;         // between requests: may be told to go when the server stops
  std::function<void()> close;  // set before either of them
  std::function<void()> leave;  // asks the client to go; none: it is closed instead
};

// Of all loops of a server.
struct ServerState {
  std::atomic<std::size_t> connections = 0;
  std::atomic<std::size_t> websockets = 0;  // of them

  // Set before any loop hears of it: who was told to go by one must not be taken in by another.
  std::atomic<bool> is_stopping = false;
};

class Loop {
 public:
  // A connection's place in the loop: it is counted, and closed when it must be, for as long as
  // this lives. The loop outlives it.
  class Place {
   public:
    explicit Place(Loop& loop);
    Place(Place&& other) noexcept;
    Place& operator=(Place&&) = delete;
    ~Place();

    // Counts it as a WebSocket from now on; false: there are too many.
    bool BecomeWebSocket();

    Loop& loop() const { return *loop_; }
    ConnectionState& state() const { return *state_; }

   private:
    Loop* loop_;  // null: moved from
    std::list<ConnectionState>::iterator state_;
    bool is_websocket_ = false;
  };

  Loop(const Limits& limits, ServerState& server);
  ~Loop();

  asio::io_context& context() { return context_; }
  const Limits& limits() const { return limits_; }
  bool IsStopping() const { return server_.is_stopping; }
  std::string_view Date();  // the Date field's value, made once a second
  void SetTimeout(ConnectionState& state, int seconds) const;

  void Listen(tcp::acceptor acceptor, Handler handler, std::shared_ptr<TlsContext> tls);
  void Start();

  // From another thread, all of these. RequestStop lets requests being answered finish; Abort
  // closes everything; Join waits for the thread.
  void SetLimits(const Limits& limits);
  void RequestStop();
  void Abort();
  void Join();

 private:
  // What connections refer to, longer than their acceptors live.
  struct Service {
    Handler handler;
    std::shared_ptr<TlsContext> tls;  // null: plain HTTP
  };

  asio::awaitable<void> Accept(std::size_t index, const Service& service);
  void Admit(tcp::socket socket, const Service& service);
  void Serve(tcp::socket socket, const Service& service);
  static asio::awaitable<void> TurnAway(tcp::socket socket, Place place);
  void AcceptLast(tcp::acceptor& acceptor, const Service& service);
  asio::awaitable<void> CloseExpired();
  bool IsQuiet(const ConnectionState& state, SteadyTime now) const;
  void Dismiss(ConnectionState& state);
  void EndIfIdle();

  Limits limits_;  // changed by its own thread only
  ServerState& server_;
  std::list<Service> services_;
  std::list<ConnectionState> states_;
  bool is_stopping_ = false;                 // its doors are closed too
  std::optional<asio::steady_timer> timer_;  // made with the context, gone before it
  // Coroutines that never ended do so with the context, and use what stands above it.
  // Sockets and timers of it are touched by its own thread only, and need no locks of Asio's.
  asio::io_context context_{BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO};
  std::vector<tcp::acceptor> acceptors_;  // of the services, in their order
  std::time_t date_second_ = 0;
  std::string date_;
  std::thread thread_;
};

}  // namespace net
