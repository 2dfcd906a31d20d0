#include "tests/sim/model.h"

#include <algorithm>

namespace sim {
namespace {

constexpr std::int64_t kHourMs = 3600 * 1000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

template <class T>
bool Is(const Request& request) {
  return std::holds_alternative<T>(request.body);
}

// Commands of the page: a session, or the UserSig of an admin.
bool IsOfThePage(const Request& request) {
  return Is<Logout>(request) || Is<LogoutAll>(request) || Is<AuthKey>(request) ||
         Is<GetLongPollingId>(request) || Is<LongPolling>(request);
}

bool IsProfile(const Body& body) {
  return std::holds_alternative<PortraitGet>(body) || std::holds_alternative<PortraitSet>(body);
}

}  // namespace

Envelope EnvelopeOf(const Body& body) {
  return IsProfile(body) ? Envelope::kWithDisplay : Envelope::kPlain;
}

Model::Model(const std::vector<AppSpec>& apps) {
  for (const AppSpec& spec : apps) apps_.push_back({spec, FieldsOf(spec), {}, {}, {}, {}});
}

// docs/protocol/errors.md §5.
std::optional<Answer> Model::Ask(const Request& request) {
  Caller caller;
  caller.app = request.who.app;
  auto refused =
      request.who.session ? CheckSession(request, caller) : CheckUserSig(request, caller);
  if (refused) return refused;
  if (request.is_broken) return Answer{Fail(60003, EnvelopeOf(request.body))};
  if (auto not_allowed = CheckAccess(request, caller)) return not_allowed;
  return std::visit([&](const auto& body) -> std::optional<Answer> { return Run(caller, body); },
                    request.body);
}

bool Model::IsAlive(const Session& session) const {
  return !session.has_ended && now_ms_ - session.last_used_ms <= kDayMs;
}

bool Model::IsInDoubt() const {
  return std::any_of(sessions_.begin(), sessions_.end(), [&](const Session& session) {
    std::int64_t idle_ms = now_ms_ - session.last_used_ms;
    return !session.has_ended && idle_ms > kDayMs && idle_ms <= kDayMs + kHourMs;
  });
}

// docs/protocol/wire-contract.md §3.
std::optional<Answer> Model::CheckSession(const Request& request, Caller& caller) {
  Session& session = sessions_.at(*request.who.session);
  if (session.app != caller.app || request.who.wrong_tiny_id || !IsAlive(session)) {
    if (Is<LongPolling>(request)) return Answer{FailBare(91101, Envelope::kPlain)};
    return Answer{Fail(60005, EnvelopeOf(request.body))};
  }
  session.last_used_ms = now_ms_;
  caller.account = session.account;
  caller.session = request.who.session;
  caller.is_admin = caller.account == apps_[caller.app].spec.admin;
  return std::nullopt;
}

// docs/protocol/usersig.md §4.
std::optional<Answer> Model::CheckUserSig(const Request& request, Caller& caller) {
  const Who& who = request.who;
  auto fail = [&](int code, std::string_view named = "") {
    return Answer{Fail(code, EnvelopeOf(request.body), named)};
  };
  switch (who.fault) {
    case SigFault::kNone: break;
    case SigFault::kEmpty: return fail(70002);
    case SigFault::kBroken: return fail(70003);
    case SigFault::kOtherAccount: return fail(70013, who.identifier);
    case SigFault::kOtherApp: return fail(70014);
    case SigFault::kOtherKey: return fail(70009);
    case SigFault::kFuture: return fail(70005);
    case SigFault::kExpired: return fail(70001);
  }
  if (!IsAccountId(who.identifier)) return fail(70003, who.identifier);
  auto& accounts = apps_[caller.app].accounts;
  auto found = accounts.find(who.identifier);
  bool is_revoked = found != accounts.end() && found->second.revoked_s &&
                    who.sig_time_s <= *found->second.revoked_s;
  if (is_revoked) return fail(70052, who.identifier);
  caller.account = who.identifier;
  caller.is_admin = caller.account == apps_[caller.app].spec.admin;
  return std::nullopt;
}

std::optional<Answer> Model::CheckAccess(const Request& request, const Caller& caller) {
  if (caller.is_admin || IsProfile(request.body) || Is<Login>(request)) return std::nullopt;
  if (!IsOfThePage(request)) return Answer{Fail(70403, Envelope::kPlain, caller.account)};
  if (caller.session) return std::nullopt;
  return Answer{Fail(60010, Envelope::kPlain, caller.account)};
}

Answer Model::Run(const Caller&, const AuthKey&) {
  return {OkObject(R"(,"AuthKey":"","IpList":[],"ExpireTime":0)")};
}

// docs/protocol/wire-contract.md §6.2.
Answer Model::Run(const Caller& caller, const Login&) {
  const Account* account = Find(caller.app, caller.account);
  if (account == nullptr && !apps_[caller.app].spec.auto_create) {
    return {Fail(70107, Envelope::kPlain, caller.account)};
  }
  if (account == nullptr) Create(caller.app, caller.account);
  auto tiny_id = Find(caller.app, caller.account)->tiny_id;
  std::string shown = tiny_id.value_or(std::string(1, kDigits));
  Answer answer{OkObject(R"(,"TinyId":")" + shown + R"(","A2Key":")" + kHex64 + '"')};
  answer.learn = [this, caller, tiny_id](const std::vector<std::string>& fills) {
    return Learn(caller, tiny_id.value_or(fills.front()), fills.back());
  };
  return answer;
}

std::string Model::Learn(const Caller& caller, const std::string& tiny_id, const std::string& a2) {
  App& app = apps_[caller.app];
  Account& account = app.accounts.at(caller.account);
  if (!account.tiny_id && !app.tiny_ids.insert(tiny_id).second) return "a TinyId given out twice";
  account.tiny_id = tiny_id;
  bool is_known = std::any_of(sessions_.begin(), sessions_.end(),
                              [&](const Session& session) { return session.a2 == a2; });
  if (is_known) return "an A2Key given out twice";
  sessions_.push_back({caller.app, caller.account, tiny_id, a2, now_ms_, false});
  return {};
}

// §6.8.
Answer Model::Run(const Caller& caller, const Logout&) {
  if (caller.session) EndSessions(caller.app, caller.account, caller.session, 60008);
  return {OkObject()};
}

// §6.9.
Answer Model::Run(const Caller& caller, const LogoutAll&) {
  EndSessions(caller.app, caller.account, std::nullopt, 91101);
  return {OkObject()};
}

void Model::EndSessions(std::size_t app, const std::string& account, std::optional<std::size_t> one,
                        int code) {
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = sessions_[i];
    bool is_meant = session.app == app && session.account == account && (!one || *one == i);
    if (!is_meant) continue;
    session.has_ended = true;
    auto& instances = apps_[app].instances;
    for (auto it = instances.begin(); it != instances.end();) {
      if (it->second.session != i) {
        ++it;
        continue;
      }
      EndPolls(app, it->first, code);
      it = instances.erase(it);
    }
  }
}

void Model::Sweep() {
  constexpr std::int64_t kLogMs = 7 * kDayMs;
  for (std::size_t i = 0; i < sessions_.size(); ++i) {
    Session& session = sessions_[i];
    if (session.has_ended || IsAlive(session)) continue;
    session.has_ended = true;
    std::erase_if(apps_[session.app].instances,
                  [i](const auto& entry) { return entry.second.session == i; });
  }
  for (App& app : apps_) {
    while (app.log.size() > 1 && now_ms_ - app.log.front().time_ms > kLogMs) {
      const Logged& oldest = app.log.front();
      app.accounts.at(oldest.account).changes.erase(oldest.notice_seq);
      app.log.pop_front();
    }
  }
}

std::optional<std::int64_t> Model::revoked_s(std::size_t app, const std::string& account) const {
  auto found = apps_[app].accounts.find(account);
  return found == apps_[app].accounts.end() ? std::nullopt : found->second.revoked_s;
}

std::uint32_t Model::standard_seq(std::size_t app, const std::string& account) const {
  auto found = apps_[app].accounts.find(account);
  return found == apps_[app].accounts.end() ? 0 : found->second.standard_seq;
}

}  // namespace sim
