#include "app/server.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <thread>

#include "api/pipeline.h"
#include "app/callback.h"
#include "app/dev.h"
#include "app/reload.h"
#include "app/routes.h"
#include "auth/sessions.h"
#include "base/json_string.h"
#include "net/server.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace app {
namespace {

using base::Result;

constexpr std::chrono::seconds kGrace{10};
constexpr std::int64_t kChangeLogMs = 7ll * 24 * 3600 * 1000;

Result<std::unique_ptr<store::Store>> OpenStore(const Config& config) {
  if (config.engine == Engine::kMemory) return std::make_unique<store::MemoryStore>();
  if (config.engine == Engine::kSql) return store::sql::OpenSqlStore(config.sql);
  store::RocksDbOptions options;
  options.path = config.data + "/store";
  options.record_cache_bytes = config.record_cache_mb << 20;
  options.block_cache_bytes = config.block_cache_mb << 20;
  return store::OpenRocksDbStore(options);
}

Result<std::unique_ptr<auth::Apps>> MakeApps(const Config& config) {
  auto apps = std::make_unique<auth::Apps>();
  for (const AppConfig& app_config : config.apps) {
    auto app = MakeApp(app_config);
    if (!app) return tl::unexpected(app.error());
    if (!apps->Add(*std::move(app))) {
      return base::Fail(base::Code::kInternal,
                        "app " + std::to_string(app_config.sdkappid) + " is declared twice");
    }
  }
  return apps;
}

// Where the page is when the config does not say: beside the program, as built or as installed.
std::string FindPage() {
  std::error_code error;
  auto program = std::filesystem::read_symlink("/proc/self/exe", error);
  for (const char* place : {"../web", "../share/portrait/web"}) {
    auto folder = program.parent_path() / place;
    if (std::filesystem::exists(folder / "index.html", error)) return folder.string();
  }
  return {};
}

Result<std::shared_ptr<net::TlsContext>> MakeTls(const Config& config) {
  std::string certificate = config.tls_certificate;
  std::string key = config.tls_key;
  if (certificate.empty()) {
    certificate = config.data + "/tls_certificate.pem";
    key = config.data + "/tls_key.pem";
    if (!config.dev)
      base::LogWarning("https has a self-signed certificate", {{"file", certificate}});
    if (auto made = net::MakeSelfSigned(certificate, key); !made) {
      return tl::unexpected(made.error());
    }
  }
  auto tls = std::make_shared<net::TlsContext>();
  if (auto loaded = tls->Load(certificate, key); !loaded) return tl::unexpected(loaded.error());
  return tls;
}

// Lets the process open as many files as the machine allows it, and leaves some of them to the
// store: a client that opens connections must not keep it from opening its next file.
net::Limits FitToFiles(net::Limits limits) {
  constexpr std::size_t kForTheStore = 512;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return limits;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_NOFILE, &files);
  std::size_t spare =
      files.rlim_cur > 2 * kForTheStore ? files.rlim_cur - kForTheStore : files.rlim_cur / 2;
  if (spare < limits.max_connections) {
    base::LogWarning("fewer connections than configured: too few files may be open",
                     {{"connections", static_cast<std::int64_t>(spare)}});
    limits.max_connections = spare;
  }
  return limits;
}

}  // namespace

// In the order in which they need each other to end: the store calls back into the loops of the
// network.
struct Server::Parts {
  Parts(const Config& config_in, std::size_t threads)
      : config(config_in),
        network(threads, FitToFiles(config_in.limits)),
        limits{auth::RateLimit(config_in.session_requests_per_s, 1000),
               auth::RateLimit(config_in.usersig_failures_per_min, 60000)} {}

  void WireEvents();
  void AddLagGauges();
  Result<void> Listen();

  const Config config;
  base::SystemClock clock;
  base::Metrics metrics;
  std::unique_ptr<auth::Apps> apps;
  net::StaticFiles page;
  notify::Hub hub;  // whoever waits in the network lets go of it
  net::Server network;
  std::vector<std::unique_ptr<CallbackSender>>
      callbacks;  // told of events until the store has ended
  api::Limits limits;
  TrustedProxies proxies;
  std::unique_ptr<store::Store> store;
  std::unique_ptr<api::Pipeline> pipeline;
  std::shared_ptr<net::TlsContext> tls;  // null: no https
  std::string http, https, ops;          // URLs; empty: off
};

// Who is told of what the store commits.
void Server::Parts::WireEvents() {
  for (const AppConfig& app_config : config.apps) {
    if (app_config.callback_url.empty()) continue;
    callbacks.push_back(std::make_unique<CallbackSender>(*apps->Find(app_config.sdkappid),
                                                         app_config.callback_url, *store));
  }
  store->Watch([this](const store::Event& event) {
    hub.OnEvent(event);
    if (!event.has_change) return;
    for (auto& callback : callbacks) callback->OnChange(event.app);
  });
}

void Server::Parts::AddLagGauges() {
  metrics.AddGauge("portrait_cluster_look_age_seconds",
                   "Since other nodes' commits were last all known here; 0 without other nodes.",
                   [this] { return store->ReadLag().since_look_s; });
  metrics.AddGauge("portrait_cluster_notice_delay_seconds",
                   "The longest from another node's commit to its notice here, in the last minute.",
                   [this] { return store->ReadLag().longest_s; });
}

Result<void> Server::Parts::Listen() {
  const auth::App* dev_app = config.dev ? apps->Find(kDevApp) : nullptr;
  net::Handler handler =
      MakePublicHandler({*pipeline, page, clock, proxies, config.websocket, dev_app});
  if (!config.https.empty()) {
    auto made = MakeTls(config);
    if (!made) return tl::unexpected(made.error());
    tls = *std::move(made);
  }
  struct Wanted {
    const std::string& address;
    net::Handler handler;
    std::shared_ptr<net::TlsContext> tls;
    std::string& url;
  };
  for (const Wanted& wanted :
       {Wanted{config.http, handler, nullptr, http}, Wanted{config.https, handler, tls, https},
        Wanted{config.ops, MakeOpsHandler(*store, metrics, config.data + "/backups"), nullptr,
               ops}}) {
    if (wanted.address.empty()) continue;
    auto url = network.Listen({wanted.address, wanted.handler, wanted.tls});
    if (!url) return tl::unexpected(url.error());
    wanted.url = *url;
  }
  return {};
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() { Stop(); }

Result<std::unique_ptr<Server>> Server::Make(const Config& config) {
  std::size_t threads = config.threads;
  if (threads == 0) threads = std::max(1u, std::thread::hardware_concurrency());
  auto parts = std::make_unique<Parts>(config, threads);
  auto apps = MakeApps(config);
  if (!apps) return tl::unexpected(apps.error());
  parts->apps = *std::move(apps);
  auto store = OpenStore(config);
  if (!store) return tl::unexpected(store.error());
  parts->store = *std::move(store);
  std::string page = config.web_root.empty() ? FindPage() : config.web_root;
  if (!page.empty()) {
    if (auto loaded = parts->page.Load(page); !loaded) return tl::unexpected(loaded.error());
  }
  using store::Store;
  parts->store->WatchFields([&all = *parts->apps](store::AppId id, const Store::Fields& fields) {
    if (const auth::App* app = all.Find(id)) app->SetCustomFields(fields);
  });
  for (const AppConfig& app_config : config.apps) {
    auto merged = AddFields(*parts->store, *parts->apps->Find(app_config.sdkappid),
                            app_config.custom_profile_fields);
    if (!merged) return tl::unexpected(merged.error());
  }
  for (const std::string& proxy : config.trusted_proxies) {
    if (auto added = parts->proxies.Add(proxy); !added) return tl::unexpected(added.error());
  }
  api::Services services{*parts->store, *parts->apps,         parts->clock,         parts->hub,
                         parts->limits, config.error_display, parts->config.sockets};
  parts->WireEvents();
  parts->pipeline =
      std::make_unique<api::Pipeline>(services, config.disabled_commands, parts->metrics);
  net::Server* network = &parts->network;
  parts->metrics.AddGauge("portrait_connections", "Open client connections.",
                          [network] { return static_cast<double>(network->Connections()); });
  parts->metrics.AddGauge("portrait_websockets", "Open WebSockets, among them.",
                          [network] { return static_cast<double>(network->WebSockets()); });
  parts->AddLagGauges();
  if (auto listening = parts->Listen(); !listening) return tl::unexpected(listening.error());
  return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::Start() {
  for (auto& callback : parts_->callbacks) callback->Start();
  parts_->network.Start();
  base::LogInfo("ready", {{"http", parts_->http}, {"https", parts_->https}, {"ops", parts_->ops}});
}

void Server::Stop() {
  parts_->hub.Stop();
  parts_->network.Stop(kGrace);
  for (auto& callback : parts_->callbacks) callback->Stop();  // they read the store
}

// All that can fail comes before all that changes something.
Result<std::vector<std::string>> Server::Reload(const Config& fresh) {
  Parts& parts = *parts_;
  auto apps = MakeApps(fresh);
  if (!apps) return tl::unexpected(apps.error());
  std::shared_ptr<net::TlsContext> tls;
  if (parts.tls != nullptr) {
    auto made = MakeTls(fresh);
    if (!made) return tl::unexpected(made.error());
    tls = *std::move(made);
  }
  for (const AppConfig& app_config : fresh.apps) {
    const auth::App* app = parts.apps->Find(app_config.sdkappid);
    if (app == nullptr) continue;
    auto checked = CheckFields(*parts.store, *app, app_config.custom_profile_fields);
    if (!checked) return tl::unexpected(checked.error());
  }
  for (const AppConfig& app_config : fresh.apps) {
    auth::App* app = parts.apps->Find(app_config.sdkappid);
    if (app == nullptr) continue;
    app->TakeSettings(*(*apps)->Find(app->id));
    auto added = AddFields(*parts.store, *app, app_config.custom_profile_fields);
    if (!added) return tl::unexpected(added.error());  // the store refuses writes
  }
  if (tls != nullptr) parts.tls->Take(*tls);
  parts.network.SetLimits(FitToFiles(fresh.limits));
  parts.limits.session.SetLimit(fresh.session_requests_per_s);
  parts.limits.usersig_failures.SetLimit(fresh.usersig_failures_per_min);
  base::SetLogLevel(fresh.log_level);
  return WaitingForRestart(parts.config, fresh);
}

void Server::Sweep(const std::function<void(bool)>& done) {
  std::int64_t now_ms = parts_->clock.NowMs();
  // A persisted time of use may lag behind by the interval of its renewal.
  parts_->store->Sweep(now_ms - auth::kSessionIdleMs - auth::kSessionRenewMs, now_ms - kChangeLogMs,
                       [done](Result<store::Store::Swept> swept) {
                         done(swept && swept->has_more);
                         if (!swept) return;
                         base::LogInfo("swept",
                                       {{"sessions", static_cast<std::int64_t>(swept->sessions)},
                                        {"changes", static_cast<std::int64_t>(swept->changes)}});
                       });
}

std::string Server::ReadyText() const {
  std::string text = "{\"pid\":" + std::to_string(::getpid());
  auto add = [&text](const char* name, const std::string& value) {
    text += std::string(",\"") + name + "\":";
    base::AppendJsonString(text, value);
  };
  add("http", parts_->http);
  add("https", parts_->https);
  add("ops", parts_->ops);
  if (parts_->config.dev) {
    const auth::App& app = *parts_->apps->Find(kDevApp);
    text += ",\"sdkappid\":" + std::to_string(app.id);
    const auth::Trust& trust = app.trust();
    add("secret_key", trust.secret_keys.front());
    add("admin", trust.admins.empty() ? std::string() : *trust.admins.begin());
  }
  add("version", PORTRAIT_VERSION);
  return text + "}\n";
}

}  // namespace app
