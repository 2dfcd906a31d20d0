#include "net/tls.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "base/files.h"

namespace net {
namespace {

namespace ssl = boost::asio::ssl;
using base::Fail;

constexpr long kTenYearsS = 3650l * 24 * 3600;

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;

bool AddExtension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  std::unique_ptr<X509_EXTENSION, Freer<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  return extension != nullptr && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate MakeCertificate(EVP_PKEY* key) {
  Certificate certificate(X509_new());
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  X509* x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(x509), serial >> 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x509), kTenYearsS);
  X509_set_pubkey(x509, key);
  X509_NAME* name = X509_get_subject_name(x509);
  const auto* text = reinterpret_cast<const unsigned char*>("localhost");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(x509, name);
  bool made = AddExtension(x509, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
              AddExtension(x509, NID_basic_constraints, "critical,CA:TRUE") &&
              X509_sign(x509, key, EVP_sha256()) > 0;
  return made ? std::move(certificate) : nullptr;
}

// What `write` writes to a memory BIO.
template <class Write>
std::string ToPem(Write write) {
  std::unique_ptr<BIO, Freer<BIO_free_all>> bio(BIO_new(BIO_s_mem()));
  if (bio == nullptr || write(bio.get()) != 1) return {};
  const BUF_MEM* memory = nullptr;
  BIO_get_mem_ptr(bio.get(), &memory);
  return {memory->data, memory->length};
}

}  // namespace

base::Result<void> TlsContext::Load(const std::string& certificate_file,
                                    const std::string& key_file) {
  auto fresh = std::make_shared<ssl::context>(ssl::context::tls_server);
  SSL_CTX_set_min_proto_version(fresh->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_mode(fresh->native_handle(), SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_options(fresh->native_handle(), SSL_OP_NO_RENEGOTIATION);
  boost::system::error_code error;
  fresh->use_certificate_chain_file(certificate_file, error);
  if (error) return Fail(base::Code::kInternal, certificate_file + ": " + error.message());
  fresh->use_private_key_file(key_file, ssl::context::pem, error);
  if (error) return Fail(base::Code::kInternal, key_file + ": " + error.message());
  std::lock_guard lock(mutex_);
  context_ = std::move(fresh);
  return {};
}

void TlsContext::Take(const TlsContext& fresh) {
  auto taken = fresh.Current();
  std::lock_guard lock(mutex_);
  context_ = std::move(taken);
}

std::shared_ptr<ssl::context> TlsContext::Current() const {
  std::lock_guard lock(mutex_);
  return context_;
}

base::Result<void> MakeSelfSigned(const std::string& certificate_file,
                                  const std::string& key_file) {
  if (::access(certificate_file.c_str(), F_OK) == 0 && ::access(key_file.c_str(), F_OK) == 0) {
    return {};
  }
  Key key(EVP_EC_gen("P-256"));
  Certificate certificate = key == nullptr ? nullptr : MakeCertificate(key.get());
  if (certificate == nullptr) return Fail(base::Code::kInternal, "no certificate could be made");
  std::string key_pem = ToPem([&](BIO* bio) {
    return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  std::string pem = ToPem([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
  if (key_pem.empty() || pem.empty()) {
    return Fail(base::Code::kInternal, "no certificate could be made");
  }
  // The certificate last: as long as it is missing the next start makes both again.
  ::unlink(certificate_file.c_str());
  if (auto written = base::WriteFileAtomically(key_file, key_pem); !written) return written;
  return base::WriteFileAtomically(certificate_file, pem, 0644);
}

}  // namespace net
