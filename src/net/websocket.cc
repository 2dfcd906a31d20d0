#include "net/websocket.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <list>
#include <optional>
#include <utility>

namespace net {

namespace beast = boost::beast;
namespace websocket = beast::websocket;

// Called by Beast, which knows how a TCP socket ends but not how this one does.
template <class Handler>
void async_teardown(beast::role_type, TlsStream& stream, Handler&& handler) {
  stream.async_shutdown(std::forward<Handler>(handler));
}

namespace {

using boost::system::error_code;

constexpr auto kNoThrow = asio::as_tuple(asio::deferred);
constexpr std::uint16_t kGoingAway = 1001;
constexpr int kClosingTimeoutS = 2;

// More than this unread, and the next message has to wait: who asks must also read.
constexpr std::size_t kMaxUnreadBytes = 256 << 10;

template <class Stream>
class WebSocket final : public Socket, public std::enable_shared_from_this<WebSocket<Stream>> {
 public:
  WebSocket(Stream stream, const Limits& limits, bool is_text)
      : limits_(limits), stream_(std::move(stream)) {
    stream_.read_message_max(limits.max_message_bytes);  // 1009
    stream_.auto_fragment(false);
    stream_.text(is_text);
    stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& response) {
      response.set(beast::http::field::server, "portraitd");
    }));
  }

  static asio::awaitable<void> Run(std::shared_ptr<WebSocket> self, Loop::Place place,
                                   std::shared_ptr<const Upgrade> upgrade, std::string received) {
    Loop& loop = place.loop();
    ConnectionState& state = place.state();
    state.is_idle = false;
    state.close = [raw = self.get()] { raw->CutOff(); };
    state.leave = [raw = self.get()] { raw->Close(kGoingAway); };
    loop.SetTimeout(state, self->limits_.request_timeout_s);
    auto [refused] = co_await self->stream_.async_accept(asio::buffer(received), kNoThrow);
    if (refused) co_return;
    received = std::string();
    SocketHandler handler = upgrade->open(self);
    upgrade.reset();
    for (;;) {
      std::string message;
      state.is_idle = !self->is_closing_;
      loop.SetTimeout(state,
                      self->is_closing_ ? kClosingTimeoutS : self->limits_.socket_idle_timeout_s);
      {
        beast::flat_buffer buffer;
        auto [error, n] = co_await self->stream_.async_read(buffer, kNoThrow);
        if (error) break;
        message.assign(static_cast<const char*>(buffer.data().data()), n);
      }
      if (self->is_closing_) continue;  // what could not be answered is not done
      state.is_idle = false;
      state.deadline = SteadyTime::max();  // the handler has limits of its own
      co_await handler.on_message(std::move(message));
      if (self->queued_bytes_ > kMaxUnreadBytes) {
        loop.SetTimeout(state, self->limits_.write_timeout_s);
        self->drained_.emplace(self->executor(), SteadyTime::max());
        co_await self->drained_->async_wait(kNoThrow);
        self->drained_.reset();
      }
    }
    handler.on_close();
    self->CutOff();
  }

  void Send(std::string message) override {
    if (is_closing_) return;
    queued_bytes_ += message.size();
    queue_.push_back(std::move(message));
    if (queued_bytes_ > limits_.max_socket_queue_bytes) return CutOff();
    if (!is_writing_) WriteNext();
  }

  void Close(std::uint16_t code) override {
    if (std::exchange(is_closing_, true)) return;
    close_code_ = code;
    if (!is_writing_) WriteNext();
  }

  asio::any_io_executor executor() override { return stream_.get_executor(); }

 private:
  // Writes what is first in the queue, or the close frame after all of it.
  void WriteNext() {
    is_writing_ = true;
    auto self = this->shared_from_this();
    if (!queue_.empty()) {
      stream_.async_write(asio::buffer(queue_.front()),
                          [self](error_code error, std::size_t) { self->OnWritten(error); });
    } else if (auto code = std::exchange(close_code_, std::nullopt)) {
      stream_.async_close(*code, [self](error_code) { self->is_writing_ = false; });
    } else {
      is_writing_ = false;
    }
  }

  void OnWritten(error_code error) {
    if (error) CutOff();
    queued_bytes_ -= queue_.front().size();
    queue_.pop_front();
    if (is_cut_off_) {
      queue_.clear();
      queued_bytes_ = 0;
    }
    if (queued_bytes_ <= kMaxUnreadBytes && drained_) drained_->cancel();
    WriteNext();
  }

  void CutOff() {
    is_closing_ = is_cut_off_ = true;
    close_code_.reset();
    error_code ignored;
    beast::get_lowest_layer(stream_).close(ignored);
  }

  const Limits& limits_;
  websocket::stream<Stream, false> stream_;  // false: no compression by the protocol
  std::list<std::string> queue_;             // the first one is being written
  std::size_t queued_bytes_ = 0;
  bool is_writing_ = false;
  bool is_closing_ = false;  // nothing more is taken
  bool is_cut_off_ = false;
  std::optional<std::uint16_t> close_code_;
  std::optional<asio::steady_timer> drained_;  // waits for the queue to get short
};

template <class Stream>
asio::awaitable<void> Serve(Stream stream, Loop::Place place,
                            std::shared_ptr<const Upgrade> upgrade, std::string received) {
  using Kind = WebSocket<Stream>;
  const Limits& limits = place.loop().limits();
  auto socket = std::make_shared<Kind>(std::move(stream), limits, upgrade->is_text);
  return Kind::Run(std::move(socket), std::move(place), std::move(upgrade), std::move(received));
}

}  // namespace

asio::awaitable<void> ServeWebSocket(tcp::socket stream, Loop::Place place,
                                     std::shared_ptr<const Upgrade> upgrade, std::string received) {
  return Serve(std::move(stream), std::move(place), std::move(upgrade), std::move(received));
}

asio::awaitable<void> ServeWebSocket(TlsStream stream, Loop::Place place,
                                     std::shared_ptr<const Upgrade> upgrade, std::string received) {
  return Serve(std::move(stream), std::move(place), std::move(upgrade), std::move(received));
}

}  // namespace net
