#include "net/connection.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <optional>

#include "net/request_parser.h"

namespace net {
namespace {

using boost::system::error_code;

constexpr std::size_t kReadBytes = 16 << 10;
constexpr std::size_t kMaxLingerBytes = 16 << 20;
constexpr std::size_t kIdleReadBytes = 1 << 10;  // what a connection that only waits holds

template <class Stream>
class Connection {
 public:
  Connection(Stream& stream, Loop& loop, ConnectionState& state, const Handler& handler)
      : stream_(stream), loop_(loop), state_(state), handler_(handler) {}

  asio::awaitable<void> Run() {
    for (;;) {
      Request request;
      request.peer_ip = state_.peer_ip;
      request.is_tls = std::is_same_v<Stream, TlsStream>;
      RequestParser parser(request, loop_.limits());
      int refusal = co_await ReadHead(request, parser);
      if (refusal < 0) co_return;
      if (refusal > 0) co_return co_await Refuse(refusal);
      if (!co_await ReadBody(parser)) co_return co_await Refuse(400);

      state_.deadline = SteadyTime::max();  // the handler has limits of its own
      bool is_head = request.method == "HEAD";
      if (buffer_.empty()) buffer_ = std::string();  // a long poll is held with little in hand
      Response response = co_await handler_(request);
      bool keep_alive = parser.keep_alive() && parser.is_done() && !loop_.IsStopping();
      if (!co_await Write(ToBytes(response, loop_.Date(), keep_alive, !is_head))) {
        co_return;
      }
      if (!keep_alive) co_return co_await Linger(!parser.is_done());
    }
  }

 private:
  // Appends what arrives to the buffer; false at the end of the stream or an error.
  asio::awaitable<bool> Read() {
    std::size_t held = buffer_.size();
    std::size_t wanted = state_.is_idle ? kIdleReadBytes : kReadBytes;
    buffer_.resize(held + wanted);
    error_code error;
    std::size_t n =
        co_await stream_.async_read_some(asio::buffer(buffer_.data() + held, wanted),
                                         asio::redirect_error(asio::use_awaitable, error));
    buffer_.resize(held + n);
    co_return !error && n > 0;
  }

  asio::awaitable<bool> Write(std::string bytes) {
    loop_.SetTimeout(state_, loop_.limits().write_timeout_s);
    error_code error;
    co_await asio::async_write(stream_, asio::buffer(bytes),
                               asio::redirect_error(asio::use_awaitable, error));
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
      if (state_.is_idle) {
        if (loop_.IsStopping()) co_return -1;
        buffer_.shrink_to_fit();  // nothing is held for a connection that only waits
      }
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
    error_code ignored;
    if constexpr (std::is_same_v<Stream, TlsStream>) {
      if (sends_more) co_await Drain();
      co_await stream_.async_shutdown(asio::redirect_error(asio::use_awaitable, ignored));
    } else {
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

  Stream& stream_;
  Loop& loop_;
  ConnectionState& state_;
  const Handler& handler_;
  std::string buffer_;  // received and not yet parsed
};

}  // namespace

asio::awaitable<void> ServePlain(tcp::socket& socket, Loop& loop, ConnectionState& state,
                                 const Handler& handler) {
  Connection connection(socket, loop, state, handler);
  co_await connection.Run();
}

asio::awaitable<void> ServeTls(TlsStream& stream, Loop& loop, ConnectionState& state,
                               const Handler& handler) {
  loop.SetTimeout(state, loop.limits().request_timeout_s);
  error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  Connection connection(stream, loop, state, handler);
  co_await connection.Run();
}

}  // namespace net
