// portraitctl: the operator's command line.

#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>

#include "auth/usersig.h"
#include "base/base64.h"
#include "base/files.h"
#include "base/log.h"
#include "cli/copy.h"
#include "cli/maintenance.h"
#include "cli/schema.h"
#include "cli/store.h"
#include "cli/transfer.h"

namespace {

struct UserSigFlags {
  profile::AppId sdkappid = 0;
  std::string secret_key_file, identifier, userbuf;
  std::int64_t expire_s = 180ll * 24 * 3600;  // what the official generators give
  std::int64_t time_s = 0;
};

int MakeUserSig(const UserSigFlags& flags) {
  auto secret_key = base::ReadFirstLine(flags.secret_key_file);
  if (!secret_key || secret_key->empty()) {
    std::string why = secret_key ? flags.secret_key_file + ": empty" : secret_key.error().detail;
    std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
    return 1;
  }
  using profile::AccountId;
  if (!AccountId::Parse(flags.identifier, AccountId::Alphabet::kUtf8)) {
    std::fprintf(stderr, "portraitctl: \"%s\" is not an account id\n", flags.identifier.c_str());
    return 1;
  }
  auth::UserSigClaims claims{flags.identifier, flags.sdkappid, flags.time_s, flags.expire_s, {}};
  if (claims.time_s == 0) claims.time_s = std::time(nullptr);
  if (!flags.userbuf.empty()) claims.userbuf = base::EncodeBase64(flags.userbuf);
  std::puts(auth::MakeUserSig(claims, *secret_key).c_str());
  return 0;
}

CLI::App* AddUserSigCommand(CLI::App& cli, UserSigFlags& flags) {
  CLI::App* command = cli.add_subcommand("usersig", "make a UserSig and print it");
  command->add_option("--sdkappid", flags.sdkappid, "the application")->required();
  command
      ->add_option("--secret-key-file", flags.secret_key_file,
                   "file whose first line is the app's secret key")
      ->required();
  command->add_option("--identifier", flags.identifier, "the account")->required();
  command->add_option("--expire", flags.expire_s, "lifetime in seconds")->capture_default_str();
  command->add_option("--time", flags.time_s, "issued at, Unix seconds; now if not given");
  command->add_option("--userbuf", flags.userbuf, "text to sign along (TRTC room privileges)");
  return command;
}

// A command and what runs it.
struct Choice {
  const CLI::App* command;
  std::function<int(const CLI::App&)> run;
};

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("portraitctl: tools for the operator of a Portrait server");
  app.set_version_flag("--version", "portraitctl " PORTRAIT_VERSION);
  app.require_subcommand(1);
  UserSigFlags usersig;
  cli::SchemaFlags schema;
  cli::StoreFlags store;
  cli::CopyFlags copy;
  cli::VerifyFlags verify;
  cli::BackupFlags backup;
  cli::RestoreFlags restore;
  cli::ExportFlags output;
  cli::ImportFlags input;
  const Choice choices[] = {
      {AddUserSigCommand(app, usersig), [&](auto&) { return MakeUserSig(usersig); }},
      {cli::AddSchemaCommand(app, schema), [&](auto& own) { return cli::RunSchema(own, schema); }},
      {cli::AddStoreCommand(app, store), [&](auto& own) { return cli::RunStore(own, store); }},
      {cli::AddCopyCommand(app, copy), [&](auto&) { return cli::RunCopy(copy); }},
      {cli::AddVerifyCommand(app, verify), [&](auto&) { return cli::RunVerify(verify); }},
      {cli::AddBackupCommand(app, backup), [&](auto&) { return cli::RunBackup(backup); }},
      {cli::AddRestoreCommand(app, restore), [&](auto&) { return cli::RunRestore(restore); }},
      {cli::AddExportCommand(app, output), [&](auto&) { return cli::RunExport(output); }},
      {cli::AddImportCommand(app, input), [&](auto&) { return cli::RunImport(input); }},
  };
  CLI11_PARSE(app, argc, argv);
  ::umask(077);  // what is written here is nobody else's
  base::StartLog(base::LogLevel::kWarning, false);
  auto chosen = std::find_if(std::begin(choices), std::end(choices),
                             [](const Choice& choice) { return choice.command->parsed(); });
  return chosen->run(*chosen->command);  // require_subcommand: there is one
}
