#pragma once

// One connection, from its first request to its last. Private to net/.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>

#include "net/loop.h"

namespace net {

using TlsStream = asio::ssl::stream<tcp::socket>;

// Serves requests until the client, a limit or the server ends it. Never throws.
asio::awaitable<void> ServePlain(tcp::socket socket, Loop::Place place, const Handler& handler);
asio::awaitable<void> ServeTls(TlsStream stream, Loop::Place place, const Handler& handler);

}  // namespace net
