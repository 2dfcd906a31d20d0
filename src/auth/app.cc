#include "auth/app.h"

namespace auth {

bool Apps::Add(std::unique_ptr<App> app) {
  profile::AppId id = app->id;
  return apps_.emplace(id, std::move(app)).second;
}

const App* Apps::Find(profile::AppId id) const {
  auto found = apps_.find(id);
  return found == apps_.end() ? nullptr : found->second.get();
}

}  // namespace auth
