#include "api/admission.h"

#include <charconv>

#include "api/await.h"
#include "api/commands.h"
#include "api/profiles.h"
#include "auth/sessions.h"
#include "auth/usersig.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::Result;

// The app a call names: 60012, 60006, 70020, 60016 in this order.
Result<const auth::App*> FindApp(const Query& query, const auth::Apps& apps) {
  auto text = query.Find("sdkappid");
  if (!text || text->empty()) return Fail(Code::kNoSdkAppId);
  profile::AppId id = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), id);
  if (error != std::errc() || end != text->data() + text->size() || id == 0) {
    // Not quoted: where a client joins its query wrongly, its credentials are part of this.
    return Fail(Code::kInvalidSdkAppId, "sdkappid is not a positive integer");
  }
  const auth::App* app = apps.Find(id);
  if (app == nullptr) return Fail(Code::kUnknownApp, "sdkappid " + std::to_string(id));
  if (!app->enabled) return Fail(Code::kAppDisabled, "sdkappid " + std::to_string(id));
  return app;
}

// Whoever calls what anyone may.
Caller Nobody() {
  static const profile::AccountId kNobody = *profile::AccountId::Parse("nobody");
  return {.account = kNobody};
}

Caller MakeCaller(const auth::App& app, const profile::AccountId& account) {
  Caller caller{.app = &app, .schema = app.CurrentSchema(), .account = account};
  if (app.IsAdmin(account.View())) caller.role = profile::Role::kAdmin;
  return caller;
}

}  // namespace

Result<Claim> Admission::Identify(const Call& call) {
  if (call.command->access == Access::kAnyone) return Claim();
  auto app = FindApp(call.query, services_.apps);
  if (!app) return tl::unexpected(app.error());
  auto claim = FindCredentials(call, **app);
  if (!claim && call.command->access == Access::kLeaving) return Claim();
  return claim;
}

Result<Claim> Admission::FindCredentials(const Call& call, const auth::App& app) {
  auto tiny_id = call.query.Find("tinyid");
  auto a2_key = call.query.Find("a2");
  if (tiny_id && a2_key && call.command->access != Access::kUserSig) {
    return Claim{.kind = Claim::Kind::kSession,
                 .app = &app,
                 .session = auth::ToSessionId(*a2_key),
                 .tiny_id = *tiny_id};
  }
  auto identifier = call.query.Find("identifier");
  if (!identifier || identifier->empty()) {
    return Fail(Code::kNoCredentials, "neither tinyid and a2 nor identifier and usersig");
  }
  return CheckUserSig(call, app, *identifier);
}

Result<Claim> Admission::CheckUserSig(const Call& call, const auth::App& app,
                                      std::string_view identifier) {
  std::int64_t now_ms = services_.clock.NowMs();
  // The owner of the account, elsewhere, is not locked out with who guesses here.
  auto who = [&] {
    return auth::ToOpaqueKey(std::to_string(app.id) + ' ' + call.client_ip + ' ' +
                             std::string(identifier));
  };
  auth::RateLimit& failures = services_.limits.usersig_failures;
  if (!failures.IsQuiet(now_ms) && !failures.IsWithin(who(), now_ms)) {
    return Fail(Code::kTooManyFailures);
  }
  std::string_view usersig = call.query.Find("usersig").value_or("");
  auto claims = usersigs_.Verify(usersig, app, identifier, now_ms / 1000);
  if (!claims) {
    failures.Count(who(), now_ms);
    return tl::unexpected(claims.error());
  }
  auto account = profile::AccountId::Parse(identifier, app.alphabet);
  if (!account) {
    return Fail(Code::kUserSigBroken, base::Quoted(identifier) + " is not an account id");
  }
  return Claim{.kind = Claim::Kind::kUserSig,
               .app = &app,
               .account = *account,
               .usersig_time_s = claims->time_s};
}

std::optional<Result<Evidence>> Admission::Peek(const Claim& claim) {
  if (claim.kind == Claim::Kind::kNobody) return Evidence();
  if (claim.kind == Claim::Kind::kSession) {
    auto session = services_.store.PeekSession(claim.app->id, claim.session);
    if (!session) return std::nullopt;
    return Evidence{.session = std::move(session)};
  }
  auto record = services_.store.PeekAccount(claim.app->id, *claim.account);
  if (!record) return std::nullopt;
  return Evidence{.record = *std::move(record)};
}

asio::awaitable<Result<Evidence>> Admission::Read(const Claim& claim) {
  Evidence evidence;
  if (claim.kind == Claim::Kind::kSession) {
    using Session = std::optional<store::Session>;
    std::function<void(store::Callback<Session>)> start = [&](store::Callback<Session> done) {
      services_.store.FindSession(claim.app->id, claim.session, std::move(done));
    };
    auto session = co_await Await<Session>(start);
    if (!session) co_return tl::unexpected(session.error());
    evidence.session = *std::move(session);
  } else {
    auto record = co_await ReadRecord(services_, claim.app->id, *claim.account);
    if (!record) co_return tl::unexpected(record.error());
    evidence.record = *std::move(record);
  }
  co_return evidence;
}

Result<Caller> Admission::Decide(const Claim& claim, const Result<Evidence>& evidence) {
  if (claim.kind == Claim::Kind::kNobody) return Nobody();
  if (!evidence) return tl::unexpected(evidence.error());
  bool is_session = claim.kind == Claim::Kind::kSession;
  return is_session ? DecideSession(claim, *evidence) : DecideUserSig(claim, *evidence);
}

Result<Caller> Admission::DecideSession(const Claim& claim, const Evidence& evidence) {
  const auto& session = evidence.session;
  std::int64_t now_ms = services_.clock.NowMs();
  if (!session || !auth::IsAlive(*session, claim.tiny_id, now_ms)) return Fail(Code::kDeadSession);
  if (now_ms - session->last_used_ms >= auth::kSessionRenewMs) {
    Renew(claim.app->id, claim.session, now_ms);
  }
  Caller caller = MakeCaller(*claim.app, session->account);
  caller.session = session;
  return caller;
}

// Not waited for: a renewal that is lost only ends the session an hour early.
void Admission::Renew(profile::AppId app, const store::SessionId& session, std::int64_t now_ms) {
  {
    std::lock_guard lock(renewals_->mutex);
    if (!renewals_->sessions.insert({app, session}).second) return;
  }
  auto done = [renewals = renewals_, app, session](const Result<bool>&) {
    std::lock_guard lock(renewals->mutex);
    renewals->sessions.erase({app, session});
  };
  services_.store.RenewSession(app, session, now_ms, std::move(done));
}

// Login looks at the record again, together with what it writes: a kick may come in between.
Result<Caller> Admission::DecideUserSig(const Claim& claim, const Evidence& evidence) {
  const profile::Record* record = evidence.record.get();
  if (record != nullptr && claim.usersig_time_s <= record->header().kick_time_s) {
    return Fail(Code::kUserSigRevoked, base::Quoted(claim.account->View()));
  }
  Caller caller = MakeCaller(*claim.app, *claim.account);
  caller.usersig_time_s = claim.usersig_time_s;
  return caller;
}

}  // namespace api
