#pragma once

// Every setting and limit with its default, and the file it is read from.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/call.h"
#include "api/errors.h"
#include "app/socket_door.h"
#include "auth/app.h"
#include "base/errors.h"
#include "base/log.h"
#include "net/http.h"
#include "profile/schema.h"
#include "store/sql/sql_store.h"

namespace app {

// One [[app]]. docs/protocol/fields.md §3.
struct AppConfig {
  profile::AppId sdkappid = 0;
  // The texts of secret_key and secret_keys, or the first lines of the files named by
  // secret_key_file and secret_key_files. All of them verify UserSigs: to replace one, add the new
  // one, have it used everywhere, remove the old one; SIGHUP puts each step in force.
  std::vector<std::string> secret_keys;
  std::vector<std::string> admins;
  bool enabled = true;  // false: 60016
  bool auto_create_on_login =
      true;                       // false: an account must be imported before it can log in, 70107
  bool utf8_account_ids = false;  // true: account ids may hold more than printable ASCII
  std::size_t location_max_bytes = 500;  // the real service said 16 for a while
  std::string callback_url;  // told of every set (Profile.CallbackPortraitSet); empty: off
  std::size_t max_requests_per_s = 0;  // 60011; 0: no limit
  std::size_t max_web_instances = 10;  // pages of one account that get notices
  profile::PushList profile_push_list = profile::PushList::kDemoSafe;  // "demo_safe" or "changed"
  bool socket_unset_custom = true;  // ws_custom_unset: "empty", or "omit" for false
  std::vector<profile::CustomField> custom_profile_fields;
  std::vector<std::pair<std::string, profile::Roles>> standard_write_overrides;
};

enum class Engine { kRocksDb, kMemory, kSql };

struct Config {
  // [server]. An empty address turns a listener off.
  std::string http = "127.0.0.1:8480";
  std::string https = "127.0.0.1:8443";
  std::string ops = "127.0.0.1:8481";
  std::size_t threads = 0;      // 0: one per core
  std::string web_root;         // the page's folder; empty: beside the program, if it is there
  std::string tls_certificate;  // PEM; empty: a self-signed one, kept in the data folder
  std::string tls_key;

  api::Display error_display = api::Display::kNone;  // "zh-CN", "en" or empty: ErrorDisplay

  std::vector<std::string> trusted_proxies;  // addresses and networks whose X-Forwarded-For counts
  std::vector<std::string> disabled_commands;  // "v4/profile/portrait_set": 60017

  SocketDoor websocket;        // websocket_prefix, websocket_origins
  api::SocketOptions sockets;  // hello_interval_s, stranger_profile_s

  // [store]
  Engine engine = Engine::kRocksDb;
  std::string data = "./var";
  // Settings of the other engine are unknown ones: a server with endpoints and without
  // engine = "sql" would begin an empty store of its own.
  std::size_t record_cache_mb = 64;  // not "sql"; 0: none
  std::size_t block_cache_mb = 64;   // not "sql"
  store::sql::SqlOptions sql;  // engine = "sql": endpoints, database, user, password_file, …

  // [limits]
  net::Limits limits;
  std::size_t session_requests_per_s = 100;   // 60018; 0: no limit
  std::size_t usersig_failures_per_min = 20;  // 70050; 0: no limit

  // [log]
  base::LogLevel log_level = base::LogLevel::kInfo;

  std::vector<AppConfig> apps;  // [[app]]

  bool dev = false;  // --dev
};

// Reads a TOML file. Fails with kInternal and a detail `FILE:LINE: what is wrong` at the first
// unknown key, bad value or missing secret.
base::Result<Config> ReadConfigFile(const std::string& path);

// The apps as the layers below use them. Fails as ReadConfigFile does, without a line.
base::Result<std::unique_ptr<auth::App>> MakeApp(const AppConfig& config);

}  // namespace app
