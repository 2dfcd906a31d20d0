#pragma once

// The applications a server serves, and what an operator configured for each.

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "profile/account_id.h"
#include "profile/schema.h"

namespace auth {

struct App {
  explicit App(profile::AppId id_in) : id(id_in), standard_schema(id_in) {}

  profile::AppId id;
  bool enabled = true;
  std::string secret_key;  // used as text; empty: no UserSig can be verified (70016)
  std::set<std::string, std::less<>> admins;
  bool auto_create_on_login = true;
  profile::AccountId::Alphabet alphabet = profile::AccountId::Alphabet::kAscii;
  profile::Schema standard_schema;     // the standard fields as this app has them
  std::size_t max_requests_per_s = 0;  // of all its callers; 0: no limit
  std::size_t max_web_instances = 10;  // pages of one account that poll; the oldest beyond it ends
  profile::PushList push_list = profile::PushList::kDemoSafe;
  bool socket_unset_custom = true;  // unset custom fields are sent through WebSockets, as ""

  bool IsAdmin(std::string_view identifier) const { return admins.contains(identifier); }

  // The fields in force now. What it points to stays as it is; ask again for each request.
  std::shared_ptr<const profile::Schema> CurrentSchema() const;

  // Puts other custom fields in force, each of which profile::MergeCustomFields has checked. Any
  // thread.
  void SetCustomFields(const std::vector<profile::CustomField>& fields) const;

 private:
  mutable std::mutex mutex_;
  mutable std::shared_ptr<const profile::Schema> schema_;
};

// Built at start, then only read, but for the custom fields; safe to share between threads.
class Apps {
 public:
  // False: there is one with that id already.
  [[nodiscard]] bool Add(std::unique_ptr<App> app);

  const App* Find(profile::AppId id) const;

 private:
  std::unordered_map<profile::AppId, std::unique_ptr<App>> apps_;
};

}  // namespace auth
