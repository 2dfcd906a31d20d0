#include "http_stream.h"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <cerrno>
#include <utility>

namespace webim::internal {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using Error = boost::system::error_code;
using Request = http::request<http::span_body<const char>>;

// Close() can come while a step's success is already on its way: the next step must not start.
constexpr char kClosed[] = "closed";
constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

std::string Failure(const char* step, const Error& error) {
  return std::string(step) + ": " + error.message();
}

// An address is no name: SNI must not carry it (RFC 6066 §3).
bool IsAddress(const std::string& host) {
  Error error;
  asio::ip::make_address(host, error);
  return !error;
}

template <class Stream>
asio::awaitable<HttpResult> RoundTrip(Stream& stream, boost::beast::flat_buffer& buffer,
                                      Request& request, std::uint64_t max_answer_bytes) {
  HttpResult result;
  auto [write_error, written] = co_await http::async_write(stream, request, kUseTuple);
  if (write_error) {
    result.failure = Failure("sending", write_error);
    co_return result;
  }
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer_bytes);
  auto [read_error, read] = co_await http::async_read(stream, buffer, parser, kUseTuple);
  result.answered = parser.got_some() || buffer.size() > 0;
  if (read_error) {
    result.failure = Failure("receiving", read_error);
    co_return result;
  }
  result.status = parser.get().result_int();
  result.keep_alive = parser.get().keep_alive() && buffer.size() == 0;
  result.body = std::move(parser.get().body());
  co_return result;
}

}  // namespace

HttpStream::HttpStream(asio::io_context& io, const ServerUrl& server, asio::ssl::context* tls,
                       std::uint64_t max_answer_bytes)
    : server_(server),
      max_answer_bytes_(max_answer_bytes),
      resolver_(io),
      stream_(std::in_place_type<Plain>, io) {
  if (tls != nullptr) {
    stream_.emplace<Tls>(io, *tls);
  }
}

HttpStream::Plain& HttpStream::Socket() {
  Tls* tls = std::get_if<Tls>(&stream_);
  return tls != nullptr ? tls->next_layer() : std::get<Plain>(stream_);
}

asio::awaitable<std::string> HttpStream::Connect() {
  auto [resolve_error, endpoints] =
      co_await resolver_.async_resolve(server_.host, server_.port, kUseTuple);
  if (closed_) {
    co_return kClosed;
  }
  if (resolve_error) {
    co_return Failure("looking up the server", resolve_error);
  }
  auto [connect_error, endpoint] = co_await asio::async_connect(Socket(), endpoints, kUseTuple);
  if (closed_) {
    co_return kClosed;
  }
  if (connect_error) {
    co_return Failure("connecting", connect_error);
  }
  Error ignored;  // without it requests are only slower
  Socket().set_option(asio::ip::tcp::no_delay(true), ignored);
  if (std::holds_alternative<Tls>(stream_)) {
    co_return co_await Handshake();
  }
  co_return "";
}

asio::awaitable<std::string> HttpStream::Handshake() {
  Tls& tls = std::get<Tls>(stream_);
  if (!IsAddress(server_.host)) {
    // SSL_set_tlsext_host_name, spelled out: the macro has an old-style cast in it.
    std::string name = server_.host;
    if (SSL_ctrl(tls.native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 name.data()) != 1) {
      co_return "TLS: the host name cannot be sent";
    }
  }
  if ((SSL_get_verify_mode(tls.native_handle()) & SSL_VERIFY_PEER) != 0) {
    Error error;
    tls.set_verify_callback(asio::ssl::host_name_verification(server_.host), error);
    if (error) {
      co_return Failure("TLS", error);
    }
  }
  auto [error] = co_await tls.async_handshake(asio::ssl::stream_base::client, kUseTuple);
  co_return error ? Failure("TLS handshake", error) : "";
}

asio::awaitable<HttpResult> HttpStream::Post(const std::string& target, const std::string& body) {
  Request request{http::verb::post, target, 11};
  request.set(http::field::host, server_.host_header);
  request.set(http::field::user_agent, "libwebim/" WEBIM_VERSION);
  request.set(http::field::content_type, "application/json");
  request.body() = {body.data(), body.size()};
  request.prepare_payload();
  if (Tls* tls = std::get_if<Tls>(&stream_)) {
    co_return co_await RoundTrip(*tls, buffer_, request, max_answer_bytes_);
  }
  co_return co_await RoundTrip(std::get<Plain>(stream_), buffer_, request, max_answer_bytes_);
}

bool HttpStream::IsStale() {
  if (!Socket().is_open()) {
    return true;
  }
  char byte = 0;
  const ssize_t got = recv(Socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

void HttpStream::Close() {
  closed_ = true;
  resolver_.cancel();
  Error ignored;  // closed is what it should be; a failure to close changes nothing for us
  Socket().close(ignored);
}

}  // namespace webim::internal
