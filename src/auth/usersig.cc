#include "auth/usersig.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/base64.h"
#include "base/check.h"
#include "base/json.h"
#include "base/json_string.h"

namespace auth {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;

constexpr std::size_t kMaxUserSigBytes = 4096;
constexpr std::size_t kMaxDocumentBytes = 8192;
constexpr std::int64_t kMaxClockSkewS = 600;

std::string SignedText(const UserSigClaims& claims) {
  std::string text = "TLS.identifier:" + claims.identifier +
                     "\nTLS.sdkappid:" + std::to_string(claims.sdkappid) +
                     "\nTLS.time:" + std::to_string(claims.time_s) +
                     "\nTLS.expire:" + std::to_string(claims.expire_s) + '\n';
  if (claims.userbuf) text += "TLS.userbuf:" + *claims.userbuf + '\n';
  return text;
}

std::string Sign(const UserSigClaims& claims, std::string_view secret_key) {
  std::string text = SignedText(claims);
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  CHECK(HMAC(EVP_sha256(), secret_key.data(), static_cast<int>(secret_key.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(),
             &size) != nullptr);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

// In a time that does not tell where they differ.
bool IsSame(std::string_view given, std::string_view expected) {
  return given.size() == expected.size() &&
         CRYPTO_memcmp(given.data(), expected.data(), expected.size()) == 0;
}

std::string Deflate(std::string_view text) {
  uLongf size = compressBound(text.size());
  std::string out(size, '\0');
  CHECK(compress(reinterpret_cast<Bytef*>(out.data()), &size,
                 reinterpret_cast<const Bytef*>(text.data()), text.size()) == Z_OK);
  out.resize(size);
  return out;
}

// The whole stream up to its end mark and check sum, at most kMaxDocumentBytes; otherwise nothing.
std::optional<std::string> Inflate(std::string_view bytes) {
  std::string out(kMaxDocumentBytes, '\0');
  uLongf size = out.size();
  uLong consumed = bytes.size();
  int result = uncompress2(reinterpret_cast<Bytef*>(out.data()), &size,
                           reinterpret_cast<const Bytef*>(bytes.data()), &consumed);
  if (result != Z_OK || consumed != bytes.size()) return std::nullopt;
  out.resize(size);
  return out;
}

// The UserSig's own variant of base64: '*' for '+', '-' for '/', '_' for '='.
char ToWire(char c) { return c == '+' ? '*' : c == '/' ? '-' : c == '=' ? '_' : c; }

// '\0', which base64 refuses, for what the UserSig alphabet does not have.
char FromWire(char c) {
  if (c == '*') return '+';
  if (c == '-') return '/';
  if (c == '_') return '=';
  return c == '+' || c == '/' || c == '=' ? '\0' : c;
}

std::optional<std::int64_t> ReadNumber(JsonValue value) {
  if (value.Is(JsonValue::Type::kInteger)) return value.Integer();
  if (!value.Is(JsonValue::Type::kString)) return std::nullopt;
  std::string_view text = value.String();
  std::int64_t number = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::string> ReadString(JsonValue value) {
  if (!value.Is(JsonValue::Type::kString)) return std::nullopt;
  return std::string(value.String());
}

std::optional<UserSigDocument> ReadDocument(JsonValue root) {
  if (!root.Is(JsonValue::Type::kObject)) return std::nullopt;
  auto version = ReadString(root.Find("TLS.ver"));
  auto identifier = ReadString(root.Find("TLS.identifier"));
  auto sdkappid = ReadNumber(root.Find("TLS.sdkappid"));
  auto time_s = ReadNumber(root.Find("TLS.time"));
  auto expire_s = ReadNumber(root.Find("TLS.expire"));
  auto encoded_signature = ReadString(root.Find("TLS.sig"));
  if (!version || !identifier || !sdkappid || *sdkappid < 0 || !time_s || !expire_s ||
      !encoded_signature) {
    return std::nullopt;
  }
  // A line end would let one signed line pass for several.
  if (identifier->find('\n') != std::string::npos) return std::nullopt;
  UserSigDocument document;
  document.version = *version;
  document.claims = {*identifier, static_cast<profile::AppId>(*sdkappid), *time_s, *expire_s, {}};
  if (JsonValue userbuf = root.Find("TLS.userbuf"); !userbuf.IsMissing()) {
    document.claims.userbuf = ReadString(userbuf);
    if (!document.claims.userbuf || !base::DecodeBase64(*document.claims.userbuf)) {
      return std::nullopt;
    }
  }
  auto signature = base::DecodeBase64(*encoded_signature);
  if (!signature) return std::nullopt;
  document.signature = *std::move(signature);
  return document;
}

}  // namespace

std::string MakeUserSig(const UserSigClaims& claims, std::string_view secret_key) {
  std::string json = R"({"TLS.ver":"2.0","TLS.identifier":)";
  base::AppendJsonString(json, claims.identifier);
  json += ",\"TLS.sdkappid\":" + std::to_string(claims.sdkappid) +
          ",\"TLS.time\":" + std::to_string(claims.time_s) +
          ",\"TLS.expire\":" + std::to_string(claims.expire_s);
  if (claims.userbuf) {
    json += ",\"TLS.userbuf\":";
    base::AppendJsonString(json, *claims.userbuf);
  }
  json += ",\"TLS.sig\":\"" + base::EncodeBase64(Sign(claims, secret_key)) + "\"}";
  std::string usersig = base::EncodeBase64(Deflate(json));
  std::transform(usersig.begin(), usersig.end(), usersig.begin(), ToWire);
  return usersig;
}

base::Result<UserSigDocument> DecodeUserSig(std::string_view usersig) {
  if (usersig.empty()) return Fail(Code::kUserSigEmpty);
  if (usersig.size() > kMaxUserSigBytes) {
    return Fail(Code::kUserSigBroken, "the UserSig is longer than 4096 bytes");
  }
  std::string text(usersig);
  std::transform(text.begin(), text.end(), text.begin(), FromWire);
  auto bytes = base::DecodeBase64(text);
  if (!bytes) return Fail(Code::kUserSigBroken, "the UserSig is not base64 of its alphabet");
  auto json = Inflate(*bytes);
  if (!json) return Fail(Code::kUserSigBroken, "the UserSig is not a whole zlib stream");
  base::JsonParser parser;
  auto root = parser.Parse(*json);
  if (!root) return Fail(Code::kUserSigBroken, "the UserSig does not hold JSON");
  auto document = ReadDocument(*root);
  if (!document)
    return Fail(Code::kUserSigBroken, "the UserSig lacks a member or has a wrong type");
  return *std::move(document);
}

base::Result<UserSigClaims> VerifyUserSig(std::string_view usersig, const App& app,
                                          std::string_view identifier, std::int64_t now_s) {
  auto document = DecodeUserSig(usersig);
  if (!document) return tl::unexpected(document.error());
  const UserSigClaims& claims = document->claims;
  if (document->version != "2.0") return Fail(Code::kUserSigUnsupported, "TLS.ver is not 2.0");
  if (claims.identifier != identifier) {
    return Fail(Code::kUserSigWrongIdentifier,
                "the UserSig was not made for " + base::Quoted(identifier));
  }
  if (claims.sdkappid != app.id) {
    return Fail(Code::kUserSigWrongApp,
                "the UserSig was not made for sdkappid " + std::to_string(app.id));
  }
  const auto& keys = app.trust().secret_keys;
  if (keys.empty()) {
    return Fail(Code::kNoKeyForApp, "sdkappid " + std::to_string(app.id) + " has no secret key");
  }
  bool is_signed = std::any_of(keys.begin(), keys.end(), [&](const std::string& key) {
    return IsSame(document->signature, Sign(claims, key));
  });
  if (!is_signed) {
    return Fail(Code::kUserSigWrongKey,
                "the signature was not made with a key of sdkappid " + std::to_string(app.id));
  }
  if (auto in_time = CheckUserSigTime(claims, now_s); !in_time) {
    return tl::unexpected(in_time.error());
  }
  return claims;
}

base::Result<void> CheckUserSigTime(const UserSigClaims& claims, std::int64_t now_s) {
  if (claims.expire_s <= 0) return Fail(Code::kUserSigUnsupported, "TLS.expire is not above 0");
  if (claims.time_s > now_s + kMaxClockSkewS) {
    return Fail(Code::kUserSigUnsupported, "TLS.time is more than 600 s in the future");
  }
  if (claims.time_s < 0 || claims.expire_s < now_s - claims.time_s) {
    return Fail(Code::kUserSigExpired,
                "the UserSig of " + base::Quoted(claims.identifier) + " has expired");
  }
  return {};
}

}  // namespace auth
