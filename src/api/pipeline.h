#pragma once

// What happens to a request, in order, between a transport and a command.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/admission.h"
#include "api/call.h"
#include "api/commands.h"

namespace api {

struct Reply {
  std::string body;  // one JSON object, OK or FAIL
  base::Code code = base::Code::kOk;
};

// One per process; any thread.
class Pipeline {
 public:
  // `disabled`: paths of commands that are answered with 60017.
  Pipeline(Services services, const std::vector<std::string>& disabled, base::Metrics& metrics);

  // Answers the call, at once where nothing has to be waited for; otherwise it is to be waited for
  // before this thread answers another. Never throws.
  base::Pending<Reply> Run(Call call);

  Display error_display() const { return services_.error_display; }
  Services& services() { return services_; }

 private:
  struct State {
    bool is_disabled = false;
    base::Counter* ok = nullptr;
    base::Counter* fail = nullptr;
  };

  const State& StateOf(const Command& command) const {
    return states_[static_cast<std::size_t>(&command - Commands().data())];
  }
  // A call that is being answered: commands refer to its parts until they are done.
  struct Running {
    Call call;
    base::Result<Caller> caller = tl::unexpected(base::Error{});
    Reply reply = {};
  };

  std::optional<base::Result<Caller>> AdmitAtOnce(const Call& call);
  boost::asio::awaitable<base::Result<Caller>> AdmitLater(const Call& call);
  base::Result<Claim> Identify(const Call& call);
  base::Result<Caller> Decide(const Command& command, const Claim& claim,
                              const base::Result<Evidence>& evidence);
  base::Result<void> CheckFrequency(const Caller& caller, const Command& command);
  Answer Execute(Running& running);
  boost::asio::awaitable<Reply> RunLater(std::unique_ptr<Running> running,
                                         std::optional<Answer> answer);
  Reply Finish(Running& running, base::Result<void> result);

  Services services_;
  Admission admission_;
  std::vector<State> states_;  // in the order of the command table
};

}  // namespace api
