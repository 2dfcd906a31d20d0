#pragma once

// The requests that become WebSockets. docs/protocol/websocket-contract.md §§1.1, 1.2.

#include <optional>
#include <string>
#include <vector>

#include "api/pipeline.h"
#include "app/client_ip.h"
#include "net/http.h"

namespace app {

// Where the door is, and whose pages may use it.
struct SocketDoor {
  std::string prefix;                // "/im/v1": /im/v1/binfo as well as /binfo
  std::vector<std::string> origins;  // "https://chat.example.com"; empty: any page's
};

// The response to a request for /binfo or /info: an upgrade, or why not. Nothing for other paths.
std::optional<net::Response> OpenSocket(const SocketDoor& door, api::Pipeline& pipeline,
                                        const TrustedProxies& proxies, const net::Request& request);

}  // namespace app
