#pragma once

// The engine on a MariaDB server of the test's own, or on a cluster (mariadb.h).

#include <gtest/gtest.h>

#include <algorithm>
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
  options.endpoints = MariaDb::Sockets();
  options.user = MariaDb::user();
  options.database = std::filesystem::path(folder).filename().string();
  return options;
}

struct Sql {
  static constexpr bool kIsDurable = true;
  static std::unique_ptr<Store> Open(const std::string& folder) {
    auto made = sql::InitSqlStore(OptionsFor(folder));
    EXPECT_TRUE(made) << made.error().detail;
    sql::SqlOptions options = OptionsFor(folder);
    static std::size_t opened = 0;  // each time through another node first
    auto first = static_cast<std::ptrdiff_t>(opened++ % options.endpoints.size());
    std::rotate(options.endpoints.begin(), options.endpoints.begin() + first,
                options.endpoints.end());
    auto store = sql::OpenSqlStore(options);
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
};

using Engines = testing::Types<Sql>;
using Durable = Sql;

}  // namespace store
