#include "auth/verified_usersigs.h"

namespace auth {

base::Result<UserSigClaims> VerifiedUserSigs::Verify(std::string_view usersig, const App& app,
                                                     std::string_view identifier,
                                                     std::int64_t now_s) {
  const Trust* trust = &app.trust();
  std::string key(usersig);
  auto known = verified_.Find(key);
  if (known && (*known)->trust == trust && (*known)->claims.identifier == identifier) {
    const UserSigClaims& claims = (*known)->claims;
    if (auto in_time = CheckUserSigTime(claims, now_s); !in_time) {
      return tl::unexpected(in_time.error());
    }
    return claims;
  }
  auto claims = VerifyUserSig(usersig, app, identifier, now_s);
  // Whoever changed the keys meanwhile is not told of an older one's verdict.
  if (!claims || &app.trust() != trust) return claims;
  std::size_t bytes = sizeof(Verified) + usersig.size() + 2 * identifier.size() + 64;
  verified_.Replace(key, std::make_shared<const Verified>(Verified{*claims, trust}), bytes);
  return claims;
}

}  // namespace auth
