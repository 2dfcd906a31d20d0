#pragma once

// The requests the micro-benchmarks work on, and a small server without sockets to ask.

#include <memory>
#include <string>

#include "api/front_http.h"
#include "base/clock.h"
#include "store/store.h"

namespace bench {

inline constexpr profile::AppId kApp = 1400000001;
inline constexpr std::size_t kAccounts = 1000;

// `u00000042`.
std::string AccountName(std::size_t i);

// A portrait_get of `accounts` accounts and six tags, as its parts and as a browser sends it.
std::string GetBody(std::size_t accounts);
std::string GetRequest(const std::string& target, const std::string& body);

// Puts kAccounts accounts of ten fields into the store.
void Fill(store::Store& store);

// The API over a filled memory store, with an account that has a session.
class Api {
 public:
  Api();
  ~Api();

  // Path and query of a portrait_get, by session or by UserSig.
  std::string SessionTarget() const;
  std::string UserSigTarget() const;

  // Answers a POST; nothing in it waits.
  std::string Answer(const std::string& target, const std::string& body);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace bench
