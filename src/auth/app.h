#pragma once

// The applications a server serves, and what an operator configured for each.

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>

#include "profile/account_id.h"
#include "profile/schema.h"

namespace auth {

struct App {
  explicit App(profile::AppId id_in) : id(id_in), schema(id_in) {}

  profile::AppId id;
  bool enabled = true;
  std::string secret_key;  // used as text; empty: no UserSig can be verified (70016)
  std::set<std::string, std::less<>> admins;
  bool auto_create_on_login = true;
  profile::AccountId::Alphabet alphabet = profile::AccountId::Alphabet::kAscii;
  profile::Schema schema;
  std::size_t max_requests_per_s = 0;  // of all its callers; 0: no limit
  std::size_t max_web_instances = 10;  // pages of one account that poll; the oldest beyond it ends
  profile::PushList push_list = profile::PushList::kDemoSafe;

  bool IsAdmin(std::string_view identifier) const { return admins.contains(identifier); }
};

// Built at start, then only read; safe to share between threads.
class Apps {
 public:
  // False: there is one with that id already.
  [[nodiscard]] bool Add(std::unique_ptr<App> app);

  const App* Find(profile::AppId id) const;

 private:
  std::unordered_map<profile::AppId, std::unique_ptr<App>> apps_;
};

}  // namespace auth
