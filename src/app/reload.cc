#include "app/reload.h"

#include <algorithm>

#include "store/wait.h"

namespace app {
namespace {

using base::Result;
using Fields = store::Store::Fields;

// Waits for what the store answers; an error names the app.
template <class Start>
Result<Fields> Await(const auth::App& app, Start start) {
  auto fields = store::Wait<Fields>(std::move(start));
  if (fields) return fields;
  return base::Fail(fields.error().code,
                    "app " + std::to_string(app.id) + ": " + fields.error().detail);
}

const AppConfig* FindApp(const Config& config, profile::AppId id) {
  auto found = std::find_if(config.apps.begin(), config.apps.end(),
                            [&](const AppConfig& app) { return app.sdkappid == id; });
  return found == config.apps.end() ? nullptr : &*found;
}

bool IsSameForGood(const AppConfig& a, const AppConfig& b) {
  return a.callback_url == b.callback_url && a.utf8_account_ids == b.utf8_account_ids;
}

}  // namespace

std::vector<std::string> WaitingForRestart(const Config& running, const Config& fresh) {
  std::vector<std::string> waiting;
  auto compare = [&waiting](const char* name, const auto& a, const auto& b) {
    if (!(a == b)) waiting.push_back(name);
  };
  compare("http", running.http, fresh.http);
  compare("https", running.https, fresh.https);
  compare("ops", running.ops, fresh.ops);
  compare("threads", running.threads, fresh.threads);
  compare("web_root", running.web_root, fresh.web_root);
  compare("error_display", running.error_display, fresh.error_display);
  compare("trusted_proxies", running.trusted_proxies, fresh.trusted_proxies);
  compare("disabled_commands", running.disabled_commands, fresh.disabled_commands);
  compare("websocket_prefix", running.websocket.prefix, fresh.websocket.prefix);
  compare("websocket_origins", running.websocket.origins, fresh.websocket.origins);
  compare("hello_interval_s", running.sockets.hello_interval_s, fresh.sockets.hello_interval_s);
  compare("stranger_profile_s", running.sockets.stranger_profile_s,
          fresh.sockets.stranger_profile_s);
  compare("engine", running.engine, fresh.engine);
  compare("data", running.data, fresh.data);
  compare("the sql store's settings", running.sql, fresh.sql);
  compare("block_cache_mb", running.block_cache_mb, fresh.block_cache_mb);
  compare("record_cache_mb", running.record_cache_mb, fresh.record_cache_mb);
  for (const AppConfig& app : running.apps) {
    const AppConfig* other = FindApp(fresh, app.sdkappid);
    bool is_same = other != nullptr && IsSameForGood(app, *other);
    if (!is_same) waiting.push_back("app " + std::to_string(app.sdkappid));
  }
  for (const AppConfig& app : fresh.apps) {
    bool is_new = FindApp(running, app.sdkappid) == nullptr;
    if (is_new) waiting.push_back("app " + std::to_string(app.sdkappid));
  }
  return waiting;
}

Result<void> CheckFields(store::Store& store, const auth::App& app,
                         const std::vector<profile::CustomField>& configured) {
  auto stored =
      Await(app, [&](store::Callback<Fields> done) { store.ReadFields(app.id, std::move(done)); });
  if (!stored) return tl::unexpected(stored.error());
  auto merged = profile::MergeCustomFields(*std::move(stored), configured, false);
  if (merged) return {};
  return base::Fail(merged.error().code,
                    "app " + std::to_string(app.id) + ": " + merged.error().detail);
}

// Stored fields win; the config only adds to them.
Result<void> AddFields(store::Store& store, const auth::App& app,
                       const std::vector<profile::CustomField>& configured) {
  auto fields = Await(app, [&](store::Callback<Fields> done) {
    auto merge = [&](Fields stored) {
      return profile::MergeCustomFields(std::move(stored), configured, false);
    };
    store.UpdateFields(app.id, merge, std::move(done));
  });
  if (!fields) return tl::unexpected(fields.error());
  app.SetCustomFields(*fields);
  return {};
}

}  // namespace app
