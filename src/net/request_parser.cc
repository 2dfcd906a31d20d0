#include "net/request_parser.h"

#include <boost/beast/http/error.hpp>

#include <algorithm>

#include "net/plain_head.h"

namespace net {
namespace {

namespace http = boost::beast::http;

std::string_view ToView(boost::beast::string_view text) { return {text.data(), text.size()}; }

// A field that goes on in the next line.
bool HasFoldedField(std::string_view head) {
  return head.find("\n ") != std::string_view::npos || head.find("\n\t") != std::string_view::npos;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.size() < 19 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::size_t FindHeadEnd(std::string_view buffer, std::size_t search_from) {
  std::size_t found = buffer.find("\r\n\r\n", search_from < 3 ? 0 : search_from - 3);
  return found == std::string_view::npos ? 0 : found + 4;
}

bool HasBareLineFeed(std::string_view buffer, std::size_t search_from) {
  for (std::size_t i = buffer.find('\n', search_from); i != std::string_view::npos;
       i = buffer.find('\n', i + 1)) {
    if (i == 0 || buffer[i - 1] != '\r') return true;
  }
  return false;
}

RequestParser::RequestParser(Request& request, const Limits& limits)
    : request_(request), limits_(limits) {
  header_limit(static_cast<std::uint32_t>(limits.max_head_bytes + 1));
  body_limit(boost::none);
  eager(true);
}

int RequestParser::ParseHead() {
  plain_rest_ = ReadPlainHead(request_, limits_.max_fields);
  if (plain_rest_) {
    BeginBody(*plain_rest_);
    return 0;
  }
  if (HasBareLineFeed(request_.head, 0) || HasFoldedField(request_.head)) return 400;
  Error error;
  put(boost::asio::buffer(request_.head), error);
  if (too_many_fields_) return 431;
  if (error || is_smuggling_ || !is_header_done()) return 400;
  if (request_.target.empty() || (request_.target[0] != '/' && request_.target != "*")) return 400;
  return 0;
}

std::size_t RequestParser::ParseBody(std::string_view bytes, bool& failed) {
  if (plain_rest_) {
    bytes = bytes.substr(0, *plain_rest_);
    *plain_rest_ -= bytes.size();
    if (!request_.body_too_large) request_.body += bytes;
    return bytes.size();
  }
  // Beast asserts that the end of a chunked body, once begun, is never handed over in fewer bytes
  // than it has at least. Whatever is read of such a body, as many are still to come.
  constexpr std::size_t kShortestEnd = std::string_view("0\r\n\r\n").size();
  if (chunked() && bytes.size() < kShortestEnd) {
    failed = false;
    return 0;
  }
  Error error;
  std::size_t taken = put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  failed = error && error != http::error::need_more;
  return taken;
}

void RequestParser::on_request_impl(http::verb, Text method, Text target, int version, Error&) {
  version_ = version;
  request_.method = ToView(method);
  std::string_view path = ToView(target);
  // The absolute form, as proxies send it, names the host as well.
  for (std::string_view scheme : {"http://", "https://"}) {
    if (!path.starts_with(scheme)) continue;
    std::size_t slash = path.find('/', scheme.size());
    path = slash == std::string_view::npos ? "/" : path.substr(slash);
  }
  request_.target = path;
}

void RequestParser::on_field_impl(Field name, Text name_text, Text value_text, Error& error) {
  if (is_header_done()) return;  // a trailer: nothing here wants one
  if (request_.fields.size() >= limits_.max_fields) {
    too_many_fields_ = true;
    error = http::error::header_limit;
    return;
  }
  std::string_view value = ToView(value_text);
  request_.fields.emplace_back(ToView(name_text), value);
  switch (name) {
    case Field::host: ++hosts_; break;
    case Field::content_length:
      ++lengths_;
      is_smuggling_ |= !IsNumber(value);
      break;
    case Field::transfer_encoding:
      ++encodings_;
      is_smuggling_ |= !EqualsIgnoringCase(value, "chunked");
      break;
    case Field::expect: wants_continue_ = EqualsIgnoringCase(value, "100-continue"); break;
    default: break;
  }
}

void RequestParser::on_header_impl(Error&) {
  bool lacks_host = hosts_ == 0 && version_ >= 11;
  is_smuggling_ |= lacks_host || hosts_ > 1 || lengths_ + encodings_ > 1;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, Error&) {
  if (length) BeginBody(*length);
}

void RequestParser::BeginBody(std::uint64_t length) {
  body_bytes_ = length;
  request_.body_too_large = length > limits_.max_body_bytes;
  if (!request_.body_too_large) request_.body.reserve(length);
}

std::size_t RequestParser::on_body_impl(Text body, Error&) {
  if (!request_.body_too_large) request_.body.append(body.data(), body.size());
  return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, Text body, Error& error) {
  body_bytes_ += body.size();
  if (body_bytes_ > limits_.max_body_bytes) {
    request_.body_too_large = true;
    request_.body.clear();
  }
  return on_body_impl(body, error);
}

}  // namespace net
