#include "api/pipeline.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <charconv>

#include "api/await.h"
#include "api/profiles.h"
#include "auth/sessions.h"
#include "auth/usersig.h"
#include "base/log.h"

namespace api {
namespace {

using asio::awaitable;
using base::Code;
using base::Fail;
using base::Result;

constexpr std::chrono::seconds kPollErrorDelay{2};

// Whether the caller may use the command at all; what it may do with it the command decides.
Result<void> CheckAccess(const Caller& caller, Access access) {
  if (caller.role == profile::Role::kAdmin) return {};
  std::string who = base::Quoted(caller.account.View()) + " is no administrator";
  if (access == Access::kAdmin) return Fail(Code::kAccountNeedAdmin, who);
  if (access == Access::kOperator) return Fail(Code::kIdNotAdmin, who);
  if (access == Access::kSession && !caller.session) return Fail(Code::kIdNotAdmin, who);
  return {};
}

// docs/protocol/wire-contract.md §6.7.4.
awaitable<void> SlowDown(base::Error& error) {
  if (error.code == Code::kDeadSession) error = {Code::kPollHasEnded, ""};
  if (error.code == Code::kPollIsOver || error.code == Code::kPollHasEnded) co_return;
  asio::steady_timer pause(co_await asio::this_coro::executor, kPollErrorDelay);
  co_await pause.async_wait(asio::as_tuple(asio::deferred));
}

// A line for the request if it failed through no fault of its sender, and at level debug for every
// one. Its number is what an operator can ask another for.
void LogRequest(const Call& call, const Result<void>& result) {
  static std::atomic<std::uint64_t> requests = 0;
  Code code = result ? Code::kOk : result.error().code;
  bool is_ours = code == Code::kStorageFailed || code == Code::kInternal;
  auto level = is_ours ? base::LogLevel::kWarning : base::LogLevel::kDebug;
  if (!base::IsLogged(level)) return;
  base::Log(level, "request",
            {{"request", static_cast<std::int64_t>(++requests)},
             {"command", call.command->path},
             {"client", call.client_ip},
             {"code", static_cast<std::int64_t>(code)},
             {"reason", result ? std::string() : result.error().detail}});
}

// Whoever calls what anyone may.
Caller Nobody() { return {.account = *profile::AccountId::Parse("nobody")}; }

Answer Refuse(base::Error error) { co_return tl::unexpected(std::move(error)); }

}  // namespace

Result<const auth::App*> FindApp(const Query& query, const auth::Apps& apps) {
  auto text = query.Find("sdkappid");
  if (!text || text->empty()) return Fail(Code::kNoSdkAppId);
  profile::AppId id = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (error != std::errc() || end != text->data() + text->size() || id == 0) {
    return Fail(Code::kInvalidSdkAppId, base::Quoted(*text) + " is not a positive integer");
  }
  const auth::App* app = apps.Find(id);
  if (app == nullptr) return Fail(Code::kUnknownApp, "sdkappid " + std::to_string(id));
  if (!app->enabled) return Fail(Code::kAppDisabled, "sdkappid " + std::to_string(id));
  return app;
}

Pipeline::Pipeline(Services services, const std::vector<std::string>& disabled,
                   base::Metrics& metrics)
    : services_(services) {
  for (const Command& command : Commands()) {
    State state;
    state.is_disabled = std::find(disabled.begin(), disabled.end(), command.path) != disabled.end();
    for (bool ok : {true, false}) {
      std::string labels =
          "command=\"" + std::string(command.path) + "\",result=\"" + (ok ? "ok" : "fail") + '"';
      (ok ? state.ok : state.fail) =
          &metrics.AddCounter("portrait_requests_total", "Requests answered.", labels);
    }
    states_.push_back(state);
  }
}

awaitable<Reply> Pipeline::Run(Call call) {
  Reply reply;
  Result<void> result;
  try {
    auto caller = co_await Admit(call);
    if (caller) {
      result = co_await Execute(call, *caller, reply.body);
    } else {
      result = tl::unexpected(caller.error());
    }
  } catch (const std::exception& error) {
    // Our own code does not throw; this is memory running out or a library's surprise.
    base::LogError("a command failed", {{"command", call.command->path}, {"reason", error.what()}});
    result = Fail(Code::kInternal);
  }
  if (call.command->is_poll && !result) co_await SlowDown(result.error());
  const State& state = StateOf(*call.command);
  (result ? state.ok : state.fail)->Add();
  LogRequest(call, result);
  if (!result) {
    base::Error& error = result.error();
    error.code = reply.code = CodeFor(call.door, error.code);
    reply.body = FailAnswer(error, EnvelopeOf(call.command->path), services_.error_display);
  }
  co_return reply;
}

// The order of docs/protocol/errors.md §5, from the app to the limits.
awaitable<Result<Caller>> Pipeline::Admit(const Call& call) {
  const Command& command = *call.command;
  if (StateOf(command).is_disabled) co_return Fail(Code::kCommandDisabled);
  if (command.access == Access::kAnyone) {
    co_return Nobody();
  }
  auto app = FindApp(call.query, services_.apps);
  if (!app) co_return tl::unexpected(app.error());
  auto caller = co_await Authenticate(call, **app);
  if (!caller && command.access == Access::kLeaving) co_return Nobody();
  if (!caller) co_return caller;
  if (auto allowed = CheckFrequency(*caller, command); !allowed) {
    co_return tl::unexpected(allowed.error());
  }
  co_return caller;
}

// The rest of that order: the body, and whether this caller may.
Answer Pipeline::Execute(Call& call, const Caller& caller, std::string& out) {
  const Command& command = *call.command;
  base::JsonValue parsed;
  if (command.access != Access::kAnyone) {
    // Each thread parses for itself. The body's values are read by the command before it first
    // suspends.
    thread_local base::JsonParser parser;
    auto body = parser.Parse(call.body);
    if (!body) return Refuse({Code::kNotJson, ""});
    parsed = *body;
    auto allowed = CheckAccess(caller, command.access);
    if (!allowed) return Refuse(allowed.error());
  }
  // They have said all they had to say, and a long poll is held for a minute.
  call.query = Query();
  call.body = std::string();
  return command.run({services_, caller, call.client_ip, parsed, call.socket}, out);
}

Result<void> Pipeline::CheckFrequency(const Caller& caller, const Command& command) {
  if (command.is_poll) return {};
  std::int64_t now_ms = services_.clock.NowMs();
  const auth::App& app = *caller.app;
  if (app.max_requests_per_s > 0 &&
      !services_.limits.app.Allow(std::to_string(app.id), now_ms, app.max_requests_per_s)) {
    return Fail(Code::kAppTooFrequent, "sdkappid " + std::to_string(app.id));
  }
  if (!caller.session) return {};
  std::string_view id(caller.session->id.data(), caller.session->id.size());
  if (!services_.limits.session.Allow(id, now_ms)) return Fail(Code::kTooFrequent);
  return {};
}

awaitable<Result<Caller>> Pipeline::Authenticate(const Call& call, const auth::App& app) {
  auto tiny_id = call.query.Find("tinyid");
  auto a2_key = call.query.Find("a2");
  if (tiny_id && a2_key && call.command->access != Access::kUserSig) {
    co_return co_await FindSession(app, std::string(*a2_key), std::string(*tiny_id));
  }
  auto identifier = call.query.Find("identifier");
  if (!identifier || identifier->empty()) {
    co_return Fail(Code::kNoCredentials, "neither tinyid and a2 nor identifier and usersig");
  }
  co_return co_await CheckUserSig(call, app, std::string(*identifier));
}

awaitable<Result<Caller>> Pipeline::FindSession(const auth::App& app, std::string a2_key,
                                                std::string tiny_id) {
  using Session = std::optional<store::Session>;
  store::SessionId id = auth::ToSessionId(a2_key);
  base::Result<Session> found = services_.store.PeekSession(app.id, id);
  if (!*found) {
    std::function<void(store::Callback<Session>)> start = [&](store::Callback<Session> done) {
      services_.store.FindSession(app.id, id, std::move(done));
    };
    found = co_await Await<Session>(start);
  }
  if (!found) co_return tl::unexpected(found.error());
  std::int64_t now_ms = services_.clock.NowMs();
  if (!*found || !auth::IsAlive(**found, tiny_id, now_ms)) co_return Fail(Code::kDeadSession);
  if (now_ms - (*found)->last_used_ms >= auth::kSessionRenewMs) {
    // Not waited for: a renewal that is lost only ends the session an hour early.
    services_.store.RenewSession(app.id, id, now_ms, [](Result<bool>) {});
  }
  Caller caller{
      .app = &app, .schema = app.CurrentSchema(), .account = (*found)->account, .session = *found};
  if (app.IsAdmin(caller.account.View())) caller.role = profile::Role::kAdmin;
  co_return caller;
}

awaitable<Result<Caller>> Pipeline::CheckUserSig(const Call& call, const auth::App& app,
                                                 std::string identifier) {
  std::int64_t now_s = services_.clock.NowMs() / 1000;
  // The owner of the account, elsewhere, is not locked out with who guesses here.
  std::string who =
      auth::ToOpaqueKey(std::to_string(app.id) + ' ' + call.client_ip + ' ' + identifier);
  auth::RateLimit& failures = services_.limits.usersig_failures;
  if (!failures.IsWithin(who, now_s * 1000)) co_return Fail(Code::kTooManyFailures);
  auto claims = usersigs_.Verify(call.query.Find("usersig").value_or(""), app, identifier, now_s);
  if (!claims) {
    failures.Count(who, now_s * 1000);
    co_return tl::unexpected(claims.error());
  }
  auto account = profile::AccountId::Parse(identifier, app.alphabet);
  if (!account) {
    co_return Fail(Code::kUserSigBroken, base::Quoted(identifier) + " is not an account id");
  }
  Caller caller{.app = &app,
                .schema = app.CurrentSchema(),
                .account = *account,
                .usersig_time_s = claims->time_s};
  if (app.IsAdmin(identifier)) caller.role = profile::Role::kAdmin;

  // Login looks again, together with what it writes: a kick may come in between.
  auto record = co_await ReadRecord(services_, app.id, *account);
  if (!record) co_return tl::unexpected(record.error());
  if (*record != nullptr && claims->time_s <= (*record)->header().kick_time_s) {
    co_return Fail(Code::kUserSigRevoked, base::Quoted(identifier));
  }
  co_return caller;
}

}  // namespace api
