#pragma once

// One WebSocket, from its upgrade to its end (RFC 6455, without extensions and subprotocols).
// Private to net/.

#include <memory>
#include <string>

#include "net/connection.h"
#include "net/socket.h"

namespace net {

// Answers the upgrade in `received` (its head, and what came after it) and then messages until the
// client, a limit or the server ends it. Never throws.
asio::awaitable<void> ServeWebSocket(tcp::socket stream, Loop::Place place,
                                     std::shared_ptr<const Upgrade> upgrade, std::string received);
asio::awaitable<void> ServeWebSocket(TlsStream stream, Loop::Place place,
                                     std::shared_ptr<const Upgrade> upgrade, std::string received);

}  // namespace net
