#include "api/pipeline.h"

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "base/log.h"

namespace api {
namespace {

namespace asio = boost::asio;
using asio::awaitable;
using base::Code;
using base::Fail;
using base::Result;

constexpr std::chrono::seconds kPollErrorDelay{2};

// Whether the caller may use the command at all; what it may do with it the command decides.
Result<void> CheckAccess(const Caller& caller, Access access) {
  if (caller.role == profile::Role::kAdmin) return {};
  auto refuse = [&](Code code) {
    return Fail(code, base::Quoted(caller.account.View()) + " is no administrator");
  };
  if (access == Access::kAdmin) return refuse(Code::kAccountNeedAdmin);
  if (access == Access::kOperator) return refuse(Code::kIdNotAdmin);
  if (access == Access::kSession && !caller.session) return refuse(Code::kIdNotAdmin);
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

Answer Refuse(base::Error error) { co_return tl::unexpected(std::move(error)); }

}  // namespace

Pipeline::Pipeline(Services services, const std::vector<std::string>& disabled,
                   base::Metrics& metrics)
    : services_(services), admission_(services_) {
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
    auto claim = Identify(call);
    auto caller = AdmitAtOnce(*call.command, claim);
    if (!caller) {
      auto later = co_await AdmitLater(*call.command, *claim);
      caller = std::move(later);
    }
    if (*caller) {
      result = co_await Execute(call, **caller, reply.body);
    } else {
      result = tl::unexpected(caller->error());
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
Result<Claim> Pipeline::Identify(const Call& call) {
  if (StateOf(*call.command).is_disabled) return Fail(Code::kCommandDisabled);
  return admission_.Identify(call);
}

// Nothing where the store has to be read first.
std::optional<Result<Caller>> Pipeline::AdmitAtOnce(const Command& command,
                                                    const Result<Claim>& claim) {
  if (!claim) return tl::unexpected(claim.error());
  auto evidence = admission_.Peek(*claim);
  if (!evidence) return std::nullopt;
  return Decide(command, *claim, *evidence);
}

awaitable<Result<Caller>> Pipeline::AdmitLater(const Command& command, const Claim& claim) {
  auto evidence = co_await admission_.Read(claim);
  co_return Decide(command, claim, evidence);
}

Result<Caller> Pipeline::Decide(const Command& command, const Claim& claim,
                                const Result<Evidence>& evidence) {
  auto caller = admission_.Decide(claim, evidence);
  if (!caller && command.access == Access::kLeaving) return admission_.Decide({}, Evidence());
  bool is_nobody = caller && caller->app == nullptr;
  if (!caller || is_nobody) return caller;
  if (auto allowed = CheckFrequency(*caller, command); !allowed) {
    return tl::unexpected(allowed.error());
  }
  return caller;
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
  std::string_view app_key(reinterpret_cast<const char*>(&app.id), sizeof app.id);
  if (app.max_requests_per_s > 0 &&
      !services_.limits.app.Allow(app_key, now_ms, app.max_requests_per_s)) {
    return Fail(Code::kAppTooFrequent, "sdkappid " + std::to_string(app.id));
  }
  if (!caller.session) return {};
  std::string_view id(caller.session->id.data(), caller.session->id.size());
  if (!services_.limits.session.Allow(id, now_ms)) return Fail(Code::kTooFrequent);
  return {};
}

}  // namespace api
