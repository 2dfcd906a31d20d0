#pragma once

// The frames of a WebSocket onto the pipeline: envelope, compression, overload.
// docs/protocol/websocket-contract.md §§1.3, 1.4, 2. It knows frames, not sockets.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "api/pipeline.h"

namespace api {

class SocketSession;

// One socket's conversation. Of its thread, all of it.
class SocketFront {
 public:
  struct Wire {
    std::function<void(std::string message)> send;
    std::function<void(std::uint16_t code)> close;
    boost::asio::any_io_executor executor;
  };

  // `compresses`: the client can read compressed messages.
  SocketFront(Pipeline& pipeline, std::string client_ip, bool compresses, Wire wire);
  ~SocketFront();

  // Answers one message. What is no request is not answered; three of them in a row end the
  // conversation (1007). Never throws.
  boost::asio::awaitable<void> OnMessage(std::string message);

  void OnClose();

 private:
  struct Frame;

  static bool ParseFrame(std::string_view message, Frame& frame);
  Call ToCall(Frame frame) const;
  void Send(std::string_view servcmd, std::string_view seq, std::string_view body);
  void Push(std::string_view servcmd, std::string_view body);
  void TellOfOverload(std::string_view servcmd);

  Pipeline& pipeline_;
  std::string client_ip_;
  bool compresses_;
  Wire wire_;
  std::shared_ptr<SocketSession> session_;
  int malformed_ = 0;                  // in a row
  std::int64_t next_overload_ms_ = 0;  // when the client may be told again
};

}  // namespace api
