#include "auth/app.h"

#include "base/check.h"

namespace auth {

void App::SetCustomFields(const std::vector<profile::CustomField>& fields) const {
  std::lock_guard lock(mutex_);
  if (!is_stale_ && fields == custom_fields_) return;
  profile::Schema& schema = schemas_.emplace_back(standard_schema);
  for (const profile::CustomField& field : fields) CHECK(schema.AddCustomField(field).empty());
  custom_fields_ = fields;
  is_stale_ = false;
  schema_.store(&schema, std::memory_order_release);
}

void App::SetTrust(Trust trust) {
  std::lock_guard lock(mutex_);
  if (!trusts_.empty() && trusts_.back() == trust) return;
  trust_.store(&trusts_.emplace_back(std::move(trust)), std::memory_order_release);
}

void App::TakeSettings(const App& fresh) {
  enabled = fresh.enabled.load();
  auto_create_on_login = fresh.auto_create_on_login.load();
  max_requests_per_s = fresh.max_requests_per_s.load();
  max_web_instances = fresh.max_web_instances.load();
  push_list = fresh.push_list.load();
  socket_unset_custom = fresh.socket_unset_custom.load();
  SetTrust(fresh.trust());
  std::lock_guard lock(mutex_);
  standard_schema = fresh.standard_schema;
  is_stale_ = true;
}

bool Apps::Add(std::unique_ptr<App> app) {
  profile::AppId id = app->id;
  return apps_.emplace(id, std::move(app)).second;
}

const App* Apps::Find(profile::AppId id) const {
  auto found = apps_.find(id);
  return found == apps_.end() ? nullptr : found->second.get();
}

App* Apps::Find(profile::AppId id) {
  auto found = apps_.find(id);
  return found == apps_.end() ? nullptr : found->second.get();
}

}  // namespace auth
