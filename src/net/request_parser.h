#pragma once

// HTTP/1.1 requests, byte by byte: Beast's parser under a stricter skin, and beside it a quick look
// at the heads that are as plain as nearly all are (net/plain_head.h). Private to net/.
//
// Refused with 400, beyond what Beast refuses: a bare LF, a folded field, a missing or repeated
// Host, a repeated Content-Length or one that is not a number, Content-Length beside
// Transfer-Encoding, and any Transfer-Encoding but `chunked`. Each is a way to smuggle a second
// request past a proxy.

#include <boost/beast/http/basic_parser.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "net/http.h"

namespace net {

// Where the head in `buffer` ends (after the empty line), or 0 while it is not all there.
std::size_t FindHeadEnd(std::string_view buffer, std::size_t search_from);

// Whether a line of `buffer`, from `search_from` on, ends with LF alone.
bool HasBareLineFeed(std::string_view buffer, std::size_t search_from);

// Parses one request into `request`: first its head, in one piece, then what follows of its body.
class RequestParser : public boost::beast::http::basic_parser<true> {
 public:
  RequestParser(Request& request, const Limits& limits);

  // `request.head` has been filled. 0, or the status to refuse it with.
  int ParseHead();

  // Takes what it can of `bytes` and answers how much; `failed` is set where it is not HTTP.
  std::size_t ParseBody(std::string_view bytes, bool& failed);

  // The whole request is there; and whether the client will send another.
  bool is_done() const { return plain_rest_ ? *plain_rest_ == 0 : basic_parser::is_done(); }
  bool keep_alive() const { return plain_rest_.has_value() || basic_parser::keep_alive(); }

  // Then a client has to be told that the connection stays open.
  bool is_http_1_0() const { return version_ == 10; }

  bool WantsContinue() const { return wants_continue_; }
  // More follows than is worth reading: answer and close.
  bool IsBeyondDraining() const {
    return request_.body_too_large && body_bytes_ > limits_.max_drained_bytes;
  }

 private:
  using Error = boost::beast::error_code;
  using Text = boost::beast::string_view;
  using Field = boost::beast::http::field;

  void on_request_impl(boost::beast::http::verb, Text method, Text target, int, Error&) override;
  void on_response_impl(int, Text, int, Error&) override {}
  void on_field_impl(Field name, Text name_text, Text value, Error& error) override;
  void on_header_impl(Error& error) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) override;
  std::size_t on_body_impl(Text body, Error& error) override;
  void on_chunk_header_impl(std::uint64_t, Text, Error&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, Text body, Error& error) override;
  void on_finish_impl(Error&) override {}

  Request& request_;
  const Limits& limits_;
  void BeginBody(std::uint64_t length);

  std::optional<std::uint64_t> plain_rest_;  // of a plain request's body: Beast has not seen it
  std::uint64_t body_bytes_ = 0;             // announced by Content-Length, or received in chunks
  int version_ = 11;
  int hosts_ = 0;
  int lengths_ = 0;
  int encodings_ = 0;
  bool wants_continue_ = false;
  bool too_many_fields_ = false;
  bool is_smuggling_ = false;
};

}  // namespace net
