#pragma once

// What happens to a request, in order, between a transport and a command.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "api/call.h"
#include "api/commands.h"
#include "auth/verified_usersigs.h"

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
  boost::asio::awaitable<base::Result<Caller>> Admit(const Call& call);
  Answer Execute(Call& call, const Caller& caller, std::string& out);
  base::Result<void> CheckFrequency(const Caller& caller, const Command& command);
  boost::asio::awaitable<base::Result<Caller>> Authenticate(const Call& call, const auth::App& app);
  boost::asio::awaitable<base::Result<Caller>> FindSession(const auth::App& app, std::string a2_key,
                                                           std::string tiny_id);
  boost::asio::awaitable<base::Result<Caller>> CheckUserSig(const Call& call, const auth::App& app,
                                                            std::string identifier);

  static constexpr std::size_t kUserSigBytes = 4 << 20;  // some thousand of those in use

  Services services_;
  auth::VerifiedUserSigs usersigs_{kUserSigBytes};
  std::vector<State> states_;  // in the order of the command table
};

// The app a call names: 60012, 60006, 70020, 60016 in this order.
base::Result<const auth::App*> FindApp(const Query& query, const auth::Apps& apps);

}  // namespace api
