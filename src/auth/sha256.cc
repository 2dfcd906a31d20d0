#include "auth/sha256.h"

#include <openssl/evp.h>

#include <memory>

#include "base/check.h"

namespace auth {

Sha256Digest Sha256(std::string_view text) {
  // Asked for with every request: looking for the algorithm each time would cost more than it does.
  static EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_local std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                               &EVP_MD_CTX_free);
  Sha256Digest digest;
  CHECK(EVP_DigestInit_ex2(context.get(), kSha256, nullptr) == 1);
  CHECK(EVP_DigestUpdate(context.get(), text.data(), text.size()) == 1);
  auto* out = reinterpret_cast<unsigned char*>(digest.data());
  CHECK(EVP_DigestFinal_ex(context.get(), out, nullptr) == 1);
  return digest;
}

}  // namespace auth
