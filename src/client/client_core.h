// A Client's work: admits calls on any thread, carries them out on the I/O thread, runs each
// call's callback exactly once.
//
// A call is an Operation from the moment it is made until its callback starts. `live_` has all of
// them, so that Close can end them; whoever takes one out of it runs the callback.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_set>

#include "codec.h"
#include "http_pool.h"
#include "runtime_core.h"
#include "webim/client.h"

namespace webim::internal {

class ClientCore : public std::enable_shared_from_this<ClientCore> {
 public:
  explicit ClientCore(std::shared_ptr<RuntimeCore> runtime) : runtime_(std::move(runtime)) {}

  // Any thread. `members` as codec.h makes them; nothing = the options cannot be sent.
  void Login(LoginInfo info, LoginOptions options, LoginCallback on_ok, ErrorCallback on_error);
  void SetPortrait(std::optional<std::string> members, AnswerCallback on_ok,
                   ErrorCallback on_error);
  void GetPortrait(std::optional<std::string> members, PortraitCallback on_ok,
                   ErrorCallback on_error);
  void Logout(AnswerCallback on_ok, ErrorCallback on_error);

  // Ends every call; when it returns no callback runs any more but one it was called from.
  void Close();

 private:
  struct Operation {
    ErrorCallback on_error;
    std::shared_ptr<HttpPool> pool;  // these two while a request is under way
    std::shared_ptr<HttpRequest> request;
    bool admitted = false;
    bool done = false;
  };
  using OperationPtr = std::shared_ptr<Operation>;

  // What a login made, never changed afterwards. Null session_: not logged in.
  struct Session {
    std::shared_ptr<HttpPool> pool;
    std::string prefix;       // of the server's address
    std::string app_query;    // sdkappid and accounttype
    std::string credentials;  // tinyid and a2
    std::string identifier;
    std::chrono::milliseconds timeout{0};
  };
  using SessionPtr = std::shared_ptr<const Session>;

  struct Command {
    const char* path;
    Reply (*decode)(std::string body);
    bool repeatable;
  };
  static const Command kLogin, kPortraitGet, kPortraitSet, kLogout;

  using Start = std::function<void(const OperationPtr&)>;
  using Next = std::function<void(Reply)>;

  void Begin(ErrorCallback on_error, Start start);
  void BeginLoggedIn(std::optional<std::string> members, ErrorCallback on_error,
                     std::function<void(const OperationPtr&, const Session&, std::string)> start);
  void StartLogin(const OperationPtr& op, const LoginInfo& info, const LoginOptions& options,
                  const LoginCallback& on_ok);
  void ReadSelf(const OperationPtr& op, const SessionPtr& session, const LoginCallback& on_ok);
  void Send(const OperationPtr& op, const Session& session, const Command& command,
            const std::string& credentials, std::string body, Next next);
  void Receive(const OperationPtr& op, const Command& command, HttpResult result, const Next& next);

  bool Retire(const OperationPtr& op);
  void Fail(const OperationPtr& op, Error error);
  void Fail(const OperationPtr& op, LocalErrorCode code, std::string_view text);
  template <class A>
  void Succeed(const OperationPtr& op, const std::function<void(A)>& on_ok, A answer);
  void EndAll();

  const std::shared_ptr<RuntimeCore> runtime_;
  SessionPtr session_;  // I/O thread only
  std::mutex mutex_;
  bool closed_ = false;                    // under mutex_
  std::unordered_set<OperationPtr> live_;  // under mutex_
};

}  // namespace webim::internal
