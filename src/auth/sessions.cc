#include "auth/sessions.h"

#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

#include "base/base64.h"
#include "base/check.h"

namespace auth {

std::string MakeRandomHex() {
  std::array<char, 32> bytes;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size()) == 1);
  return base::EncodeHex({bytes.data(), bytes.size()});
}

store::SessionId ToSessionId(std::string_view a2_key) {
  store::SessionId id;
  static_assert(sizeof(id) == SHA256_DIGEST_LENGTH);
  SHA256(reinterpret_cast<const unsigned char*>(a2_key.data()), a2_key.size(),
         reinterpret_cast<unsigned char*>(id.data()));
  return id;
}

bool IsAlive(const store::Session& session, std::string_view tiny_id, std::int64_t now_ms) {
  return tiny_id == std::to_string(session.tiny_id) &&
         now_ms - session.last_used_ms <= kSessionIdleMs + kSessionRenewMs;
}

}  // namespace auth
