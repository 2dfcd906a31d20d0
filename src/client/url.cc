#include "url.h"

#include <algorithm>
#include <charconv>

namespace webim::internal {
namespace {

constexpr std::size_t kMaxHostBytes = 253;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool AllOf(std::string_view text, std::string_view also_allowed) {
  return std::all_of(text.begin(), text.end(), [also_allowed](char c) {
    return IsAlnum(c) || also_allowed.find(c) != std::string_view::npos;
  });
}

bool Consume(std::string_view& text, std::string_view start) {
  if (!text.starts_with(start)) {
    return false;
  }
  text.remove_prefix(start.size());
  return true;
}

bool IsPort(std::string_view text) {
  unsigned port = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, port);
  return error == std::errc{} && stop == end && port >= 1 && port <= 65535;
}

// Splits "host", "host:port", "[v6]" or "[v6]:port"; the host is left in `text`, without brackets.
bool SplitPort(std::string_view& text, std::string_view& port, bool& bracketed) {
  bracketed = text.starts_with('[');
  std::string_view rest;
  if (bracketed) {
    const std::size_t close = text.find(']');
    if (close == std::string_view::npos) {
      return false;
    }
    rest = text.substr(close + 1);
    text = text.substr(1, close - 1);
  } else {
    const std::size_t colon = std::min(text.find(':'), text.size());
    rest = text.substr(colon);
    text = text.substr(0, colon);
  }
  if (rest.empty()) {
    return true;
  }
  port = rest.substr(1);
  return rest.front() == ':' && IsPort(port);
}

}  // namespace

std::optional<ServerUrl> ParseServerUrl(std::string_view text) {
  ServerUrl url;
  url.tls = Consume(text, "https://");
  if (!url.tls && !Consume(text, "http://")) {
    return std::nullopt;
  }
  const std::size_t slash = std::min(text.find('/'), text.size());
  std::string_view prefix = text.substr(slash);
  while (prefix.ends_with('/')) {
    prefix.remove_suffix(1);
  }
  std::string_view host = text.substr(0, slash);
  const std::string_view default_port = url.tls ? "443" : "80";
  std::string_view port = default_port;
  bool bracketed = false;
  if (!SplitPort(host, port, bracketed) || host.empty() || host.size() > kMaxHostBytes ||
      !AllOf(host, bracketed ? ":." : "-._") || !AllOf(prefix, "/-._~%!$&'()*+,;=:@")) {
    return std::nullopt;
  }
  url.host = host;
  url.port = port;
  url.prefix = prefix;
  url.host_header = bracketed ? "[" + url.host + "]" : url.host;
  if (port != default_port) {
    url.host_header += ":" + url.port;
  }
  return url;
}

std::string PercentEncode(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    if (IsAlnum(c) || c == '-' || c == '_' || c == '.' || c == '*') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += kHex[byte >> 4U];
    encoded += kHex[byte & 15U];
  }
  return encoded;
}

}  // namespace webim::internal
