#pragma once

// portraitctl copy: everything of one store put into another.

#include <CLI/App.hpp>
#include <string>

#include "cli/store.h"

namespace cli {

struct CopyFlags {
  std::string from, to;  // rocksdb:FOLDER or sql:DATABASE
  bool more_to_come = false;
  StoreFlags store;
};

CLI::App* AddCopyCommand(CLI::App& cli, CopyFlags& flags);

// The program's exit code.
int RunCopy(CopyFlags flags);

}  // namespace cli
