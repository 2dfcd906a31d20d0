#pragma once

// The applications a server serves, and what an operator configured for each.

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "auth/rate_limit.h"
#include "profile/account_id.h"
#include "profile/schema.h"

namespace auth {

// Whom an app trusts.
struct Trust {
  // Any of them verifies a UserSig, so that one can replace another while both are in use; the
  // first signs. Used as text. None: no UserSig can be verified (70016).
  std::vector<std::string> secret_keys;
  std::set<std::string, std::less<>> admins;

  bool operator==(const Trust&) const = default;
};

struct App {
  explicit App(profile::AppId id_in) : id(id_in), standard_schema(id_in) { SetTrust({}); }

  const profile::AppId id;
  std::atomic<bool> enabled = true;
  std::atomic<bool> auto_create_on_login = true;
  profile::AccountId::Alphabet alphabet = profile::AccountId::Alphabet::kAscii;
  std::atomic<std::size_t> max_requests_per_s = 0;  // of all its callers; 0: no limit
  mutable SharedLimit requests{1000};               // counts them
  // Pages of one account that poll; the oldest beyond it ends.
  std::atomic<std::size_t> max_web_instances = 10;
  std::atomic<profile::PushList> push_list = profile::PushList::kDemoSafe;
  // Unset custom fields are sent through WebSockets, as "".
  std::atomic<bool> socket_unset_custom = true;
  profile::Schema standard_schema;  // the standard fields as this app has them; guarded by mutex_

  // Whom it trusts now. What is returned stays as it is, for as long as the app.
  const Trust& trust() const { return *trust_.load(std::memory_order_acquire); }
  void SetTrust(Trust trust);
  bool IsAdmin(std::string_view identifier) const { return trust().admins.contains(identifier); }

  // Takes over what an operator may change while the server runs; the custom fields it had are to
  // be set again. Any thread.
  void TakeSettings(const App& fresh);

  // The fields in force now: for one request, as others may be soon. What is returned stays as it
  // is, for as long as the app.
  const profile::Schema* CurrentSchema() const { return schema_.load(std::memory_order_acquire); }

  // Puts other custom fields in force, each of which profile::MergeCustomFields has checked. Any
  // thread.
  void SetCustomFields(const std::vector<profile::CustomField>& fields) const;

 private:
  mutable std::mutex mutex_;
  std::list<Trust> trusts_;  // all there ever were: a request may still look at one
  std::atomic<const Trust*> trust_ = nullptr;
  mutable std::list<profile::Schema> schemas_;               // the same
  mutable std::vector<profile::CustomField> custom_fields_;  // of the last one
  mutable bool is_stale_ = true;  // the standard fields have changed since
  mutable std::atomic<const profile::Schema*> schema_ = nullptr;
};

// Built at start, then only read, but for what an App guards; safe to share between threads.
class Apps {
 public:
  // False: there is one with that id already.
  [[nodiscard]] bool Add(std::unique_ptr<App> app);

  const App* Find(profile::AppId id) const;
  App* Find(profile::AppId id);

 private:
  std::unordered_map<profile::AppId, std::unique_ptr<App>> apps_;
};

}  // namespace auth
