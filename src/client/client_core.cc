#include "client_core.h"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <utility>

#include "webim/tags.h"

namespace webim::internal {
namespace {

// The parameters webim.js puts on each request (docs/protocol/wire-contract.md §2.5).
constexpr char kFixedQuery[] = "?websdkappid=537048168&v=1.7.0&contenttype=json&apn=1";

std::string UnixSeconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

struct Refusal {
  LocalErrorCode code;
  const char* text;
};

// Why a login is not even tried (wire-contract §4).
std::optional<Refusal> CheckLoginInfo(const LoginInfo& info) {
  if (info == LoginInfo{}) {
    return Refusal{kErrorNoLoginInfo, "loginInfo is empty"};
  }
  if (info.sdkAppID == 0) {
    return Refusal{kErrorNoSdkAppId, "loginInfo.sdkAppID is missing"};
  }
  if (info.accountType == 0) {
    return Refusal{kErrorNoAccountType, "loginInfo.accountType is missing"};
  }
  if (!info.identifier.empty() && info.userSig.empty()) {
    return Refusal{kErrorNoUserSig, "loginInfo.userSig is missing"};
  }
  return std::nullopt;
}

// A callback that throws ends the program here, where the stack still says which (webim/client.h).
template <class A>
void Run(const std::function<void(A)>& callback, A&& argument) noexcept {
  if (callback) {
    callback(std::forward<A>(argument));
  }
}

}  // namespace

const ClientCore::Command ClientCore::kLogin = {"/v4/openim/login", DecodeReply, true};
const ClientCore::Command ClientCore::kPortraitGet = {"/v4/profile/portrait_get",
                                                      DecodePortraitReply, true};
const ClientCore::Command ClientCore::kPortraitSet = {"/v4/profile/portrait_set", DecodeReply,
                                                      true};
// Not repeatable: a second logout of a session that is gone would be answered as an error.
const ClientCore::Command ClientCore::kLogout = {"/v4/openim/longpollinglogout", DecodeReply,
                                                 false};

void ClientCore::Begin(ErrorCallback on_error, Start start) {
  auto op = std::make_shared<Operation>();
  op->on_error = std::move(on_error);
  {
    const std::lock_guard lock(mutex_);
    if (closed_) {
      return;
    }
    op->admitted = runtime_->Admit();
    live_.insert(op);
  }
  if (!op->admitted) {
    start = [self = shared_from_this()](const OperationPtr& refused) {
      self->Fail(refused, kErrorBusy, "too many calls are under way");
    };
  }
  boost::asio::post(runtime_->io(), [op, start = std::move(start)] {
    if (!op->done) {
      start(op);
    }
  });
}

void ClientCore::BeginLoggedIn(
    std::optional<std::string> members, ErrorCallback on_error,
    std::function<void(const OperationPtr&, const Session&, std::string)> start) {
  Begin(std::move(on_error), [self = shared_from_this(), members = std::move(members),
                              start = std::move(start)](const OperationPtr& op) {
    if (self->session_ == nullptr) {
      self->Fail(op, kErrorNotLoggedIn, "not logged in");
    } else if (!members) {
      self->Fail(op, kErrorOptions, "the options are not JSON that can be sent");
    } else {
      const SessionPtr session = self->session_;
      start(op, *session, PortraitBody(session->identifier, *members));
    }
  });
}

void ClientCore::Login(LoginInfo info, LoginOptions options, LoginCallback on_ok,
                       ErrorCallback on_error) {
  Begin(std::move(on_error),
        [self = shared_from_this(), info = std::move(info), options = std::move(options),
         on_ok = std::move(on_ok)](const OperationPtr& op) {
          self->StartLogin(op, info, options, on_ok);
        });
}

void ClientCore::StartLogin(const OperationPtr& op, const LoginInfo& info,
                            const LoginOptions& options, const LoginCallback& on_ok) {
  if (const auto refusal = CheckLoginInfo(info)) {
    return Fail(op, refusal->code, refusal->text);
  }
  if (info.identifier.empty()) {
    session_ = nullptr;
    return Succeed(op, on_ok, MakeLoginAnswer("login success(no login state)", {}));
  }
  const std::optional<ServerUrl> server = ParseServerUrl(options.server);
  if (!server) {
    return Fail(op, kErrorOptions, "options.server is not http[s]://host[:port][/prefix]");
  }
  auto session = std::make_shared<Session>();
  std::string failure;
  session->pool = runtime_->PoolFor(*server, options, failure);
  if (session->pool == nullptr) {
    return Fail(op, kErrorOptions, failure);
  }
  session->prefix = server->prefix;
  session->app_query = "&sdkappid=" + std::to_string(info.sdkAppID) +
                       "&accounttype=" + std::to_string(info.accountType);
  session->identifier = info.identifier;
  session->timeout = std::chrono::milliseconds(options.timeout_ms);
  const std::string credentials =
      "&identifier=" + PercentEncode(info.identifier) + "&usersig=" + PercentEncode(info.userSig);
  Send(op, *session, kLogin, credentials, R"({"State":"Online"})",
       [self = shared_from_this(), op, session, on_ok](const Reply& reply) {
         if (reply.TinyId.empty()) {
           return self->Fail(op, kErrorNoTinyId, "the answer to login has no TinyId");
         }
         if (reply.A2Key.empty()) {
           return self->Fail(op, kErrorNoA2Key, "the answer to login has no A2Key");
         }
         session->credentials =
             "&tinyid=" + PercentEncode(reply.TinyId) + "&a2=" + PercentEncode(reply.A2Key);
         self->ReadSelf(op, session, on_ok);
       });
}

void ClientCore::ReadSelf(const OperationPtr& op, const SessionPtr& session,
                          const LoginCallback& on_ok) {
  const auto members =
      GetMembers({.To_Account = {session->identifier}, .TagList = {kTagNick, kTagImage}});
  Send(op, *session, kPortraitGet, session->credentials,
       PortraitBody(session->identifier, *members),
       [self = shared_from_this(), op, session, on_ok](const Reply& reply) {
         const auto& users = reply.fields.UserProfileItem;
         self->session_ = session;
         self->Succeed(op, on_ok,
                       MakeLoginAnswer("login success", users.empty() ? UserProfile{} : users[0]));
       });
}

void ClientCore::SetPortrait(std::optional<std::string> members, AnswerCallback on_ok,
                             ErrorCallback on_error) {
  BeginLoggedIn(std::move(members), std::move(on_error),
                [self = shared_from_this(), on_ok = std::move(on_ok)](
                    const OperationPtr& op, const Session& session, std::string body) {
                  self->Send(op, session, kPortraitSet, session.credentials, std::move(body),
                             [self, op, on_ok](Reply reply) {
                               self->Succeed<Answer>(op, on_ok, std::move(reply.fields));
                             });
                });
}

void ClientCore::GetPortrait(std::optional<std::string> members, PortraitCallback on_ok,
                             ErrorCallback on_error) {
  BeginLoggedIn(std::move(members), std::move(on_error),
                [self = shared_from_this(), on_ok = std::move(on_ok)](
                    const OperationPtr& op, const Session& session, std::string body) {
                  self->Send(op, session, kPortraitGet, session.credentials, std::move(body),
                             [self, op, on_ok](Reply reply) {
                               self->Succeed<PortraitAnswer>(op, on_ok, std::move(reply.fields));
                             });
                });
}

void ClientCore::Logout(AnswerCallback on_ok, ErrorCallback on_error) {
  Begin(std::move(on_error),
        [self = shared_from_this(), on_ok = std::move(on_ok)](const OperationPtr& op) {
          const SessionPtr session = self->session_;
          if (session == nullptr) {
            return self->Succeed(op, on_ok, MakeLocalAnswer("logout success"));
          }
          self->Send(op, *session, kLogout, session->credentials, R"({"LongPollingId":null})",
                     [self, op, session, on_ok](Reply reply) {
                       if (self->session_ == session) {  // not one of a later login
                         self->session_ = nullptr;
                       }
                       self->Succeed<Answer>(op, on_ok, std::move(reply.fields));
                     });
        });
}

void ClientCore::Send(const OperationPtr& op, const Session& session, const Command& command,
                      const std::string& credentials, std::string body, Next next) {
  op->request = std::make_shared<HttpRequest>();
  op->request->target = session.prefix + command.path + kFixedQuery + session.app_query +
                        credentials + "&reqtime=" + UnixSeconds();
  op->request->body = std::move(body);
  op->request->timeout = session.timeout;
  op->request->repeatable = command.repeatable;
  op->request->done = [self = shared_from_this(), op, &command,
                       next = std::move(next)](HttpResult result) {
    self->Receive(op, command, std::move(result), next);
  };
  op->pool = session.pool;
  op->pool->Submit(op->request);
}

void ClientCore::Receive(const OperationPtr& op, const Command& command, HttpResult result,
                         const Next& next) {
  op->request = nullptr;
  if (!result.failure.empty()) {
    return Fail(op, kErrorNetwork, result.failure);
  }
  if (result.status != 200) {
    return Fail(op, kErrorNetwork, "HTTP status " + std::to_string(result.status));
  }
  Reply reply = command.decode(std::move(result.body));
  switch (reply.kind) {
    case Reply::Kind::kMalformed:
      return Fail(op, kErrorNetwork, "the answer is not JSON of this protocol");
    case Reply::Kind::kRefused: return Fail(op, std::move(reply.fields));
    case Reply::Kind::kOk: return next(std::move(reply));
  }
}

bool ClientCore::Retire(const OperationPtr& op) {
  if (std::exchange(op->done, true)) {
    return false;
  }
  if (op->admitted) {
    runtime_->Release();
  }
  const std::lock_guard lock(mutex_);
  live_.erase(op);
  return true;
}

void ClientCore::Fail(const OperationPtr& op, Error error) {
  if (Retire(op)) {
    Run(std::exchange(op->on_error, nullptr), std::move(error));
  }
}

void ClientCore::Fail(const OperationPtr& op, LocalErrorCode code, std::string_view text) {
  Fail(op, MakeLocalError(code, text));
}

template <class A>
void ClientCore::Succeed(const OperationPtr& op, const std::function<void(A)>& on_ok, A answer) {
  if (Retire(op)) {
    op->on_error = nullptr;
    Run(on_ok, std::move(answer));
  }
}

void ClientCore::EndAll() {
  std::unordered_set<OperationPtr> ending;
  {
    const std::lock_guard lock(mutex_);
    ending.swap(live_);
  }
  for (const OperationPtr& op : ending) {
    if (op->request != nullptr) {
      op->pool->Cancel(*std::exchange(op->request, nullptr));
    }
    Fail(op, kErrorNetwork, "the client was destroyed");
  }
  session_ = nullptr;
}

void ClientCore::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  if (runtime_->OnIoThread()) {
    return EndAll();
  }
  std::promise<void> ended;
  boost::asio::post(runtime_->io(), [this, &ended] {
    EndAll();
    ended.set_value();
  });
  ended.get_future().wait();
}

}  // namespace webim::internal
