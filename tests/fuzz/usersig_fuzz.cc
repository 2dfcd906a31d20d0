// Any bytes as a UserSig: decoded or refused, never valid under a key that did not sign it; and
// what we sign is valid, whatever it says.

#include "auth/usersig.h"
#include "base/utf8.h"
#include "tests/fuzz/input.h"

namespace {

using fuzz::Expect;

constexpr std::string_view kKey = "a key that signs";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  static const auth::App* app = [] {
    auto made = new auth::App(1400000001);
    made->SetTrust({{"another key", "and one more"}, {}});
    return made;
  }();
  auto document = auth::DecodeUserSig(text);
  std::string identifier = document ? document->claims.identifier : "alice";
  std::int64_t now_s = document ? document->claims.time_s : 1700000000;
  Expect(!auth::VerifyUserSig(text, *app, identifier, now_s), "nobody signed that");

  fuzz::Input input(data, size);
  auth::UserSigClaims claims;
  claims.sdkappid = app->id;
  claims.time_s = static_cast<std::int64_t>(input.Number() >> 20);
  claims.expire_s = 1 + static_cast<std::int64_t>(input.Number() >> 20);
  claims.identifier = input.Text(32);
  bool is_signable = base::IsUtf8(claims.identifier) &&
                     claims.identifier.find('\n') == std::string::npos &&
                     claims.identifier.find('\0') == std::string::npos;
  if (!is_signable) return 0;
  static auth::App* own = new auth::App(1400000001);
  own->SetTrust({{"the one before", std::string(kKey)}, {}});
  std::string usersig = auth::MakeUserSig(claims, kKey);
  auto verified = auth::VerifyUserSig(usersig, *own, claims.identifier, claims.time_s);
  Expect(verified.has_value(), "what we sign is valid");
  Expect(verified->identifier == claims.identifier && verified->time_s == claims.time_s &&
             verified->expire_s == claims.expire_s,
         "and says what it said");
  return 0;
}
