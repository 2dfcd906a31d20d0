#include "api/instances.h"

#include "api/await.h"
#include "api/socket_session.h"
#include "api/update.h"
#include "auth/sessions.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using store::Instance;

// Creates the account where it is not there and the app allows that, and the session with it.
store::Decide DecideLogin(const Caller& caller, const Instance& instance, bool through_socket) {
  return [account = caller.account, time_s = caller.usersig_time_s, app = caller.app, instance,
          through_socket](const profile::Record* current,
                          const store::UpdateContext& context) -> Result<store::Update> {
    if (current != nullptr && time_s <= current->header().kick_time_s) {
      return Fail(Code::kUserSigRevoked, base::Quoted(account.View()));
    }
    store::Update update;
    store::TinyId tiny_id = 0;
    if (current != nullptr && current->Exists()) {
      tiny_id = current->header().tiny_id;
    } else {
      if (!app->auto_create_on_login)
        return Fail(Code::kAccountNotFound, base::Quoted(account.View()));
      tiny_id = context.fresh_tiny_id;
      update.record = NewRecord(current, tiny_id);
    }
    std::int64_t now_ms = instance.created_ms;
    update.new_session = store::Session{instance.session, account, tiny_id, now_ms, now_ms};
    if (through_socket) {
      update.new_instance = instance;
      update.new_instance->start_seq = current == nullptr ? 0 : current->header().notice_seq;
      update.max_instances = app->max_web_instances;
    }
    return update;
  };
}

}  // namespace

asio::awaitable<Result<StartedSession>> StartSession(const Request& request, bool through_socket) {
  const Caller& caller = request.caller;
  std::string a2_key = auth::MakeRandomHex();
  store::SessionId id = auth::ToSessionId(a2_key);
  std::string name = SocketSession::InstanceName(SocketSession::InstanceNumber(id));
  Instance instance{std::move(name), id, 0, request.services.clock.NowMs()};
  store::Decide decide = DecideLogin(caller, instance, through_socket);
  auto updated = co_await UpdateAccount(request.services, caller.app->id, caller.account, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  store::Session session{id, caller.account, updated->record->header().tiny_id, instance.created_ms,
                         instance.created_ms};
  co_return StartedSession{std::move(a2_key), session};
}

asio::awaitable<Result<Instance>> RegisterInstance(const Request& request, std::string id,
                                                   std::optional<std::uint64_t> start_seq) {
  const Caller& caller = request.caller;
  Instance instance{std::move(id), caller.session->id, 0, request.services.clock.NowMs()};
  store::Decide decide = [instance, start_seq, limit = caller.app->max_web_instances.load()](
                             const profile::Record* current,
                             const store::UpdateContext&) -> Result<store::Update> {
    if (current == nullptr || !current->Exists()) return Fail(Code::kDeadSession);
    store::Update update;
    update.new_instance = instance;
    update.new_instance->start_seq = start_seq.value_or(current->header().notice_seq);
    update.max_instances = limit;
    return update;
  };
  auto updated = co_await UpdateAccount(request.services, caller.app->id, caller.account, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  instance.start_seq = start_seq.value_or(updated->record->header().notice_seq);
  co_return instance;
}

asio::awaitable<Result<std::optional<Instance>>> FindInstance(const Request& request,
                                                              std::string id) {
  using Found = std::optional<Instance>;
  std::function<void(store::Callback<Found>)> start = [&](store::Callback<Found> done) {
    request.services.store.FindInstance(request.caller.app->id, request.caller.account, id,
                                        std::move(done));
  };
  co_return co_await Await<Found>(start);
}

}  // namespace api
