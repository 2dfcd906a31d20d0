#pragma once

// The server's end of TLS on a TCP socket. Private to net/.

#include <openssl/ssl.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <type_traits>
#include <utility>

namespace net {

namespace asio = boost::asio;
using asio::ip::tcp;

// An asynchronous stream with the names that Asio and Beast call such a one's parts by. OpenSSL
// reads and writes the socket itself, so that a connection that waits holds no buffers:
// asio::ssl::stream keeps 70 KB for each. One read and one write at a time; it must not move while
// there is one. Where the peer resets the connection a SIGPIPE comes, to be ignored. Once the
// socket is closed every operation ends with operation_aborted: its number may be another's by
// then.
class TlsStream {
 public:
  using next_layer_type = tcp::socket;
  using lowest_layer_type = tcp::socket::lowest_layer_type;
  using executor_type = tcp::socket::executor_type;
  using Error = boost::system::error_code;

  // `context` may go before this. Throws where there is no memory.
  TlsStream(tcp::socket socket, asio::ssl::context& context);

  executor_type get_executor() { return socket_.get_executor(); }
  next_layer_type& next_layer() { return socket_; }
  const next_layer_type& next_layer() const { return socket_; }
  lowest_layer_type& lowest_layer() { return socket_.lowest_layer(); }

  // void(Error)
  template <class Token>
  auto async_handshake(Token&& token) {
    return Start<void(Error)>([](TlsStream& self, bool) { return self.Handshake(); }, token);
  }

  // Says goodbye and waits for the peer to do so. void(Error)
  template <class Token>
  auto async_shutdown(Token&& token) {
    return Start<void(Error)>([](TlsStream& self, bool) { return self.Shutdown(); }, token);
  }

  // void(Error, std::size_t); eof where the peer has said goodbye.
  template <class Buffers, class Token>
  auto async_read_some(const Buffers& buffers, Token&& token) {
    auto attempt = [buffers](TlsStream& self, bool is_first) {
      asio::mutable_buffer into;
      for (auto it = asio::buffer_sequence_begin(buffers);
           into.size() == 0 && it != asio::buffer_sequence_end(buffers); ++it) {
        into = *it;
      }
      // Mostly the peer is waiting for an answer and has sent nothing: not worth a look.
      return is_first && !self.HasPending() ? Step{Want::kReadable, {}, 0} : self.Read(into);
    };
    return Start<void(Error, std::size_t)>(std::move(attempt), token);
  }

  // void(Error, std::size_t)
  template <class Buffers, class Token>
  auto async_write_some(const Buffers& buffers, Token&& token) {
    auto attempt = [buffers](TlsStream& self, bool) { return self.Write(ToRecord(buffers)); };
    return Start<void(Error, std::size_t)>(std::move(attempt), token);
  }

  // What can be written without waiting; would_block where that is nothing.
  template <class Buffers>
  std::size_t write_some(const Buffers& buffers, Error& error) {
    Step step = Write(ToRecord(buffers));
    error = step.want == Want::kNothing ? step.error : asio::error::would_block;
    return step.bytes;
  }

 private:
  enum class Want { kNothing, kReadable, kWritable };

  // How far one attempt came: what must happen to the socket before the next one, or the outcome.
  struct Step {
    Want want = Want::kNothing;
    Error error;
    std::size_t bytes = 0;
  };

  // Attempts again and again, until there is an outcome.
  template <class Signature, class Attempt>
  struct Operation {
    TlsStream& stream;
    Attempt attempt;
    Step step;
    bool is_started = false;
    bool is_done = false;

    template <class Self>
    void operator()(Self& self, Error error = {}) {
      if (error) step = {Want::kNothing, error, 0};
      if (error || is_done) return Complete(self);
      bool is_first = !std::exchange(is_started, true);
      step = attempt(stream, is_first);
      if (step.want == Want::kReadable) {
        stream.socket_.async_wait(tcp::socket::wait_read, std::move(self));
      } else if (step.want == Want::kWritable) {
        stream.socket_.async_wait(tcp::socket::wait_write, std::move(self));
      } else if (is_first) {
        is_done = true;  // nobody is told from within the call that asked for it
        auto executor = stream.get_executor();
        asio::post(executor, std::move(self));
      } else {
        Complete(self);
      }
    }

    template <class Self>
    void Complete(Self& self) {
      if constexpr (std::is_same_v<Signature, void(Error)>) {
        self.complete(step.error);
      } else {
        self.complete(step.error, step.bytes);
      }
    }
  };

  template <class Signature, class Attempt, class Token>
  auto Start(Attempt attempt, Token& token) {
    return asio::async_compose<Token, Signature>(
        Operation<Signature, Attempt>{*this, std::move(attempt), {}}, token, socket_);
  }

  // What goes into the next record: small pieces together, as every record costs.
  template <class Buffers>
  static asio::const_buffer ToRecord(const Buffers& buffers) {
    auto first = asio::buffer_sequence_begin(buffers);
    auto end = asio::buffer_sequence_end(buffers);
    if (first != end && std::next(first) == end) return *first;
    asio::mutable_buffer scratch = Scratch();
    return {scratch.data(), asio::buffer_copy(scratch, buffers)};
  }

  static asio::mutable_buffer Scratch();  // the thread's
  template <class Call>
  Step Attempt(Call call);  // of OpenSSL, which answers as its functions do
  bool HasPending() const { return SSL_has_pending(ssl_.get()) == 1; }
  Step Handshake();
  Step Shutdown();
  Step Read(asio::mutable_buffer into);
  Step Write(asio::const_buffer from);
  Step ToStep(int result) const;

  struct Free {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };

  tcp::socket socket_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace net
