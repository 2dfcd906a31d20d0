#include "cli/store.h"

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/files.h"
#include "store/sql/schema.h"

namespace cli {
namespace {

int FailWith(const std::string& why) {
  std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
  return 1;
}

}  // namespace

void AddDatabaseFlags(CLI::App& command, StoreFlags& flags, bool is_needed) {
  store::sql::SqlOptions& database = flags.database;
  command.add_option("--endpoint", database.endpoints, "HOST:PORT or a socket; may be repeated")
      ->required(is_needed);
  command.add_option("--user", database.user, "who may make tables")->capture_default_str();
  command.add_option("--password-file", flags.password_file, "its password, in a file");
  command.add_option("--tls-ca", database.tls_ca, "certificates to trust, PEM: only TLS");
  command.add_option("--tls-certificate", database.tls_certificate, "the client's own, PEM");
  command.add_option("--tls-key", database.tls_key, "and its key");
}

base::Result<void> ReadPassword(StoreFlags& flags) {
  if (flags.password_file.empty()) return {};
  auto password = base::ReadFirstLine(flags.password_file);
  if (!password) return tl::unexpected(password.error());
  flags.database.password = *password;
  return {};
}

CLI::App* AddStoreCommand(CLI::App& cli, StoreFlags& flags) {
  CLI::App* store = cli.add_subcommand("store", "the tables of a SQL database");
  store->require_subcommand(1);
  for (auto [name, what] : {std::pair("init", "make the database and its tables"),
                            {"migrate", "bring older tables up to date"}}) {
    CLI::App* command = store->add_subcommand(name, what);
    AddDatabaseFlags(*command, flags, true);
    command->add_option("--database", flags.database.database, "its name")->capture_default_str();
  }
  return store;
}

int RunStore(const CLI::App& store, StoreFlags flags) {
  if (auto read = ReadPassword(flags); !read) return FailWith(read.error().detail);
  auto done = store.got_subcommand("init") ? store::sql::InitSqlStore(flags.database)
                                           : store::sql::MigrateSqlStore(flags.database);
  if (!done) return FailWith(done.error().detail);
  std::puts(done->c_str());
  return 0;
}

}  // namespace cli
