#pragma once

// One connection, from its first request to its last. Private to net/.

#include <boost/asio/awaitable.hpp>

#include "net/loop.h"
#include "net/tls_stream.h"

namespace net {

// Serves requests until the client, a limit or the server ends it. Never throws.
asio::awaitable<void> ServePlain(tcp::socket socket, Loop::Place place, const Handler& handler);
asio::awaitable<void> ServeTls(TlsStream stream, Loop::Place place, const Handler& handler);

}  // namespace net
