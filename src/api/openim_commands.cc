#include "api/handlers.h"
#include "api/instances.h"
#include "api/update.h"

namespace api {

using base::Result;
Answer Login(Request request, std::string& out) {
  auto started = co_await StartSession(request, false);
  if (!started) co_return tl::unexpected(started.error());
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"TinyId":")" + std::to_string(started->session.tiny_id) + R"(","A2Key":")" +
         started->a2_key + "\"}";
  co_return Result<void>();
}

Answer Logout(Request request, std::string& out) {
  const Caller& caller = request.caller;
  if (!caller.session) {  // an admin who came with a UserSig has none to end
    WriteOk(out);
    co_return Result<void>();
  }
  store::Decide decide = [id = caller.session->id](const profile::Record*,
                                                   const store::UpdateContext&) {
    store::Update update;
    update.end_session = id;
    return Result<store::Update>(std::move(update));
  };
  auto updated = co_await UpdateAccount(request.services, caller.app->id, caller.account, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  WriteOk(out);
  co_return Result<void>();
}

Answer LogoutAll(Request request, std::string& out) {
  const Caller& caller = request.caller;
  store::Decide decide = [](const profile::Record*, const store::UpdateContext&) {
    store::Update update;
    update.end_sessions = true;
    return Result<store::Update>(std::move(update));
  };
  auto updated = co_await UpdateAccount(request.services, caller.app->id, caller.account, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  WriteOk(out);
  co_return Result<void>();
}

}  // namespace api
