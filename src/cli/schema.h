#pragma once

// portraitctl schema: the custom fields of an app on a running server.

#include <CLI/App.hpp>
#include <string>

#include "cli/rest_client.h"

namespace cli {

struct SchemaFlags {
  RestServer server;
  std::string secret_key_file;
  std::string fields_file;  // apply: JSON, {"CustomProfileField":[…]}; "-": standard input
};

// Adds `schema list` and `schema apply FILE`; each prints the server's answer.
CLI::App* AddSchemaCommand(CLI::App& cli, SchemaFlags& flags);

// Runs the one that was given: the program's exit code.
int RunSchema(const CLI::App& schema, SchemaFlags flags);

}  // namespace cli
