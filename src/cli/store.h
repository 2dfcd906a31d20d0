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

// The flags that lead to a database; an endpoint is needed where `is_needed`.
void AddDatabaseFlags(CLI::App& command, StoreFlags& flags, bool is_needed);

// Puts the password that --password-file names into the options.
base::Result<void> ReadPassword(StoreFlags& flags);

// Adds `store init` and `store migrate`.
CLI::App* AddStoreCommand(CLI::App& cli, StoreFlags& flags);

// Runs the one that was given: the program's exit code.
int RunStore(const CLI::App& store, StoreFlags flags);

}  // namespace cli
