#pragma once

// UserSig (TLSSigAPIv2, HMAC-SHA256): making and verifying. Source: docs/protocol/usersig.md.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "auth/app.h"
#include "base/errors.h"

namespace auth {

// The signed document.
struct UserSigClaims {
  std::string identifier;
  profile::AppId sdkappid = 0;
  std::int64_t time_s = 0;             // issued at, Unix seconds
  std::int64_t expire_s = 0;           // lifetime
  std::optional<std::string> userbuf;  // standard base64, as it stands in the document
};

// `secret_key` is the key's text as the console shows it; it is not hex-decoded.
std::string MakeUserSig(const UserSigClaims& claims, std::string_view secret_key);

// A UserSig taken apart, its signature not yet verified.
struct UserSigDocument {
  std::string version;
  UserSigClaims claims;
  std::string signature;  // the 32 bytes
};

// Errors: kUserSigEmpty, kUserSigBroken.
base::Result<UserSigDocument> DecodeUserSig(std::string_view usersig);

// Verifies a UserSig for `identifier` of `app` at `now_s`, in the order of usersig.md §4 but for
// the kick time, which the account's record knows. The detail of an error names the rule, never the
// UserSig.
base::Result<UserSigClaims> VerifyUserSig(std::string_view usersig, const App& app,
                                          std::string_view identifier, std::int64_t now_s);

// The last of its rules: whether a UserSig whose signature is right may be used at `now_s`.
base::Result<void> CheckUserSigTime(const UserSigClaims& claims, std::int64_t now_s);

}  // namespace auth
