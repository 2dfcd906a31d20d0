#pragma once

// The server's commands in this process, over a memory store, with one app, an administrator and
// two people who are logged in.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/front_http.h"
#include "api/pipeline.h"
#include "api/socket_front.h"
#include "store/memory_store.h"

namespace fuzz {

class StillClock final : public base::Clock {
 public:
  std::int64_t NowMs() const override { return 1'700'000'000'000; }
};

class Server {
 public:
  Server();

  // The answer, or nothing where it waits: a long poll does, and an answer that is held back.
  std::optional<api::HttpAnswer> Ask(std::string_view method, std::string_view target,
                                     std::string_view body);

  // What a new WebSocket is sent in answer to one message.
  std::vector<std::string> Tell(const std::string& message, bool compresses);

  // The query of a caller: 0 the administrator by UserSig, 1 a person by UserSig, else a session.
  const std::string& Query(int caller) const { return queries_[caller % 3]; }

 private:
  StillClock clock_;
  auth::Apps apps_;
  store::MemoryStore store_;
  notify::Hub hub_;
  api::Limits limits_{auth::RateLimit(0, 1000), auth::RateLimit(0, 60000)};
  api::SocketOptions sockets_;
  base::Metrics metrics_;
  std::unique_ptr<api::Pipeline> pipeline_;
  std::string queries_[3];
  boost::asio::io_context context_{1};  // ends first, with what waits in it
};

// A server that is made anew now and then, so that what inputs leave behind stays small.
Server& FreshServer();

// Aborts unless `text` is one answer of ours: a JSON object with a code. Answers the code.
std::int64_t CheckAnswer(std::string_view text);

}  // namespace fuzz
