#pragma once

// A WebSocket, as the one who answers on it sees it.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace net {

// Of its connection's thread, all of it.
class Socket {
 public:
  virtual ~Socket() = default;

  // Sends one message after those sent before. A peer that does not read, so that more than
  // Limits::max_socket_queue_bytes wait, is cut off; what is sent after the end goes nowhere.
  virtual void Send(std::string message) = 0;

  // Ends the conversation with a close code, once what was sent is out.
  virtual void Close(std::uint16_t code) = 0;

  virtual boost::asio::any_io_executor executor() = 0;
};

// Whoever answers on one socket. Must not throw.
struct SocketHandler {
  // Called with each message, and not before the one before is done with.
  std::function<boost::asio::awaitable<void>(std::string message)> on_message;
  // Called once, when there is nobody to send to any more.
  std::function<void()> on_close;
};

// What a handler puts into its response to a request that is to become a WebSocket.
struct Upgrade {
  bool is_text = false;  // the kind of the messages that are sent; both kinds are taken
  std::function<SocketHandler(std::shared_ptr<Socket>)> open;
};

}  // namespace net
