#include "auth/app.h"

#include "base/check.h"

namespace auth {

std::shared_ptr<const profile::Schema> App::CurrentSchema() const {
  std::lock_guard lock(mutex_);
  return schema_;
}

void App::SetCustomFields(const std::vector<profile::CustomField>& fields) const {
  auto schema = std::make_shared<profile::Schema>(standard_schema);
  for (const profile::CustomField& field : fields) CHECK(schema->AddCustomField(field).empty());
  std::lock_guard lock(mutex_);
  schema_ = std::move(schema);
}

bool Apps::Add(std::unique_ptr<App> app) {
  profile::AppId id = app->id;
  return apps_.emplace(id, std::move(app)).second;
}

const App* Apps::Find(profile::AppId id) const {
  auto found = apps_.find(id);
  return found == apps_.end() ? nullptr : found->second.get();
}

}  // namespace auth
