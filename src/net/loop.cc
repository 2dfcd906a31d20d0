#include "net/loop.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <ctime>
#include <utility>

#include "base/log.h"
#include "net/connection.h"

namespace net {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

Loop::Loop(const Limits& limits, Counters& counters) : limits_(limits), counters_(counters) {
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
  state.deadline = Clock::now() + std::chrono::seconds(seconds);
}

void Loop::Listen(tcp::acceptor acceptor, Handler handler, std::shared_ptr<TlsContext> tls) {
  acceptors_.push_back(std::move(acceptor));
  const Handler& kept = handlers_.emplace_back(std::move(handler));
  asio::co_spawn(context_, Accept(acceptors_.size() - 1, kept, std::move(tls)), asio::detached);
}

void Loop::Start() {
  asio::co_spawn(context_, CloseExpired(), asio::detached);
  thread_ = std::thread([this] { context_.run(); });
}

asio::awaitable<void> Loop::Accept(std::size_t index, const Handler& handler,
                                   std::shared_ptr<TlsContext> tls) {
  while (!is_stopping_) {
    tcp::socket socket(context_);
    auto [error] = co_await acceptors_[index].async_accept(socket, asio::as_tuple(asio::deferred));
    if (is_stopping_) co_return;
    if (error) {
      // Out of file descriptors, most likely: what is open goes on, new ones wait a little.
      base::LogWarning("accept failed", {{"reason", error.message()}});
      asio::steady_timer pause(context_, std::chrono::milliseconds(100));
      co_await pause.async_wait(asio::as_tuple(asio::deferred));
      continue;
    }
    if (counters_.connections.load(std::memory_order_relaxed) >= limits_.max_connections) continue;
    try {
      Serve(std::move(socket), handler, tls.get());
    } catch (const std::exception& failure) {
      // No memory for one more, most likely. The ones that are there go on, and so does this.
      base::LogWarning("a connection could not be served", {{"reason", failure.what()}});
    }
  }
}

void Loop::Serve(tcp::socket socket, const Handler& handler, TlsContext* tls) {
  error_code error;
  socket.set_option(tcp::no_delay(true), error);
  auto peer = socket.remote_endpoint(error);
  if (error) return;
  Place place(*this);
  place.state().peer_ip = peer.address().to_string();
  auto serving = tls == nullptr ? ServePlain(std::move(socket), std::move(place), handler)
                                : ServeTls(TlsStream(std::move(socket), *tls->Current()),
                                           std::move(place), handler);
  asio::co_spawn(context_, std::move(serving), asio::detached);
}

Loop::Place::Place(Loop& loop) : loop_(&loop), state_(loop.states_.emplace(loop.states_.end())) {
  loop.counters_.connections.fetch_add(1, std::memory_order_relaxed);
}

Loop::Place::Place(Place&& other) noexcept
    : loop_(std::exchange(other.loop_, nullptr)),
      state_(other.state_),
      is_websocket_(other.is_websocket_) {}

bool Loop::Place::BecomeWebSocket() {
  std::atomic<std::size_t>& count = loop_->counters_.websockets;
  is_websocket_ = count.fetch_add(1, std::memory_order_relaxed) < loop_->limits_.max_websockets;
  if (!is_websocket_) count.fetch_sub(1, std::memory_order_relaxed);
  return is_websocket_;
}

Loop::Place::~Place() {
  if (loop_ == nullptr) return;
  loop_->states_.erase(state_);
  loop_->counters_.connections.fetch_sub(1, std::memory_order_relaxed);
  if (is_websocket_) loop_->counters_.websockets.fetch_sub(1, std::memory_order_relaxed);
  loop_->EndIfIdle();
}

asio::awaitable<void> Loop::CloseExpired() {
  while (!is_stopping_ || !states_.empty()) {
    timer_->expires_after(std::chrono::seconds(1));
    co_await timer_->async_wait(asio::as_tuple(asio::deferred));
    auto now = Clock::now();
    for (ConnectionState& state : states_) {
      if (state.deadline < now) {
        state.close();
      } else if (is_stopping_ && state.is_idle) {
        Dismiss(state);
      }
    }
  }
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

void Loop::RequestStop() {
  asio::post(context_, [this] {
    is_stopping_ = true;
    for (tcp::acceptor& acceptor : acceptors_) {
      error_code ignored;
      acceptor.close(ignored);
    }
    timer_->cancel();
  });
}

void Loop::Abort() { context_.stop(); }

void Loop::Join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace net
