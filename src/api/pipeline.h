#pragma once

// What happens to a request, in order, between a transport and a command.

#include <boost/asio/awaitable.hpp>
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

  // Answers the call. Never throws.
  boost::asio::awaitable<Reply> Run(Call call);

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
  base::Result<Claim> Identify(const Call& call);
  std::optional<base::Result<Caller>> AdmitAtOnce(const Command& command,
                                                  const base::Result<Claim>& claim);
  boost::asio::awaitable<base::Result<Caller>> AdmitLater(const Command& command,
                                                          const Claim& claim);
  base::Result<Caller> Decide(const Command& command, const Claim& claim,
                              const base::Result<Evidence>& evidence);
  Answer Execute(Call& call, const Caller& caller, std::string& out);
  base::Result<void> CheckFrequency(const Caller& caller, const Command& command);

  Services services_;
  Admission admission_;
  std::vector<State> states_;  // in the order of the command table
};

}  // namespace api
