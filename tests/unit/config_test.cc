#include "app/config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace app {
namespace {

class ConfigTest : public testing::Test {
 protected:
  ConfigTest() {
    std::string pattern = testing::TempDir() + "portrait_config_XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(folder_); }

  base::Result<Config> Read(const std::string& text) {
    std::ofstream(folder_ / "c.toml") << text;
    return ReadConfigFile((folder_ / "c.toml").string());
  }
  // The line that is blamed and what for, or "fine".
  std::string Problem(const std::string& text) {
    auto config = Read(text);
    if (config) return "fine";
    std::string prefix = (folder_ / "c.toml").string() + ':';
    EXPECT_TRUE(config.error().detail.starts_with(prefix)) << config.error().detail;
    return config.error().detail.substr(prefix.size());
  }

  std::filesystem::path folder_;
};

TEST_F(ConfigTest, ReadsEverySetting) {
  std::ofstream(folder_ / "key") << "the-key\n";
  auto config = Read(R"(
[server]
http = "127.0.0.1:0"
https = ""
ops = "[::1]:8481"
threads = 3
error_display = "zh-CN"
[store]
engine = "memory"
data = "/data"
block_cache_mb = 8
[limits]
max_body_bytes = 4096
[log]
level = "error"
[[app]]
sdkappid = 888888
secret_key_file = "key"
admins = ["root"]
enabled = false
auto_create_on_login = false
utf8_account_ids = true
location_max_bytes = 16
standard_write_overrides = { Tag_Profile_IM_Level = ["admin"] }
[[app.custom_profile_fields]]
key = "Vip"
type = "bytes"
read = ["app", "admin"]
write = ["admin"]
)");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->http, "127.0.0.1:0");
  EXPECT_EQ(config->https, "");
  EXPECT_EQ(config->ops, "[::1]:8481");
  EXPECT_EQ(config->threads, 3u);
  EXPECT_EQ(config->engine, Engine::kMemory);
  EXPECT_EQ(config->error_display, api::Display::kChinese);
  EXPECT_EQ(config->data, "/data");
  EXPECT_EQ(config->block_cache_mb, 8u);
  EXPECT_EQ(config->limits.max_body_bytes, 4096u);
  EXPECT_EQ(config->log_level, base::LogLevel::kError);
  ASSERT_EQ(config->apps.size(), 1u);
  EXPECT_EQ(config->apps[0].secret_keys, std::vector<std::string>{"the-key"});
  auto app = MakeApp(config->apps[0]);
  ASSERT_TRUE(app);
  EXPECT_TRUE((*app)->IsAdmin("root"));
  EXPECT_FALSE((*app)->enabled);
  EXPECT_FALSE((*app)->auto_create_on_login);
  const profile::Field* vip = (*app)->CurrentSchema()->Find("Tag_Profile_Custom_Vip");
  ASSERT_NE(vip, nullptr);
  EXPECT_TRUE(vip->readers.Has(profile::Role::kUser));
  EXPECT_FALSE(vip->writers.Has(profile::Role::kUser));
  EXPECT_FALSE(
      (*app)->CurrentSchema()->Find("Tag_Profile_IM_Level")->writers.Has(profile::Role::kUser));
}

constexpr const char* kApp = "[[app]]\nsdkappid = 1\nsecret_key = \"k\"\n";

TEST_F(ConfigTest, NamesTheLineOfAnUnknownKey) {
  EXPECT_EQ(Problem("[server]\nhttp = \"127.0.0.1:1\"\nhtpps = \"x\"\n"),
            "3: unknown key \"htpps\" in [server]");
  EXPECT_EQ(Problem(std::string(kApp) + "Admins = []\n"), "4: unknown key \"Admins\" in [[app]]");
  EXPECT_EQ(Problem("[sevrer]\n"), "1: unknown key \"sevrer\" in the file");
}

TEST_F(ConfigTest, NamesTheLineOfABadValue) {
  EXPECT_EQ(Problem("[server]\nthreads = -1\n"), "2: threads must be within 0 to 1024");
  EXPECT_EQ(Problem("[server]\nthreads = \"2\"\n"), "2: threads must be an integer");
  EXPECT_EQ(Problem("[server]\nhttp = \"8480\"\n"), "2: 8480: not ADDRESS:PORT");
  EXPECT_EQ(Problem("\n[store]\nengine = \"redis\"\n"),
            "3: engine must be one of \"rocksdb\", \"memory\", \"sql\"");
  EXPECT_EQ(Problem("[log]\nlevel = \"loud\"\n"),
            "2: level must be one of \"debug\", \"info\", \"warning\", \"error\"");
  EXPECT_TRUE(Problem("[server\n").starts_with("1: "));
  EXPECT_EQ(Problem(std::string(kApp) + "[[app.custom_profile_fields]]\nkey = \"too_long_key\"\n"),
            "5: custom field key \"too_long_key\" is not 1 to 8 ASCII letters");
  EXPECT_EQ(Problem(std::string(kApp) + "admins = [\"\"]\n"), "4: \"\" is not an account id");
  EXPECT_EQ(
      Problem(std::string(kApp) + "[[app.custom_profile_fields]]\nkey = \"A\"\nread = [\"all\"]\n"),
      "6: read may hold \"app\" and \"admin\" only");
}

TEST_F(ConfigTest, ReadsWhereADatabaseIsAndItsPasswordFromAFile) {
  std::ofstream(folder_ / "password") << "secret\n";
  auto config = Read(R"(
[store]
engine = "sql"
endpoints = ["127.0.0.1:3306", "[::1]:3307", "/run/db.sock"]
database = "profiles"
user = "me"
password_file = "password"
tls_ca = "/etc/ca.pem"
read_connections = 8
timeout_s = 2
)");
  ASSERT_TRUE(config) << config.error().detail;
  EXPECT_EQ(config->engine, Engine::kSql);
  EXPECT_EQ(config->sql.endpoints.size(), 3u);
  EXPECT_EQ(config->sql.database, "profiles");
  EXPECT_EQ(config->sql.user, "me");
  EXPECT_EQ(config->sql.password, "secret");
  EXPECT_EQ(config->sql.tls_ca, "/etc/ca.pem");
  EXPECT_EQ(config->sql.read_connections, 8u);
  EXPECT_EQ(config->sql.timeout_s, 2u);
}

TEST_F(ConfigTest, SaysWhatIsWrongWithADatabase) {
  const std::string sql = "[store]\nengine = \"sql\"\n";
  EXPECT_EQ(Problem(sql), "1: the database has no endpoints");
  EXPECT_EQ(Problem(sql + "endpoints = [\"db\"]\n"), "1: endpoint \"db\" is not HOST:PORT");
  EXPECT_EQ(Problem(sql + "endpoints = [\"db:1\"]\ndatabase = \"a-b\"\n"),
            "1: database \"a-b\" is not letters, digits and _");
  EXPECT_EQ(Problem(sql + "endpoints = [\"db:1\"]\ntls_key = \"k\"\n"),
            "1: the database's tls_certificate and tls_key go together");
  EXPECT_TRUE(Problem(sql + "password_file = \"none\"\n").starts_with("3: "));
}

TEST_F(ConfigTest, RefusesSettingsOfAnotherEngine) {
  EXPECT_EQ(Problem("[store]\nendpoints = [\"db:1\"]\n"),
            "2: unknown key \"endpoints\" in [store] (engine is not \"sql\")");
  EXPECT_EQ(Problem("[store]\nengine = \"sql\"\nendpoints = [\"db:1\"]\nrecord_cache_mb = 64\n"),
            "4: unknown key \"record_cache_mb\" in [store] (engine is \"sql\")");
}

TEST_F(ConfigTest, NamesTheLineOfAMissingSecret) {
  EXPECT_EQ(Problem("\n[[app]]\nsdkappid = 1\n"),
            "2: the app has neither secret_key nor secret_key_file");
  EXPECT_EQ(Problem("[[app]]\nsdkappid = 1\nsecret_key = \"\"\n"),
            "1: the app has neither secret_key nor secret_key_file");
  EXPECT_TRUE(Problem("[[app]]\nsdkappid = 1\nsecret_key_file = \"none\"\n").starts_with("3: "));
}

TEST_F(ConfigTest, TakesSeveralSecretsFromOnePlace) {
  std::string app = "[[app]]\nsdkappid = 1\n";
  EXPECT_EQ(Problem(app + "secret_keys = [\"a\", \"\"]\n"), "3: secret_keys has an empty key");
  EXPECT_EQ(Problem(app + "secret_key = \"a\"\nsecret_keys = [\"b\"]\n"),
            "4: there is a secret_key already");
  EXPECT_EQ(Problem(app + "secret_keys = []\n"),
            "1: the app has neither secret_key nor secret_key_file");
}

TEST_F(ConfigTest, RefusesAnAppThatIsDeclaredTwice) {
  EXPECT_EQ(Problem(std::string(kApp) + kApp), "4: the app is declared twice");
}

TEST_F(ConfigTest, WantsSocketsToSayHelloBeforeTheyAreCutOff) {
  EXPECT_NE(Problem("[server]\nhello_interval_s = 90\n").find("hello_interval_s (90)"),
            std::string::npos);
  EXPECT_NE(Problem("[limits]\nsocket_idle_timeout_s = 30\n").find("socket_idle_timeout_s (30)"),
            std::string::npos);
  EXPECT_EQ(Problem("[server]\nhello_interval_s = 89\n"), "fine");
}

TEST_F(ConfigTest, RefusesAFileThatIsNotThere) {
  EXPECT_FALSE(ReadConfigFile((folder_ / "none.toml").string()));
}

}  // namespace
}  // namespace app
