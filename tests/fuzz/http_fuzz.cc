// Any bytes as HTTP requests on one connection: however they arrive cut up, the same requests are
// read; none has a field or a length that could be understood in two ways.

#include <algorithm>
#include <vector>

#include "net/request_parser.h"
#include "tests/fuzz/input.h"

namespace {

using fuzz::Expect;

struct Read {
  std::string method, target, body;
  bool body_too_large = false;
  int refusal = 0;

  bool operator==(const Read&) const = default;
};

void CheckHead(const net::Request& request) {
  auto count = [&](std::string_view name) {
    return std::count_if(request.fields.begin(), request.fields.end(), [&](const auto& field) {
      return net::EqualsIgnoringCase(field.first, name);
    });
  };
  Expect(count("host") <= 1, "at most one Host");
  Expect(count("content-length") + count("transfer-encoding") <= 1, "at most one kind of length");
  Expect(request.head.find('\0') == std::string::npos, "no NUL in a head");
  for (std::size_t i = 0; i < request.head.size(); ++i) {
    bool is_bare = request.head[i] == '\n' && (i == 0 || request.head[i - 1] != '\r');
    Expect(!is_bare, "no bare LF in a head");
  }
}

// Reads as net/connection.cc does; `step` bytes arrive at a time.
std::vector<Read> ReadAll(std::string_view bytes, std::size_t step, const net::Limits& limits) {
  std::vector<Read> all;
  std::string buffer;
  auto receive = [&] {
    std::size_t n = std::min(step, bytes.size());
    buffer += bytes.substr(0, n);
    bytes.remove_prefix(n);
    return n > 0;
  };
  auto refuse = [&](int status) {
    all.push_back({.refusal = status});
    return all;
  };
  for (;;) {
    std::size_t end = 0;
    for (;;) {
      buffer.erase(0, std::min(buffer.find_first_not_of("\r\n"), buffer.size()));
      end = net::FindHeadEnd(buffer, 0);
      if (end != 0) break;
      if (net::HasBareLineFeed(buffer, 0)) return refuse(400);
      if (buffer.size() > limits.max_head_bytes) return refuse(431);
      if (!receive()) return all;
    }
    if (end > limits.max_head_bytes) return refuse(431);
    net::Request request;
    net::RequestParser parser(request, limits);
    request.head.assign(buffer, 0, end);
    buffer.erase(0, end);
    if (int refusal = parser.ParseHead(); refusal != 0) return refuse(refusal);
    CheckHead(request);
    while (!parser.is_done() && !parser.IsBeyondDraining()) {
      if (buffer.empty() && !receive()) return all;
      bool failed = false;
      std::size_t taken = parser.ParseBody(buffer, failed);
      if (failed) return refuse(400);
      Expect(taken <= buffer.size(), "takes what is there");
      buffer.erase(0, taken);
      if (taken == 0 && !parser.is_done() && !receive()) return all;
    }
    Expect(request.body.size() <= limits.max_body_bytes, "no body beyond the limit");
    all.push_back({std::string(request.method), std::string(request.target), request.body,
                   request.body_too_large});
    if (parser.IsBeyondDraining() || !parser.keep_alive()) return all;
  }
}

// What is wrong with a chunked body may show only with the next bytes (net/request_parser.cc),
// which never come here.
bool IsSame(const std::vector<Read>& cut, const std::vector<Read>& whole) {
  if (cut == whole) return true;
  return cut.size() + 1 == whole.size() && whole.back().refusal == 400 &&
         std::equal(cut.begin(), cut.end(), whole.begin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  net::Limits limits;
  limits.max_head_bytes = 4096;
  limits.max_body_bytes = 512;
  limits.max_drained_bytes = 1024;
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  auto whole = ReadAll(bytes, bytes.size(), limits);
  bool is_long = std::any_of(whole.begin(), whole.end(), [](const Read& read) {
    return read.refusal == 431 || read.body_too_large;  // how much was read of it may differ
  });
  for (std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    auto cut = ReadAll(bytes, step, limits);
    Expect(is_long || IsSame(cut, whole), "the same requests, however they arrive");
  }
  return 0;
}
