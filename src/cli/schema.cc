#include "cli/schema.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>

#include "base/files.h"
#include "base/json.h"

namespace cli {
namespace {

int FailWith(const std::string& why) {
  std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
  return 1;
}

base::Result<std::string> ReadAll(const std::string& path) {
  std::istreambuf_iterator<char> end;
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), end);
  std::ifstream in(path);
  if (!in) return base::Fail(base::Code::kInternal, path + ": cannot be read");
  return std::string(std::istreambuf_iterator<char>(in), end);
}

// Whether the server's answer is an OK.
bool IsOk(const std::string& answer) {
  base::JsonParser parser;
  auto root = parser.Parse(answer);
  if (!root || !root->Is(base::JsonValue::Type::kObject)) return false;
  base::JsonValue status = root->Find("ActionStatus");
  return status.Is(base::JsonValue::Type::kString) && status.String() == "OK";
}

void AddServerFlags(CLI::App& command, SchemaFlags& flags) {
  command.add_option("--server", flags.server.url, "the server's address")->capture_default_str();
  command.add_option("--sdkappid", flags.server.sdkappid, "the application")->required();
  command.add_option("--admin", flags.server.admin, "an admin of it")->capture_default_str();
  command.add_option("--secret-key-file", flags.secret_key_file, "its secret key, in a file")
      ->required();
  command.add_option("--ca-file", flags.server.ca_file, "certificates to trust, PEM");
}

}  // namespace

CLI::App* AddSchemaCommand(CLI::App& cli, SchemaFlags& flags) {
  CLI::App* schema = cli.add_subcommand("schema", "the custom fields of an app");
  schema->require_subcommand(1);
  AddServerFlags(*schema->add_subcommand("list", "print them as JSON"), flags);
  CLI::App* apply = schema->add_subcommand("apply", "add fields, change who may read and write");
  AddServerFlags(*apply, flags);
  apply->add_option("FILE", flags.fields_file, "{\"CustomProfileField\":[…]}; - for standard input")
      ->required();
  return schema;
}

int RunSchema(const CLI::App& schema, SchemaFlags flags) {
  auto secret_key = base::ReadFirstLine(flags.secret_key_file);
  if (!secret_key) return FailWith(secret_key.error().detail);
  flags.server.secret_key = *secret_key;
  bool applies = schema.got_subcommand("apply");
  std::string body = "{}";
  if (applies) {
    auto fields = ReadAll(flags.fields_file);
    if (!fields) return FailWith(fields.error().detail);
    body = *std::move(fields);
  }
  auto answer = CallRest(
      flags.server,
      applies ? "portrait_admin_svc/custom_field_apply" : "portrait_admin_svc/custom_field_list",
      body);
  if (!answer) return FailWith(answer.error().detail);
  std::puts(answer->c_str());
  return IsOk(*answer) ? 0 : 1;
}

}  // namespace cli
