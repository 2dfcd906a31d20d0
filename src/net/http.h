#pragma once

// What the server hands to its handler and takes back.

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/pending.h"

namespace net {

struct Upgrade;  // net/socket.h

// One request. The views point into this object.
struct Request {
  std::string head;  // the request line and the fields, as they arrived
  std::string_view method;
  std::string_view target;
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  std::string body;
  bool body_too_large = false;  // longer than Limits::max_body_bytes; `body` is empty
  std::string_view peer_ip;     // outlives the request
  bool is_tls = false;

  // The first field of that name (any case), or an empty view.
  std::string_view Field(std::string_view name) const;
};

struct Response {
  int status = 200;
  std::string_view content_type;  // static text; empty: none
  std::string fields;             // more fields, each ended by CRLF
  std::string body;
  bool any_origin = true;  // Access-Control-Allow-Origin: *

  // Becomes a WebSocket instead, where the request is one's upgrade; the rest is not looked at. The
  // request's head must be left in it.
  std::shared_ptr<const Upgrade> upgrade = nullptr;
};

// Answers a request; runs on the connection's thread. Must not throw. What it takes out of the
// request it need not put back.
using Handler = std::function<base::Pending<Response>(Request&)>;

// What one connection may take. Every limit has one answer, named beside it.
struct Limits {
  std::size_t max_head_bytes = 32 << 10;   // 431, closed
  std::size_t max_body_bytes = 256 << 10;  // body_too_large: the handler answers
  std::size_t max_drained_bytes = 4
                                  << 20;  // a longer body is not read to its end: answered, closed
  std::size_t max_fields = 100;           // 431, closed
  std::size_t max_connections = 16000;    // 503, closed; with TLS, or too many of them: closed
  std::size_t max_websockets = 15000;     // of them; the upgrade is answered 503
  int request_timeout_s = 15;  // from the first byte to the last, and TLS handshake: closed
  int idle_timeout_s = 75;     // between requests: closed
  int write_timeout_s = 30;    // for the reader of an answer to take it: closed

  // Of a WebSocket. docs/protocol/websocket-contract.md §§1.3, 1.6.
  std::size_t max_message_bytes = 256 << 10;      // closed, 1009
  std::size_t max_socket_queue_bytes = 16 << 20;  // sent and not yet read: cut off
  int socket_idle_timeout_s = 90;                 // without a message: cut off
};

// A response as bytes. `date`: the Date field's value. `with_body` is false for HEAD.
std::string ToBytes(const Response& response, std::string_view date, bool keep_alive,
                    bool with_body);

bool EqualsIgnoringCase(std::string_view a, std::string_view b);

}  // namespace net
