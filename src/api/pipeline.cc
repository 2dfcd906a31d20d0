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

Answer Refuse(base::Error error) { return Result<void>(tl::unexpected(std::move(error))); }

// Our own code does not throw; this is memory running out or a library's surprise.
Result<void> Broken(const Call& call, const std::exception& error) {
  base::LogError("a command failed", {{"command", call.command->path}, {"reason", error.what()}});
  return Fail(Code::kInternal);
}

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

base::Pending<Reply> Pipeline::Run(Call call) {
  auto running = std::make_unique<Running>(Running{std::move(call)});
  std::optional<Answer> answer;
  try {
    if (auto caller = AdmitAtOnce(running->call)) {
      running->caller = *std::move(caller);
      answer = Execute(*running);
    }
  } catch (const std::exception& error) {
    answer = Answer(Broken(running->call, error));
  }
  bool is_there = answer && answer->is_there();
  bool is_slow = running->call.command->is_poll && is_there && !answer->value();
  if (is_there && !is_slow) return Finish(*running, std::move(answer->value()));
  return RunLater(std::move(running), std::move(answer));
}

awaitable<Reply> Pipeline::RunLater(std::unique_ptr<Running> running,
                                    std::optional<Answer> answer) {
  const Command& command = *running->call.command;
  Result<void> result;
  try {
    if (!answer) {
      auto caller = co_await AdmitLater(running->call);
      running->caller = std::move(caller);
      answer = Execute(*running);
    }
    if (answer->is_there()) {
      result = std::move(answer->value());
    } else {
      result = co_await std::move(answer->later());
    }
  } catch (const std::exception& error) {
    result = Broken(running->call, error);
  }
  if (command.is_poll && !result) co_await SlowDown(result.error());
  co_return Finish(*running, std::move(result));
}

Reply Pipeline::Finish(Running& running, Result<void> result) {
  const Call& call = running.call;
  const State& state = StateOf(*call.command);
  (result ? state.ok : state.fail)->Add();
  LogRequest(call, result);
  if (!result) {
    base::Error& error = result.error();
    error.code = running.reply.code = CodeFor(call.door, error.code);
    running.reply.body = FailAnswer(error, EnvelopeOf(call.command->path), services_.error_display);
  }
  return std::move(running.reply);
}

// The order of docs/protocol/errors.md §5, from the app to the limits.
Result<Claim> Pipeline::Identify(const Call& call) {
  if (StateOf(*call.command).is_disabled) return Fail(Code::kCommandDisabled);
  return admission_.Identify(call);
}

// Nothing where the store has to be read first.
std::optional<Result<Caller>> Pipeline::AdmitAtOnce(const Call& call) {
  auto claim = Identify(call);
  if (!claim) return tl::unexpected(claim.error());
  auto evidence = admission_.Peek(*claim);
  if (!evidence) return std::nullopt;
  return Decide(*call.command, *claim, *evidence);
}

awaitable<Result<Caller>> Pipeline::AdmitLater(const Call& call) {
  auto claim = Identify(call);
  if (!claim) co_return tl::unexpected(claim.error());
  auto evidence = co_await admission_.Read(*claim);
  co_return Decide(*call.command, *claim, evidence);
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
Answer Pipeline::Execute(Running& running) {
  if (!running.caller) return Refuse(running.caller.error());
  Call& call = running.call;
  const Command& command = *call.command;
  base::JsonValue parsed;
  if (command.access != Access::kAnyone) {
    // Each thread parses for itself. The body's values are read by the command before it first
    // suspends.
    thread_local base::JsonParser parser;
    auto body = parser.Parse(call.body);
    if (!body) return Refuse({Code::kNotJson, ""});
    parsed = *body;
    auto allowed = CheckAccess(*running.caller, command.access);
    if (!allowed) return Refuse(allowed.error());
  }
  // They have said all they had to say, and a long poll is held for a minute.
  call.query = Query();
  call.body = std::string();
  return command.run({services_, *running.caller, call.client_ip, parsed, call.socket},
                     running.reply.body);
}

Result<void> Pipeline::CheckFrequency(const Caller& caller, const Command& command) {
  if (command.is_poll) return {};
  std::int64_t now_ms = services_.clock.NowMs();
  const auth::App& app = *caller.app;
  std::size_t most = app.max_requests_per_s;
  if (most > 0 && !app.requests.Allow(now_ms, most)) {
    return Fail(Code::kAppTooFrequent, "sdkappid " + std::to_string(app.id));
  }
  if (!caller.session) return {};
  std::string_view id(caller.session->id.data(), caller.session->id.size());
  if (!services_.limits.session.Allow(id, now_ms)) return Fail(Code::kTooFrequent);
  return {};
}

}  // namespace api
