// The server's address and the text that goes into a request target.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace webim::internal {

struct ServerUrl {
  bool tls = false;
  std::string host;         // without the brackets of an IPv6 address
  std::string port;         // decimal, never empty
  std::string host_header;  // as the Host header wants it: brackets, no default port
  std::string prefix;       // "" or "/im": put before each path, no slash at its end
  friend bool operator==(const ServerUrl&, const ServerUrl&) = default;
};

// Reads "http[s]://host[:port][/prefix]". Nothing for anything else: user names, queries,
// fragments, blanks and control characters are not taken, so that a target cannot be forged.
std::optional<ServerUrl> ParseServerUrl(std::string_view text);

// Every byte but A-Z a-z 0-9 - _ . * becomes %XX. A UserSig's alphabet passes unchanged
// (docs/protocol/usersig.md §3).
std::string PercentEncode(std::string_view text);

}  // namespace webim::internal
