#pragma once

// The engine on a MariaDB server of the test's own.

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store/sql/schema.h"
#include "store/sql/sql_store.h"
#include "tests/sql/mariadb.h"

namespace store {

// A test's folder has a database of its name, which ends with the server.
inline sql::SqlOptions OptionsFor(const std::string& folder) {
  sql::SqlOptions options;
  options.endpoints = {MariaDb::Get().socket()};
  options.user = MariaDb::user();
  options.database = std::filesystem::path(folder).filename().string();
  return options;
}

struct Sql {
  static constexpr bool kIsDurable = true;
  static std::unique_ptr<Store> Open(const std::string& folder) {
    auto made = sql::InitSqlStore(OptionsFor(folder));
    EXPECT_TRUE(made) << made.error().detail;
    auto store = sql::OpenSqlStore(OptionsFor(folder));
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
};

using Engines = testing::Types<Sql>;
using Durable = Sql;

}  // namespace store
