#include "auth/sessions.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>
#include <charconv>
#include <memory>

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
  // Asked for with every request: looking for the algorithm each time would cost more than it does.
  static EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                               &EVP_MD_CTX_free);
  CHECK(EVP_DigestInit_ex2(context.get(), kSha256, nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), a2_key.data(), a2_key.size()) == 1);
  CHECK(EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(id.data()), nullptr) ==
        1);
  return id;
}

bool IsAlive(const store::Session& session, std::string_view tiny_id, std::int64_t now_ms) {
  std::array<char, 20> digits;
  char* end = std::to_chars(digits.begin(), digits.end(), session.tiny_id).ptr;
  return tiny_id == std::string_view(digits.data(), end) &&
         now_ms - session.last_used_ms <= kSessionIdleMs + kSessionRenewMs;
}

}  // namespace auth
