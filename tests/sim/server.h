#pragma once

// The server's commands in this process: the pipeline, the hub and a store, wired like
// app/server.cc, without sockets and with a clock that is moved by hand.

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/pipeline.h"
#include "tests/sim/counting_store.h"
#include "tests/sim/request.h"

namespace sim {

class HandClock final : public base::Clock {
 public:
  std::int64_t NowMs() const override { return now_ms; }
  std::int64_t now_ms = 0;
};

// One thread.
class Server {
 public:
  // Opens a store that is on disk; nothing: a memory store, which restarts survive as well.
  using OpenStore = std::function<std::unique_ptr<store::Store>()>;

  Server(const std::vector<AppSpec>& apps, const HandClock& clock, OpenStore open_store);
  ~Server();
  Server(const Server&) = delete;

  // Starts to answer a POST of `body` to `target` (path and query); its number, from 1.
  std::size_t Start(const std::string& target, const std::string& body);

  // The answer to a request, once it is there, and forgets it.
  std::optional<std::string> TakeAnswer(std::size_t number);

  // Runs until a request is answered. False: for ten seconds it was not.
  bool RunUntilAnswered(std::size_t number);

  // Runs until nothing goes on but polls that wait.
  void Settle();

  // Stops, which ends polls that wait. False: it cannot, as one of them goes on.
  bool Stop();
  // Opens the same store again.
  void Open();
  void Sweep();

 private:
  const HandClock& clock_;
  const OpenStore open_store_;
  auth::Apps apps_;
  api::Limits limits_{auth::RateLimit(0, 1000), auth::RateLimit(0, 60000)};
  api::SocketOptions sockets_;
  std::unique_ptr<base::Metrics> metrics_;
  std::unique_ptr<notify::Hub> hub_;
  std::unique_ptr<CountingStore> store_;
  std::unique_ptr<api::Pipeline> pipeline_;
  std::size_t last_number_ = 0;
  std::map<std::size_t, std::string> answers_;
  std::size_t unanswered_ = 0;
  boost::asio::io_context context_{1};  // ends first, with the requests in it
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
};

}  // namespace sim
