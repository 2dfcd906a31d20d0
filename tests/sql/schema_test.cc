// Tables are made and changed by the operator's command alone; how a server gets to them.

#include "net/tls.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

class SchemaTest : public testing::Test {
 protected:
  std::string WhyNot() {
    auto store = sql::OpenSqlStore(options_);
    return store ? "it opens" : store.error().detail;
  }
  std::string Run(const std::string& statement) {
    return MariaDb::Get().Run(options_.database, statement);
  }

  TempFolder folder_;
  sql::SqlOptions options_ = OptionsFor(folder_.path.string());
};

TEST_F(SchemaTest, ADatabaseThatIsNotThereIsRefusedWithTheCommandToRun) {
  EXPECT_EQ(WhyNot(),
            "database " + options_.database + " is not there: run portraitctl store init");
  EXPECT_EQ(MariaDb::Get().Run("", "SHOW DATABASES LIKE '" + options_.database + "'"), "");
}

TEST_F(SchemaTest, ADatabaseWithoutTablesIsRefusedAndStaysEmpty) {
  MariaDb::Get().Run("", "CREATE DATABASE " + options_.database);
  EXPECT_EQ(WhyNot(),
            "database " + options_.database + " has no tables: run portraitctl store init");
  EXPECT_EQ(Run("SHOW TABLES"), "");
  EXPECT_FALSE(sql::MigrateSqlStore(options_)) << "there is nothing to migrate";
}

TEST_F(SchemaTest, WhatIsThereStaysWhenItIsMadeAgain) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Run("UPDATE meta SET value = value + 5 WHERE name = 'next_tiny_id'");
  Run("DELETE FROM meta WHERE name = 'format'");  // as if the first time had been cut short
  std::string number = Run("SELECT value FROM meta");
  auto again = sql::InitSqlStore(options_);
  ASSERT_TRUE(again) << again.error().detail;
  EXPECT_EQ(*again, "the tables have format 2");
  EXPECT_EQ(Run("SELECT value FROM meta WHERE name = 'next_tiny_id'"), number);
  EXPECT_EQ(*sql::InitSqlStore(options_), "the tables have this format already: nothing to do");
  EXPECT_EQ(*sql::MigrateSqlStore(options_), "the tables have this format already: nothing to do");
  EXPECT_EQ(WhyNot(), "it opens");
}

TEST_F(SchemaTest, TablesOfANewerFormatAreRefused) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Run("UPDATE meta SET value = 99 WHERE name = 'format'");
  EXPECT_EQ(WhyNot(), "database " + options_.database +
                          " has tables of format 99, this program knows formats up to 2");
  EXPECT_FALSE(sql::InitSqlStore(options_));
  EXPECT_FALSE(sql::MigrateSqlStore(options_));
}

TEST_F(SchemaTest, TablesOfAnOlderFormatAreBroughtUpToDateByTheCommandAlone) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Run("DROP TABLE turns");  // format 1 had none
  Run("UPDATE meta SET value = 1 WHERE name = 'format'");
  EXPECT_EQ(WhyNot(), "database " + options_.database +
                          " has tables of format 1: run portraitctl store migrate");
  EXPECT_FALSE(sql::InitSqlStore(options_)) << "it does not migrate";
  EXPECT_EQ(*sql::MigrateSqlStore(options_), "the tables have format 2");
  EXPECT_EQ(WhyNot(), "it opens");
  EXPECT_EQ(Run("SELECT COUNT(*) FROM turns"), "0");
}

TEST_F(SchemaTest, AServerThatIsNotThereIsNamed) {
  options_.endpoints = {(folder_.path / "none").string()};
  EXPECT_TRUE(WhyNot().starts_with("the database cannot be used: ")) << WhyNot();
}

TEST(SqlTls, TalksOnlyToAServerThatTheCertificateVouchesFor) {
  TempFolder folder;
  std::string certificate = (folder.path / "cert.pem").string();
  std::string key = (folder.path / "key.pem").string();
  std::string other = (folder.path / "other.pem").string();
  ASSERT_TRUE(net::MakeSelfSigned(certificate, key));
  ASSERT_TRUE(net::MakeSelfSigned(other, (folder.path / "other_key.pem").string()));
  MariaDb server({"--ssl-cert=" + certificate, "--ssl-key=" + key, "--ssl-ca=" + certificate});
  server.Run("", "CREATE USER me IDENTIFIED BY 'secret' REQUIRE SSL");
  server.Run("", "GRANT ALL ON *.* TO me");
  sql::SqlOptions options = OptionsFor(folder.path.string());
  options.endpoints = {server.socket()};
  options.user = "me";
  options.password = "secret";
  EXPECT_FALSE(sql::InitSqlStore(options)) << "without TLS";
  options.tls_ca = other;
  EXPECT_FALSE(sql::InitSqlStore(options)) << "another certificate";
  options.tls_ca = certificate;
  auto made = sql::InitSqlStore(options);
  ASSERT_TRUE(made) << made.error().detail;
  EXPECT_TRUE(sql::OpenSqlStore(options));
}

}  // namespace
}  // namespace store
