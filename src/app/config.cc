#include "app/config.h"

namespace app {

base::Result<std::unique_ptr<auth::App>> MakeApp(const AppConfig& config) {
  auto app = std::make_unique<auth::App>(config.sdkappid);
  app->enabled = config.enabled;
  app->max_requests_per_s = config.max_requests_per_s;
  app->max_web_instances = config.max_web_instances;
  app->push_list = config.profile_push_list;
  app->socket_unset_custom = config.socket_unset_custom;
  app->auto_create_on_login = config.auto_create_on_login;
  using Alphabet = profile::AccountId::Alphabet;
  app->alphabet = config.utf8_account_ids ? Alphabet::kUtf8 : Alphabet::kAscii;
  std::string problem = app->standard_schema.LimitLocation(config.location_max_bytes);
  app->SetTrust({config.secret_keys, {config.admins.begin(), config.admins.end()}});
  for (const std::string& admin : config.admins) {
    if (problem.empty() && !profile::AccountId::Parse(admin, app->alphabet)) {
      problem = "admin " + base::Quoted(admin) + " is not an account id";
    }
  }
  auto fields = profile::MergeCustomFields({}, config.custom_profile_fields, false);
  if (!fields && problem.empty()) problem = fields.error().detail;
  for (const auto& [tag, writers] : config.standard_write_overrides) {
    if (problem.empty()) problem = app->standard_schema.OverrideWriters(tag, writers);
  }
  if (!problem.empty()) {
    return base::Fail(base::Code::kInternal,
                      "app " + std::to_string(config.sdkappid) + ": " + problem);
  }
  app->SetCustomFields(*fields);
  return app;
}

}  // namespace app
