#pragma once

// UserSigs that were verified before: back ends send the same one with every request.

#include <memory>
#include <string>
#include <string_view>

#include "auth/usersig.h"
#include "base/cache.h"

namespace auth {

// Thread-safe.
class VerifiedUserSigs {
 public:
  explicit VerifiedUserSigs(std::size_t max_bytes) : verified_(max_bytes) {}

  // As VerifyUserSig. Of one verified before for the same app, with the keys it still has, only the
  // time is looked at.
  base::Result<UserSigClaims> Verify(std::string_view usersig, const App& app,
                                     std::string_view identifier, std::int64_t now_s);

 private:
  struct Verified {
    UserSigClaims claims;
    const Trust* trust;  // by whose keys; an app never uses the place of one for another
  };

  // Nobody but who knows a key can choose what is held.
  base::Cache<std::string, std::shared_ptr<const Verified>, std::hash<std::string>> verified_;
};

}  // namespace auth
