#include "api/handlers.h"
#include "api/update.h"
#include "auth/sessions.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::Result;

// Creates the account where it is not there and the app allows that, and the session with it.
store::Decide DecideLogin(const Caller& caller, store::SessionId id, std::int64_t now_ms) {
  return [account = caller.account, time_s = caller.usersig_time_s,
          create = caller.app->auto_create_on_login, id,
          now_ms](const profile::Record* current,
                  const store::UpdateContext& context) -> Result<store::Update> {
    if (current != nullptr && time_s <= current->header().kick_time_s) {
      return Fail(Code::kUserSigRevoked, base::Quoted(account.View()));
    }
    store::Update update;
    store::TinyId tiny_id = 0;
    if (current != nullptr && current->Exists()) {
      tiny_id = current->header().tiny_id;
    } else {
      if (!create) return Fail(Code::kAccountNotFound, base::Quoted(account.View()));
      tiny_id = context.fresh_tiny_id;
      update.record = NewRecord(current, tiny_id);
    }
    update.new_session = store::Session{id, account, tiny_id, now_ms, now_ms};
    return update;
  };
}

}  // namespace

Answer Login(Request request, std::string& out) {
  const Caller& caller = request.caller;
  std::string a2_key = auth::MakeRandomHex();
  store::Decide decide =
      DecideLogin(caller, auth::ToSessionId(a2_key), request.services.clock.NowMs());
  auto updated = co_await UpdateAccount(request.services, caller.app->id, caller.account, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"TinyId":")" + std::to_string(updated->record->header().tiny_id) + R"(","A2Key":")" +
         a2_key + "\"}";
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
