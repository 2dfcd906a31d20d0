#pragma once

// portraitctl store: the tables of a SQL database.

#include <CLI/App.hpp>
#include <string>

#include "store/sql/sql_store.h"

namespace cli {

struct StoreFlags {
  store::sql::SqlOptions database;
  std::string password_file;
};

// Adds `store init` and `store migrate`.
CLI::App* AddStoreCommand(CLI::App& cli, StoreFlags& flags);

// Runs the one that was given: the program's exit code.
int RunStore(const CLI::App& store, StoreFlags flags);

}  // namespace cli
