#include "api/handlers.h"
#include "api/instances.h"
#include "api/socket_session.h"
#include "auth/sessions.h"

namespace api {

namespace asio = boost::asio;

namespace {

using base::Code;
using base::Fail;
using base::Result;

// What an SDK is told when it has signed in.
void WriteSignedIn(std::string& out, const Request& request, std::uint32_t instance,
                   const std::string& more) {
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += more + R"(,"InstId":)" + std::to_string(instance);
  out += R"(,"HelloInterval":)" + std::to_string(request.services.sockets.hello_interval_s);
  out += R"(,"TimeStamp":)" + std::to_string(request.services.clock.NowMs() / 1000);
  out += R"(,"CustomStatus":""})";
}

// Signs the socket in. What ended the session before that, while nobody waited for it here, shows
// in its instance.
asio::awaitable<Result<void>> SignIn(const Request& request, const Caller& caller,
                                     const std::string& name) {
  request.socket->SignIn(caller, name);
  auto instance = co_await FindInstance(request, name);
  if (instance && *instance && !(*instance)->evicted) co_return Result<void>();
  request.socket->SignOut();
  if (!instance) co_return tl::unexpected(instance.error());
  co_return Fail(Code::kDeadSession);
}

// A session that comes back, after a reconnect: it is told of changes on this socket from now on.
Answer Return(Request request, std::string& out) {
  const Caller& caller = request.caller;
  std::uint32_t number = SocketSession::InstanceNumber(caller.session->id);
  std::string name = SocketSession::InstanceName(number);
  auto instance = co_await FindInstance(request, name);
  if (!instance) co_return tl::unexpected(instance.error());
  if (*instance && (*instance)->evicted) {
    std::string ignored;
    co_await base::Wait(Logout(request, ignored));
    co_return Fail(Code::kDeadSession);
  }
  if (!*instance) {
    auto registered = co_await RegisterInstance(request, name);
    if (!registered) co_return tl::unexpected(registered.error());
  }
  auto signed_in = co_await SignIn(request, caller, name);
  if (!signed_in) co_return signed_in;
  WriteSignedIn(out, request, number, "");
  co_return Result<void>();
}

}  // namespace

Answer SocketLogin(Request request, std::string& out) {
  if (request.caller.session) co_return co_await base::Wait(Return(request, out));
  auto login = co_await StartSession(request, true);
  if (!login) co_return tl::unexpected(login.error());
  std::uint32_t number = SocketSession::InstanceNumber(login->session.id);
  Caller caller = request.caller;
  caller.session = login->session;
  auto signed_in = co_await SignIn(request, caller, SocketSession::InstanceName(number));
  if (!signed_in) co_return signed_in;
  WriteSignedIn(out, request, number,
                R"(,"A2Key":")" + login->a2_key + R"(","TinyId":")" +
                    std::to_string(login->session.tiny_id) + '"');
  co_return Result<void>();
}

Answer SocketLogout(Request request, std::string& out) {
  auto ended = co_await base::Wait(Logout(request, out));
  if (ended) request.socket->SignOut();
  co_return ended;
}

}  // namespace api
