#pragma once

// Who is calling, and whether it is so.
//
// A caller claims to be someone with a session or a UserSig; what the store has of either is the
// evidence, mostly in memory. Only Read waits.

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

#include "api/call.h"
#include "auth/verified_usersigs.h"

namespace api {

// What a call's credentials say, as far as that can be told without the store.
struct Claim {
  enum class Kind { kNobody, kSession, kUserSig };

  Kind kind = Kind::kNobody;
  const auth::App* app = nullptr;
  store::SessionId session = {};                   // kSession
  std::string_view tiny_id = {};                   // kSession; in the call's query
  std::optional<profile::AccountId> account = {};  // kUserSig, which is verified
  std::int64_t usersig_time_s = 0;                 // when that was issued
};

// What the store has of a claim.
struct Evidence {
  std::optional<store::Session> session = {};
  store::RecordPtr record = {};
};

// One per process; any thread.
class Admission {
 public:
  explicit Admission(Services& services) : services_(services) {}

  // Whom the call claims to come from: the app, then the credentials.
  base::Result<Claim> Identify(const Call& call);

  // The evidence, where that is in memory.
  std::optional<base::Result<Evidence>> Peek(const Claim& claim);
  boost::asio::awaitable<base::Result<Evidence>> Read(const Claim& claim);

  // The caller, if the evidence bears the claim out.
  base::Result<Caller> Decide(const Claim& claim, const base::Result<Evidence>& evidence);

 private:
  base::Result<Claim> FindCredentials(const Call& call, const auth::App& app);
  base::Result<Claim> CheckUserSig(const Call& call, const auth::App& app,
                                   std::string_view identifier);
  base::Result<Caller> DecideSession(const Claim& claim, const Evidence& evidence);
  base::Result<Caller> DecideUserSig(const Claim& claim, const Evidence& evidence);
  void Renew(profile::AppId app, const store::SessionId& session, std::int64_t now_ms);

  // The sessions whose renewal is under way: one of all their requests asks for it.
  struct Renewals {
    std::mutex mutex;
    std::set<std::pair<profile::AppId, store::SessionId>> sessions;
  };

  static constexpr std::size_t kUserSigBytes = 4 << 20;  // some thousand of those in use

  Services& services_;
  std::shared_ptr<Renewals> renewals_ = std::make_shared<Renewals>();  // the store's callbacks too
  auth::VerifiedUserSigs usersigs_{kUserSigBytes};
};

}  // namespace api
