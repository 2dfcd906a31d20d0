#include "net/connection.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
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
constexpr const char* kGoOn = "HTTP/1.1 100 Continue\r\n\r\n";

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
      : place_(std::move(place)), stream_(std::move(stream)), handler_(handler) {
    error_code ignored;
    stream_.lowest_layer().non_blocking(true, ignored);
  }

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
      Arrival arrival;
      self.BeginRequest();
      for (;;) {
        Next next = self.Take(request, parser, arrival);
        if (next == Next::kHandle) break;
        if (next == Next::kRefuse) co_return co_await self.Refuse(arrival.refusal);
        if (next == Next::kContinue) {
          if (!co_await self.Write(kGoOn)) co_return;
          self.SetTimeout(loop.limits().request_timeout_s);
        }
        auto [error, n] = co_await self.stream_.async_read_some(self.MakeRoom(), kNoThrow);
        if (self.HasRead(error, n)) continue;
        if (arrival.has_head) co_await self.Refuse(400);
        co_return;
      }

      state.deadline = SteadyTime::max();  // the handler has limits of its own
      bool is_head = request.method == "HEAD";
      if (self.buffer_.empty()) self.buffer_ = std::string();  // a long poll waits with little
      auto answer = self.handler_(request);
      if (!answer.is_there()) {
        Response later = co_await std::move(answer.later());
        answer = std::move(later);
      }
      Response& response = answer.value();
      if (response.upgrade != nullptr) {
        if (self.BecomeWebSocket(request, response.upgrade)) co_return;
        response = Unavailable();
      }
      bool keep_alive = parser.keep_alive() && parser.is_done() && !loop.IsStopping();
      if (keep_alive && parser.is_http_1_0()) response.fields += "Connection: keep-alive\r\n";
      std::string bytes = ToBytes(response, loop.Date(), keep_alive, !is_head);
      std::size_t sent = self.WriteAtOnce(bytes);
      if (sent < bytes.size()) {
        if (!co_await self.Write(std::move(bytes), sent)) co_return;
      }
      if (!keep_alive) co_return co_await self.Linger(!parser.is_done());
      // Who sends many requests at once gets one answer a turn, as everyone does.
      if (!self.buffer_.empty()) co_await asio::post(self.stream_.get_executor(), kNoThrow);
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

  // What has to be done for a request: more of it read, the client told to send the body, or…
  enum class Next { kRead, kContinue, kHandle, kRefuse };

  // How much of a request is there.
  struct Arrival {
    bool has_head = false;
    std::size_t searched = 0;  // for the end of the head
    int refusal = 0;           // the status, with kRefuse
  };

  void SetTimeout(int seconds) { loop_.SetTimeout(state_, seconds); }

  void BeginRequest() {
    const Limits& limits = loop_.limits();
    state_.is_idle = buffer_.empty();
    SetTimeout(state_.is_idle ? limits.idle_timeout_s : limits.request_timeout_s);
  }

  static Next Refusal(Arrival& arrival, int status) {
    arrival.refusal = status;
    return Next::kRefuse;
  }

  // Takes what there is of a request out of the buffer.
  Next Take(Request& request, RequestParser& parser, Arrival& arrival) {
    if (arrival.has_head) return TakeBody(parser, arrival);
    Next next = TakeHead(request, parser, arrival);
    if (next != Next::kHandle) return next;
    arrival.has_head = true;
    bool is_asked = parser.WantsContinue() && !parser.is_done() && !parser.IsBeyondDraining();
    if (is_asked && buffer_.empty()) return Next::kContinue;
    return TakeBody(parser, arrival);
  }

  Next TakeHead(Request& request, RequestParser& parser, Arrival& arrival) {
    const Limits& limits = loop_.limits();
    buffer_.erase(0, std::min(buffer_.find_first_not_of("\r\n"), buffer_.size()));
    std::size_t end = FindHeadEnd(buffer_, arrival.searched);
    if (end == 0) {
      // A line that ends otherwise: the end of the head would never come.
      if (HasBareLineFeed(buffer_, arrival.searched)) return Refusal(arrival, 400);
      arrival.searched = buffer_.size();
      return arrival.searched > limits.max_head_bytes ? Refusal(arrival, 431) : Next::kRead;
    }
    state_.is_idle = false;
    if (end > limits.max_head_bytes) return Refusal(arrival, 431);
    request.head.assign(buffer_, 0, end);
    buffer_.erase(0, end);
    int status = parser.ParseHead();
    return status == 0 ? Next::kHandle : Refusal(arrival, status);
  }

  Next TakeBody(RequestParser& parser, Arrival& arrival) {
    while (!parser.is_done() && !parser.IsBeyondDraining()) {
      if (buffer_.empty()) return Next::kRead;
      bool failed = false;
      std::size_t taken = parser.ParseBody(buffer_, failed);
      if (failed) return Refusal(arrival, 400);
      buffer_.erase(0, taken);
      if (taken > 0 || parser.is_done()) continue;
      // A chunk header cut in two: the parser wants it whole.
      return buffer_.size() > loop_.limits().max_head_bytes ? Refusal(arrival, 400) : Next::kRead;
    }
    return Next::kHandle;
  }

  // Room behind what the buffer holds. HasRead gives back what was not filled.
  asio::mutable_buffer MakeRoom() {
    if (state_.is_idle) buffer_.shrink_to_fit();  // a connection that only waits holds nothing
    held_ = buffer_.size();
    std::size_t room = state_.is_idle ? kIdleReadBytes : kReadBytes;
    buffer_.resize(held_ + room);
    return asio::buffer(buffer_.data() + held_, room);
  }

  // False at the end of the stream or an error.
  bool HasRead(error_code error, std::size_t size) {
    buffer_.resize(held_ + size);
    if (error || size == 0) return false;
    if (state_.is_idle) SetTimeout(loop_.limits().request_timeout_s);
    state_.is_idle = false;
    return true;
  }

  // How much went out without waiting; an error shows when the rest is written.
  std::size_t WriteAtOnce(const std::string& bytes) {
    error_code ignored;
    return stream_.write_some(asio::buffer(bytes), ignored);
  }

  asio::awaitable<bool> Write(std::string bytes, std::size_t from = 0) {
    SetTimeout(loop_.limits().write_timeout_s);
    auto [error, n] = co_await asio::async_write(stream_, asio::buffer(bytes) + from, kNoThrow);
    co_return !error;
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
      auto [error, n] = co_await stream_.async_read_some(MakeRoom(), kNoThrow);
      if (!HasRead(error, n)) break;
      drained += n;
    }
  }

  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;

  Loop::Place place_;
  Loop& loop_ = place_.loop();
  ConnectionState& state_ = place_.state();
  Stream stream_;
  const Handler& handler_;
  std::string buffer_;    // received and not yet parsed
  std::size_t held_ = 0;  // of it, while more is read
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
