#include "auth/sessions.h"

#include <openssl/rand.h>

#include <array>
#include <charconv>

#include "auth/sha256.h"
#include "base/base64.h"
#include "base/check.h"

namespace auth {

std::string MakeRandomHex() {
  std::array<char, 32> bytes;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) == 1);
  return base::EncodeHex({bytes.data(), bytes.size()});
}

store::SessionId ToSessionId(std::string_view a2_key) { return Sha256(a2_key); }

bool IsAlive(const store::Session& session, std::string_view tiny_id, std::int64_t now_ms) {
  std::array<char, 20> digits;
  char* end = std::to_chars(digits.begin(), digits.end(), session.tiny_id).ptr;
  return tiny_id == std::string_view(digits.data(), end) &&
         now_ms - session.last_used_ms <= kSessionIdleMs + kSessionRenewMs;
}

}  // namespace auth
