#pragma once

// portraitctl verify, backup and restore: what an operator does with a whole store.

#include <CLI/App.hpp>
#include <string>

namespace cli {

struct VerifyFlags {
  std::string data, store;  // a data folder, or a store's own (a backup)
};
// 0: all is well. 1: something is damaged, each thing on a line of standard output. 2: nothing
// could be checked.
CLI::App* AddVerifyCommand(CLI::App& cli, VerifyFlags& flags);
int RunVerify(const VerifyFlags& flags);

struct BackupFlags {
  std::string ops = "http://127.0.0.1:8481";
  std::string name;  // empty: the time
  std::string to;    // empty: it stays where the server made it
};
CLI::App* AddBackupCommand(CLI::App& cli, BackupFlags& flags);
int RunBackup(const BackupFlags& flags);

struct RestoreFlags {
  std::string from, data;
};
CLI::App* AddRestoreCommand(CLI::App& cli, RestoreFlags& flags);
int RunRestore(const RestoreFlags& flags);

}  // namespace cli
