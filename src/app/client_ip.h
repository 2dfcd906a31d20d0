#pragma once

// Who sent a request that came through proxies.

#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "net/http.h"

namespace app {

// The proxies whose X-Forwarded-For is believed.
class TrustedProxies {
 public:
  // Adds an address ("10.0.0.1") or a network ("10.0.0.0/8", "fd00::/8"). Fails with kInternal.
  base::Result<void> Add(const std::string& text);

  // The peer's address, or, if the peer is trusted, the last address in X-Forwarded-For that is
  // not: what is before it anybody may have written.
  std::string ClientIp(const net::Request& request) const;

 private:
  struct Network {
    std::string bytes;  // of the address
    std::size_t bits = 0;
  };

  bool IsTrusted(std::string_view ip) const;

  std::vector<Network> networks_;
};

}  // namespace app
