#include "net/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "net/request_parser.h"
#include "net/websocket.h"

namespace net {
namespace {

using boost::system::error_code;

// Awaited without a frame of its own; the outcome is a tuple, and nothing is thrown.
constexpr auto kNoThrow = asio::as_tuple(asio::deferred);

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kMaxLingerBytes = 16 << 20;
constexpr std::size_t kIdleReadBytes = 1 << 10;  // what a connection that only waits holds

Response Unavailable() {
  Response response;
  response.status = 503;
  response.content_type = "text/plain; charset=utf-8";
  response.fields = "Retry-After: 5\r\n";
  response.body = "There are too many WebSockets, or the server is about to stop.\n";
  return response;
}

template <class Stream>
class Connection {
 public:
  Connection(Stream stream, Loop::Place place, const Handler& handler)
      : place_(std::move(place)), stream_(std::move(stream)), handler_(handler) {}

  // Serves the connection to its end. One frame has it all: frames are most of what a connection
  // that waits costs.
  static asio::awaitable<void> Run(Connection self) {
    Loop& loop = self.loop_;
    ConnectionState& state = self.state_;
    state.close = [&stream = self.stream_] {
      error_code ignored;
      stream.lowest_layer().close(ignored);
    };
    if constexpr (kIsTls) {
      loop.SetTimeout(state, loop.limits().request_timeout_s);
      auto [error] = co_await self.stream_.async_handshake(kNoThrow);
      if (error) co_return;
    }
    for (;;) {
      Request request;
      request.peer_ip = state.peer_ip;
      request.is_tls = kIsTls;
      RequestParser parser(request, loop.limits());
      int refusal = co_await self.ReadHead(request, parser);
      if (refusal < 0) co_return;
      if (refusal > 0) co_return co_await self.Refuse(refusal);
      if (!co_await self.ReadBody(parser)) co_return co_await self.Refuse(400);

      state.deadline = SteadyTime::max();  // the handler has limits of its own
      bool is_head = request.method == "HEAD";
      if (self.buffer_.empty()) self.buffer_ = std::string();  // a long poll waits with little
      Response response = co_await self.handler_(request);
      if (response.upgrade != nullptr) {
        if (self.BecomeWebSocket(request, response.upgrade)) co_return;
        response = Unavailable();
      }
      bool keep_alive = parser.keep_alive() && parser.is_done() && !loop.IsStopping();
      if (!co_await self.Write(ToBytes(response, loop.Date(), keep_alive, !is_head))) co_return;
      if (!keep_alive) co_return co_await self.Linger(!parser.is_done());
    }
  }

 private:
  // Goes on as a WebSocket in a frame of its own, if there may be one more. Accepting one only to
  // close it would bring the client back at once (docs/protocol/websocket-contract.md §1.7).
  bool BecomeWebSocket(const Request& request, std::shared_ptr<const Upgrade> upgrade) {
    if (loop_.IsStopping() || !place_.BecomeWebSocket()) return false;
    asio::any_io_executor executor = stream_.get_executor();
    auto serving = ServeWebSocket(std::move(stream_), std::move(place_), std::move(upgrade),
                                  request.head + buffer_);
    asio::co_spawn(executor, std::move(serving), asio::detached);
    return true;
  }

  // Appends what arrives to the buffer; false at the end of the stream or an error.
  asio::awaitable<bool> Read() {
    std::size_t held = buffer_.size();
    std::size_t wanted = state_.is_idle ? kIdleReadBytes : kReadBytes;
    buffer_.resize(held + wanted);
    auto [error, n] =
        co_await stream_.async_read_some(asio::buffer(buffer_.data() + held, wanted), kNoThrow);
    buffer_.resize(held + n);
    co_return !error && n > 0;
  }

  asio::awaitable<bool> Write(std::string bytes) {
    loop_.SetTimeout(state_, loop_.limits().write_timeout_s);
    auto [error, n] = co_await asio::async_write(stream_, asio::buffer(bytes), kNoThrow);
    co_return !error;
  }

  // 0: read. Above 0: the status to refuse the request with. Below: there is no more to come.
  asio::awaitable<int> ReadHead(Request& request, RequestParser& parser) {
    const Limits& limits = loop_.limits();
    state_.is_idle = buffer_.empty();
    loop_.SetTimeout(state_, state_.is_idle ? limits.idle_timeout_s : limits.request_timeout_s);
    std::size_t end = 0;
    std::size_t searched = 0;
    for (;;) {
      buffer_.erase(0, std::min(buffer_.find_first_not_of("\r\n"), buffer_.size()));
      end = FindHeadEnd(buffer_, searched);
      if (end != 0) break;
      if (HasBareLineFeed(buffer_, searched)) co_return 400;  // its end would never come
      searched = buffer_.size();
      if (searched > limits.max_head_bytes) co_return 431;
      if (state_.is_idle) buffer_.shrink_to_fit();  // a connection that only waits holds nothing
      if (!co_await Read()) co_return -1;
      if (state_.is_idle) loop_.SetTimeout(state_, limits.request_timeout_s);
      state_.is_idle = false;
    }
    state_.is_idle = false;
    if (end > limits.max_head_bytes) co_return 431;
    request.head.assign(buffer_, 0, end);
    buffer_.erase(0, end);
    co_return parser.ParseHead();
  }

  // False where what follows the head is not HTTP or does not come.
  asio::awaitable<bool> ReadBody(RequestParser& parser) {
    if (parser.WantsContinue() && !parser.is_done() && !parser.IsBeyondDraining() &&
        buffer_.empty()) {
      if (!co_await Write("HTTP/1.1 100 Continue\r\n\r\n")) co_return false;
      loop_.SetTimeout(state_, loop_.limits().request_timeout_s);
    }
    while (!parser.is_done()) {
      if (parser.IsBeyondDraining()) co_return true;
      if (buffer_.empty() && !co_await Read()) co_return false;
      bool failed = false;
      std::size_t taken = parser.ParseBody(buffer_, failed);
      if (failed) co_return false;
      buffer_.erase(0, taken);
      if (taken == 0 && !parser.is_done()) {
        // A chunk header cut in two: the parser wants it whole.
        if (buffer_.size() > loop_.limits().max_head_bytes || !co_await Read()) co_return false;
      }
    }
    co_return true;
  }

  asio::awaitable<void> Refuse(int status) {
    Response response;
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body = "The request is not acceptable HTTP/1.1.\n";
    if (co_await Write(ToBytes(response, loop_.Date(), false, true))) co_await Linger(true);
  }

  // Ends the connection so that the client gets the answer: closing with bytes of it unread would
  // reset it, so what it is still sending (`sends_more`) is read for a moment.
  asio::awaitable<void> Linger(bool sends_more) {
    loop_.SetTimeout(state_, 2);
    if constexpr (kIsTls) {
      if (sends_more) co_await Drain();
      co_await stream_.async_shutdown(kNoThrow);
    } else {
      error_code ignored;
      stream_.shutdown(tcp::socket::shutdown_send, ignored);
      co_await Drain();
    }
  }

  asio::awaitable<void> Drain() {
    std::size_t drained = 0;
    while (drained <= kMaxLingerBytes) {
      buffer_.clear();
      if (!co_await Read()) break;
      drained += buffer_.size();
    }
  }

  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  Loop::Place place_;
  Loop& loop_ = place_.loop();
  ConnectionState& state_ = place_.state();
  Stream stream_;
  const Handler& handler_;
  std::string buffer_;  // received and not yet parsed
};

}  // namespace

asio::awaitable<void> ServePlain(tcp::socket socket, Loop::Place place, const Handler& handler) {
  using Plain = Connection<tcp::socket>;
  return Plain::Run(Plain(std::move(socket), std::move(place), handler));
}

asio::awaitable<void> ServeTls(TlsStream stream, Loop::Place place, const Handler& handler) {
  using Tls = Connection<TlsStream>;
  return Tls::Run(Tls(std::move(stream), std::move(place), handler));
}

}  // namespace net
