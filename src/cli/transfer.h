#pragma once

// portraitctl export and import: accounts as JSON Lines (cli/account_line.h).

#include <CLI/App.hpp>
#include <string>

#include "cli/rest_client.h"

namespace cli {

struct ExportFlags {
  std::string data, store;  // a data folder, or a store's own (a backup)
  profile::AppId sdkappid = 0;
  std::string out;  // empty: standard output
};
// 0: every account is written. 1: some could not be read; each is named on standard error.
CLI::App* AddExportCommand(CLI::App& cli, ExportFlags& flags);
int RunExport(const ExportFlags& flags);

struct ImportFlags {
  std::string file;
  std::string data;  // empty: a running server
  RestServer server;
  std::string secret_key_file;
  std::size_t connections = 4;
  bool utf8_account_ids = false;
  std::string verdicts;  // file; empty: standard output
  std::string position;  // file; empty: FILE.position
};
// 0: every line is accepted. 1: some are refused. 2: it could not go on; the same command continues
// where this one ended.
CLI::App* AddImportCommand(CLI::App& cli, ImportFlags& flags);
int RunImport(const ImportFlags& flags);

}  // namespace cli
