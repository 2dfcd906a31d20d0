#include "net/tls_stream.h"

#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <boost/asio/error.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <climits>

namespace net {
namespace {

// OpenSSL counts in int.
int ToInt(std::size_t size) { return static_cast<int>(std::min<std::size_t>(size, INT_MAX)); }

// An error of another connection on this thread must not be taken for one of this.
void ForgetErrors() {
  if (ERR_peek_error() != 0) ERR_clear_error();  // which takes its time
}

}  // namespace

TlsStream::TlsStream(tcp::socket socket, asio::ssl::context& context)
    : socket_(std::move(socket)), ssl_(SSL_new(context.native_handle())) {
  Error error;
  socket_.native_non_blocking(true, error);
  bool is_made = !error && ssl_ != nullptr && SSL_set_fd(ssl_.get(), socket_.native_handle()) == 1;
  if (!is_made) throw boost::system::system_error(asio::error::no_memory);
  SSL_set_accept_state(ssl_.get());
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                               SSL_MODE_RELEASE_BUFFERS);
  SSL_set_read_ahead(ssl_.get(), 1);  // a record in one read, instead of its head and then the rest
}

asio::mutable_buffer TlsStream::Scratch() {
  thread_local std::array<char, SSL3_RT_MAX_PLAIN_LENGTH> scratch;
  return asio::buffer(scratch);
}

// OpenSSL knows the socket by its number alone, and uses it whosever it is.
template <class Call>
TlsStream::Step TlsStream::Attempt(Call call) {
  if (!socket_.is_open()) return {Want::kNothing, asio::error::operation_aborted, 0};
  ForgetErrors();
  return ToStep(call(ssl_.get()));
}

TlsStream::Step TlsStream::Handshake() { return Attempt(SSL_do_handshake); }

TlsStream::Step TlsStream::Shutdown() {
  return Attempt([](SSL* ssl) {
    int result = SSL_shutdown(ssl);
    return result == 0 ? SSL_shutdown(ssl) : result;  // said; now the peer's
  });
}

TlsStream::Step TlsStream::Read(asio::mutable_buffer into) {
  if (into.size() == 0) return {};
  return Attempt([into](SSL* ssl) { return SSL_read(ssl, into.data(), ToInt(into.size())); });
}

TlsStream::Step TlsStream::Write(asio::const_buffer from) {
  if (from.size() == 0) return {};
  return Attempt([from](SSL* ssl) { return SSL_write(ssl, from.data(), ToInt(from.size())); });
}

TlsStream::Step TlsStream::ToStep(int result) const {
  int system_error = errno;
  if (result > 0) return {Want::kNothing, {}, static_cast<std::size_t>(result)};
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return {Want::kReadable, {}, 0};
    case SSL_ERROR_WANT_WRITE: return {Want::kWritable, {}, 0};
    case SSL_ERROR_ZERO_RETURN: return {Want::kNothing, asio::error::eof, 0};
    case SSL_ERROR_SYSCALL:
      if (system_error == 0) return {Want::kNothing, asio::ssl::error::stream_truncated, 0};
      return {Want::kNothing, Error(system_error, asio::error::get_system_category()), 0};
    default:
      return {Want::kNothing,
              Error(static_cast<int>(ERR_get_error()), asio::error::get_ssl_category()), 0};
  }
}

}  // namespace net
