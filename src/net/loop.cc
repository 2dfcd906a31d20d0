#include "net/loop.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "net/connection.h"

namespace net {

using boost::system::error_code;
using namespace std::chrono_literals;

namespace {

// Connections beyond the limit that are told so; more of them are closed at once.
constexpr std::size_t kMaxTurnedAway = 64;

// A connection that is used is likely to bring its next request within this time: when the server
// stops, it gets that one answered, with word that it was the last.
constexpr auto kNextRequest = 200ms;

constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\nServer: portraitd\r\nContent-Type: text/plain\r\n"
    "Content-Length: 32\r\nRetry-After: 5\r\nAccess-Control-Allow-Origin: *\r\n"
    "Connection: close\r\n\r\nThere are too many connections.\n";

// Of what all connections depend on: it would be worse to go on without it than to end.
void EndWithIt(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);
}

// The time of the kernel's last tick: some milliseconds behind, and cheaper to ask for.
SteadyTime Now() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
  return SteadyTime(std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec));
}

}  // namespace

Loop::Loop(const Limits& limits, ServerState& server) : limits_(limits), server_(server) {
  timer_.emplace(context_);
}

Loop::~Loop() { timer_.reset(); }

std::string_view Loop::Date() {
  std::time_t now = std::time(nullptr);
  if (now != date_second_) {
    std::tm utc{};
    gmtime_r(&now, &utc);
    char text[40];
    std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &utc);
    date_.assign(text, size);
    date_second_ = now;
  }
  return date_;
}

void Loop::SetTimeout(ConnectionState& state, int seconds) const {
  state.deadline = Now() + std::chrono::seconds(seconds);
}

void Loop::Listen(tcp::acceptor acceptor, Handler handler, std::shared_ptr<TlsContext> tls) {
  acceptors_.push_back(std::move(acceptor));
  const Service& service = services_.emplace_back(Service{std::move(handler), std::move(tls)});
  asio::co_spawn(context_, Accept(acceptors_.size() - 1, service), EndWithIt);
}

void Loop::Start() {
  asio::co_spawn(context_, CloseExpired(), EndWithIt);
  thread_ = std::thread([this] { context_.run(); });
}

asio::awaitable<void> Loop::Accept(std::size_t index, const Service& service) {
  while (!is_stopping_) {
    tcp::socket socket(context_);
    auto [error] = co_await acceptors_[index].async_accept(socket, asio::as_tuple(asio::deferred));
    if (error && is_stopping_) co_return;
    if (error) {
      // Out of file descriptors, most likely: what is open goes on, new ones wait a little.
      base::LogWarning("accept failed", {{"reason", error.message()}});
      asio::steady_timer pause(context_, std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::as_tuple(asio::deferred));
      continue;
    }
    Admit(std::move(socket), service);
  }
}

void Loop::Admit(tcp::socket socket, const Service& service) {
  std::size_t connections = server_.connections.load(std::memory_order_relaxed);
  bool is_full = connections >= limits_.max_connections;
  bool is_told = service.tls == nullptr && connections < limits_.max_connections + kMaxTurnedAway;
  if (is_full && !is_told) return;
  try {
    if (is_full) {
      asio::co_spawn(context_, TurnAway(std::move(socket), Place(*this)), asio::detached);
    } else {
      Serve(std::move(socket), service);
    }
  } catch (const std::exception& failure) {
    // No memory for one more, most likely. The ones that are there go on, and so does this.
    base::LogWarning("a connection could not be served", {{"reason", failure.what()}});
  }
}

// Says so without having read anything, and waits a moment for the client to read it: closing on
// top of a request that has not been read would take it away.
asio::awaitable<void> Loop::TurnAway(tcp::socket socket, Place place) {
  ConnectionState& state = place.state();
  state.close = [&socket] {
    error_code ignored;
    socket.close(ignored);
  };
  place.loop().SetTimeout(state, 2);
  constexpr auto kNoThrow = asio::as_tuple(asio::deferred);
  co_await asio::async_write(socket, asio::buffer(kBusy), kNoThrow);
  error_code error;
  socket.shutdown(tcp::socket::shutdown_send, error);
  char unread[1024];
  while (!error) {
    auto [failed, n] = co_await socket.async_read_some(asio::buffer(unread), kNoThrow);
    error = failed;
  }
}

void Loop::Serve(tcp::socket socket, const Service& service) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  auto peer = socket.remote_endpoint(error);
  if (error) return;
  Place place(*this);
  place.state().peer_ip = peer.address().to_string();
  const Handler& handler = service.handler;
  auto serving = service.tls == nullptr
                     ? ServePlain(std::move(socket), std::move(place), handler)
                     : ServeTls(TlsStream(std::move(socket), *service.tls->Current()),
                                std::move(place), handler);
  asio::co_spawn(context_, std::move(serving), asio::detached);
}

Loop::Place::Place(Loop& loop) : loop_(&loop), state_(loop.states_.emplace(loop.states_.end())) {
  loop.server_.connections.fetch_add(1, std::memory_order_relaxed);
}

Loop::Place::Place(Place&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)),
      state_(other.state_),
      is_websocket_(other.is_websocket_) {}

bool Loop::Place::BecomeWebSocket() {
  std::atomic<std::size_t>& count = loop_->server_.websockets;
  is_websocket_ = count.fetch_add(1, std::memory_order_relaxed) < loop_->limits_.max_websockets;
  if (!is_websocket_) count.fetch_sub(1, std::memory_order_relaxed);
  return is_websocket_;
}

Loop::Place::~Place() {
  if (loop_ == nullptr) return;
  loop_->states_.erase(state_);
  loop_->server_.connections.fetch_sub(1, std::memory_order_relaxed);
  if (is_websocket_) loop_->server_.websockets.fetch_sub(1, std::memory_order_relaxed);
  loop_->EndIfIdle();
}

asio::awaitable<void> Loop::CloseExpired() {
  while (!is_stopping_ || !states_.empty()) {
    timer_->expires_after(is_stopping_ ? 20ms : 1s);
    co_await timer_->async_wait(asio::as_tuple(asio::deferred));
    SteadyTime now = Now();
    for (ConnectionState& state : states_) {
      if (state.deadline < now) {
        state.close();
      } else if (is_stopping_ && IsQuiet(state, now)) {
        Dismiss(state);
      }
    }
  }
}

// Whether the connection may be told to go: nothing is being answered, and nothing is expected.
bool Loop::IsQuiet(const ConnectionState& state, SteadyTime now) const {
  if (!state.is_idle || state.leave) return state.is_idle;
  auto idle_since = state.deadline - std::chrono::seconds(limits_.idle_timeout_s);
  return now - idle_since >= kNextRequest;
}

void Loop::Dismiss(ConnectionState& state) {
  if (!state.leave) return state.close();
  state.is_idle = false;
  SetTimeout(state, 2);
  state.leave();
}

void Loop::EndIfIdle() {
  if (is_stopping_ && states_.empty() && timer_) timer_->cancel();
}

void Loop::SetLimits(const Limits& limits) {
  asio::post(context_, [this, limits] { limits_ = limits; });
}

void Loop::RequestStop() {
  asio::post(context_, [this] {
    is_stopping_ = true;
    auto service = services_.begin();
    for (tcp::acceptor& acceptor : acceptors_) AcceptLast(acceptor, *service++);
    timer_->cancel();
  });
}

// Serves those who have connected already and closes the door behind them.
void Loop::AcceptLast(tcp::acceptor& acceptor, const Service& service) {
  error_code error;
  acceptor.non_blocking(true, error);
  while (!error) {
    tcp::socket socket(context_);
    acceptor.accept(socket, error);
    if (!error) Admit(std::move(socket), service);
  }
  acceptor.close(error);
}

void Loop::Abort() { context_.stop(); }

void Loop::Join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace net
