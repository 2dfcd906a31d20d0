// One connection to a server, plain or TLS, carrying one request at a time.
// Lives on the I/O thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>

#include "url.h"

namespace webim::internal {

// What became of a request. Either `failure` says why there is no answer, or `status` and `body`
// are the answer.
struct HttpResult {
  std::string failure;  // for a person; names no address and no secret
  unsigned status = 0;
  std::string body;
  bool answered = false;    // at least one byte of an answer came
  bool keep_alive = false;  // the connection may carry another request
};

class HttpStream {
 public:
  // `tls` null: plain. Referenced objects outlive the stream.
  HttpStream(boost::asio::io_context& io, const ServerUrl& server, boost::asio::ssl::context* tls,
             std::uint64_t max_answer_bytes);

  // Resolves, connects, and for https shakes hands. Answers "" or why it failed.
  boost::asio::awaitable<std::string> Connect();

  // Posts `body` to `target` and reads the answer. `target` and `body` outlive the call.
  boost::asio::awaitable<HttpResult> Post(const std::string& target, const std::string& body);

  // True when a connection at rest has become useless: the server closed it, or sent what nobody
  // asked for. Asks the kernel, never waits.
  bool IsStale();

  // Ends a Connect or Post under way, which then answers a failure.
  void Close();

 private:
  using Plain = boost::asio::ip::tcp::socket;
  using Tls = boost::asio::ssl::stream<Plain>;

  Plain& Socket();
  boost::asio::awaitable<std::string> Handshake();

  const ServerUrl& server_;
  const std::uint64_t max_answer_bytes_;
  boost::asio::ip::tcp::resolver resolver_;
  std::variant<Plain, Tls> stream_;
  boost::beast::flat_buffer buffer_;
  bool closed_ = false;
};

}  // namespace webim::internal
