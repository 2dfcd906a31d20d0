#include "api/commands.h"
#include "app/client_ip.h"
#include "app/config.h"
#include "app/config_table.h"
#include "base/files.h"
#include "net/server.h"

namespace app {
namespace {

using base::Code;
using base::Fail;

void ReadServer(Table table, Config& config) {
  table.ReadAddress("http", config.http);
  table.ReadAddress("https", config.https);
  table.ReadAddress("ops", config.ops);
  table.Read("threads", config.threads, 0, 1024);
  table.Read("web_root", config.web_root);
  table.Read("tls_certificate", config.tls_certificate);
  table.Read("tls_key", config.tls_key);
  table.Read("trusted_proxies", config.trusted_proxies);
  TrustedProxies proxies;
  for (const std::string& proxy : config.trusted_proxies) {
    auto added = proxies.Add(proxy);
    if (!added) table.Problem(*table.Node("trusted_proxies"), added.error().detail);
  }
  table.Read("disabled_commands", config.disabled_commands);
  for (const std::string& path : config.disabled_commands) {
    using api::Door;
    bool is_command = api::FindCommand(path, Door::kHttp) != nullptr ||
                      api::FindCommand(path, Door::kSocket) != nullptr;
    if (is_command) continue;
    table.Problem(*table.Node("disabled_commands"), base::Quoted(path) + " is no command");
  }
  table.Read("websocket_prefix", config.websocket.prefix);
  table.Read("websocket_origins", config.websocket.origins);
  table.Read("hello_interval_s", config.sockets.hello_interval_s, 1, 3600);
  table.Read("stranger_profile_s", config.sockets.stranger_profile_s, 1, 86400);
  using api::Display;
  ReadChoice<Display>(
      table, "error_display",
      {{"", Display::kNone}, {"en", Display::kEnglish}, {"zh-CN", Display::kChinese}},
      config.error_display);
  if (config.tls_certificate.empty() != config.tls_key.empty()) {
    table.Problem("tls_certificate and tls_key go together");
  }
  table.Finish();
}

void ReadSql(Table& table, store::sql::SqlOptions& sql) {
  table.Read("endpoints", sql.endpoints);
  table.Read("database", sql.database);
  table.Read("user", sql.user);
  std::string password_file;
  table.Read("password_file", password_file);
  if (!password_file.empty()) {
    auto line = base::ReadFirstLine(table.Beside(password_file));
    if (!line) return table.Problem(*table.Node("password_file"), line.error().detail);
    sql.password = *line;
  }
  for (auto [key, file] : {std::pair("tls_ca", &sql.tls_ca),
                           {"tls_certificate", &sql.tls_certificate},
                           {"tls_key", &sql.tls_key}}) {
    table.Read(key, *file);
    if (!file->empty()) *file = table.Beside(*file);
  }
  table.Read("read_connections", sql.read_connections, 1, 1000);
  table.Read("timeout_s", sql.timeout_s, 1, 60);
  table.Read("give_up_s", sql.give_up_s, 1, 600);
}

void ReadStore(Table table, Config& config) {
  ReadChoice<Engine>(
      table, "engine",
      {{"rocksdb", Engine::kRocksDb}, {"memory", Engine::kMemory}, {"sql", Engine::kSql}},
      config.engine);
  table.Read("data", config.data);
  if (config.engine != Engine::kSql) {
    table.Read("record_cache_mb", config.record_cache_mb, 0, 1 << 20);
    table.Read("block_cache_mb", config.block_cache_mb, 1, 1 << 20);
    return table.Finish(" (engine is not \"sql\")");
  }
  ReadSql(table, config.sql);
  std::string problem = store::sql::ProblemOf(config.sql);
  if (!problem.empty()) table.Problem(problem);
  table.Finish(" (engine is \"sql\")");
}

void ReadLimits(Table table, Config& config) {
  net::Limits& limits = config.limits;
  table.Read("max_head_bytes", limits.max_head_bytes, 4096, 1 << 20);
  table.Read("max_body_bytes", limits.max_body_bytes, 1024, 16 << 20);
  table.Read("max_connections", limits.max_connections, 1, 10000000);
  table.Read("max_websockets", limits.max_websockets, 0, 10000000);
  table.Read("max_message_bytes", limits.max_message_bytes, 1024, 16 << 20);
  table.Read("max_socket_queue_bytes", limits.max_socket_queue_bytes, 64 << 10, 1 << 30);
  table.Read("socket_idle_timeout_s", limits.socket_idle_timeout_s, 1, 86400);
  table.Read("request_timeout_s", limits.request_timeout_s, 1, 3600);
  table.Read("idle_timeout_s", limits.idle_timeout_s, 1, 86400);
  table.Read("write_timeout_s", limits.write_timeout_s, 1, 3600);
  table.Read("session_requests_per_s", config.session_requests_per_s, 0, 1000000000);
  table.Read("usersig_failures_per_min", config.usersig_failures_per_min, 0, 1000000000);
  table.Finish();
}

void ReadLog(Table table, Config& config) {
  using base::LogLevel;
  ReadChoice<LogLevel>(table, "level",
                       {{"debug", LogLevel::kDebug},
                        {"info", LogLevel::kInfo},
                        {"warning", LogLevel::kWarning},
                        {"error", LogLevel::kError}},
                       config.log_level);
  table.Finish();
}

// Calls `read` with each table of an array of tables.
template <class Read>
void ForEachTable(Table& parent, std::string_view key, const std::string& name,
                  const std::string& file, std::string& problem, Read read) {
  const toml::node* node = parent.Find(key, &toml::node::is_array, "an array of tables");
  if (node == nullptr) return;
  for (const toml::node& item : *node->as_array()) {
    if (!item.is_table()) return parent.Problem(item, std::string(key) + " must hold tables");
    read(Table(*item.as_table(), name, file, problem));
  }
}

void ReadSecret(Table& table, AppConfig& app) {
  struct Source {
    const char* key;
    bool is_list, is_file;
  };
  const char* used = nullptr;
  for (Source source : {Source{"secret_key", false, false},
                        {"secret_key_file", false, true},
                        {"secret_keys", true, false},
                        {"secret_key_files", true, true}}) {
    std::vector<std::string> texts;
    if (source.is_list) {
      table.Read(source.key, texts);
    } else if (std::string text; table.Read(source.key, text), !text.empty()) {
      texts.push_back(std::move(text));
    }
    if (texts.empty()) continue;
    const toml::node& node = *table.Node(source.key);
    if (used != nullptr) return table.Problem(node, "there is a " + std::string(used) + " already");
    used = source.key;
    for (std::string& text : texts) {
      if (source.is_file) {
        auto line = base::ReadFirstLine(table.Beside(text));
        if (!line) return table.Problem(node, line.error().detail);
        text = *std::move(line);
      }
      if (text.empty()) return table.Problem(node, std::string(source.key) + " has an empty key");
    }
    app.secret_keys = std::move(texts);
  }
  if (used == nullptr) table.Problem("the app has neither secret_key nor secret_key_file");
}

void ReadCustomField(Table table, profile::Schema& schema, AppConfig& app) {
  profile::CustomField field;
  table.Read("key", field.key);
  if (table.Node("key") == nullptr) table.Problem("the custom field has no key");
  using profile::CustomType;
  ReadChoice<CustomType>(
      table, "type", {{"string", CustomType::kString}, {"bytes", CustomType::kBytes}}, field.type);
  table.Read("read", field.readers);
  table.Read("write", field.writers);
  table.Finish();
  if (!table.IsFine()) return;
  std::string problem = schema.AddCustomField(field);
  bool is_key_bad = !profile::Schema::IsKey(field.key);
  if (!problem.empty() && is_key_bad) table.Problem(*table.Node("key"), problem);
  if (!problem.empty() && !is_key_bad) table.Problem(problem);
  app.custom_profile_fields.push_back(std::move(field));
}

void ReadOverrides(const toml::table& node, Table table, profile::Schema& schema, AppConfig& app) {
  for (const auto& [tag, value] : node) {
    profile::Roles writers;
    table.Read(tag.str(), writers);
    if (!table.IsFine()) return;
    std::string problem = schema.OverrideWriters(tag.str(), writers);
    if (!problem.empty()) table.Problem(value, problem);
    app.standard_write_overrides.emplace_back(tag.str(), writers);
  }
}

void ReadAdmins(Table& table, AppConfig& app) {
  table.Read("admins", app.admins);
  table.Read("utf8_account_ids", app.utf8_account_ids);
  using profile::AccountId;
  auto alphabet = app.utf8_account_ids ? AccountId::Alphabet::kUtf8 : AccountId::Alphabet::kAscii;
  for (const std::string& admin : app.admins) {
    if (AccountId::Parse(admin, alphabet)) continue;
    table.Problem(*table.Node("admins"), base::Quoted(admin) + " is not an account id");
  }
}

void ReadApp(Table table, const std::string& file, std::string& problem, Config& config) {
  AppConfig app;
  table.Read("sdkappid", app.sdkappid, 1, INT64_MAX);
  if (app.sdkappid == 0) table.Problem("the app has no sdkappid");
  ReadSecret(table, app);
  ReadAdmins(table, app);
  table.Read("enabled", app.enabled);
  table.Read("auto_create_on_login", app.auto_create_on_login);
  table.Read("callback_url", app.callback_url);
  bool is_url = app.callback_url.starts_with("http://") || app.callback_url.starts_with("https://");
  if (!app.callback_url.empty() && !is_url) {
    table.Problem(*table.Node("callback_url"), "callback_url must start with http:// or https://");
  }
  table.Read("max_requests_per_s", app.max_requests_per_s, 0, 1000000000);
  table.Read("max_web_instances", app.max_web_instances, 1, 100000);
  using profile::PushList;
  ReadChoice<PushList>(table, "profile_push_list",
                       {{"demo_safe", PushList::kDemoSafe}, {"changed", PushList::kChanged}},
                       app.profile_push_list);
  ReadChoice<bool>(table, "ws_custom_unset", {{"empty", true}, {"omit", false}},
                   app.socket_unset_custom);
  table.Read("location_max_bytes", app.location_max_bytes, 1, 500);
  profile::Schema schema(app.sdkappid);  // what is declared so far, to blame the line that clashes
  ForEachTable(table, "custom_profile_fields", "[[app.custom_profile_fields]]", file, problem,
               [&](Table field_table) { ReadCustomField(field_table, schema, app); });
  constexpr const char* kOverrides = "standard_write_overrides";
  if (const toml::node* node = table.Find(kOverrides, &toml::node::is_table, "a table")) {
    Table overrides(*node->as_table(), kOverrides, file, problem);
    ReadOverrides(*node->as_table(), overrides, schema, app);
  }
  table.Finish();
  for (const AppConfig& other : config.apps) {
    if (other.sdkappid == app.sdkappid) table.Problem("the app is declared twice");
  }
  config.apps.push_back(std::move(app));
}

// What two settings must be to each other.
void CheckTogether(const Config& config, Table& top) {
  int hello = config.sockets.hello_interval_s;
  int idle = config.limits.socket_idle_timeout_s;
  if (hello < idle) return;
  top.Problem("hello_interval_s (" + std::to_string(hello) +
              ") must be less than socket_idle_timeout_s (" + std::to_string(idle) +
              "): a socket that says no more than hello would be cut off");
}

}  // namespace

base::Result<Config> ReadConfigFile(const std::string& path) {
  toml::table root;
  try {
    root = toml::parse_file(path);
  } catch (const toml::parse_error& error) {
    return Fail(Code::kInternal, path + ':' + std::to_string(error.source().begin.line) + ": " +
                                     std::string(error.description()));
  }
  Config config;
  std::string problem;
  Table top(root, "the file", path, problem);
  using Reader = void (*)(Table, Config&);
  for (auto [key, read] : {std::pair<const char*, Reader>{"server", ReadServer},
                           {"store", ReadStore},
                           {"limits", ReadLimits},
                           {"log", ReadLog}}) {
    const toml::node* node = top.Find(key, &toml::node::is_table, "a table");
    if (node != nullptr)
      read(Table(*node->as_table(), '[' + std::string(key) + ']', path, problem), config);
  }
  ForEachTable(top, "app", "[[app]]", path, problem,
               [&](Table table) { ReadApp(table, path, problem, config); });
  top.Finish();
  CheckTogether(config, top);
  if (!problem.empty()) return Fail(Code::kInternal, problem);
  return config;
}

}  // namespace app
