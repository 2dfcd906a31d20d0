#include "cli/maintenance.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <filesystem>

#include "base/files.h"
#include "base/json.h"
#include "cli/http.h"
#include "store/backup.h"
#include "store/verify.h"

namespace cli {
namespace {

constexpr long kBackupTimeoutS = 600;  // memory is written out first, on whatever disk it is

int FailWith(const std::string& why, int code = 1) {
  std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
  return code;
}

std::string Now() {
  std::time_t now = std::time(nullptr);
  std::tm utc{};
  ::gmtime_r(&now, &utc);
  std::array<char, 32> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%dT%H%M%SZ", &utc);
  return text.data();
}

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
  }

 private:
  std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// Prints what is wrong, and what was looked at. The exit code of `verify`.
int Verify(const std::string& folder) {
  Stopwatch watch;
  bool is_terminal = ::isatty(STDERR_FILENO) != 0;
  auto report = store::VerifyStore(folder, [&](const std::string& file) {
    if (is_terminal) std::fprintf(stderr, "\r\x1b[K%s", file.c_str());
  });
  if (is_terminal) std::fputs("\r\x1b[K", stderr);
  if (!report) return FailWith(report.error().detail, 2);
  for (const std::string& fault : report->faults) std::printf("damaged: %s\n", fault.c_str());
  for (const std::string& note : report->notes) {
    std::printf("unfinished, dropped by the next start: %s\n", note.c_str());
  }
  std::printf(
      "%s: %zu files, %zu accounts, %zu sessions, %zu instances, %zu changes; %s (%.3f s)\n",
      folder.c_str(), report->files, report->accounts, report->sessions, report->instances,
      report->changes, report->faults.empty() ? "all is well" : "DAMAGED", watch.Seconds());
  return report->faults.empty() ? 0 : 1;
}

// What the server says of the backup it made.
struct Made {
  std::string folder;
  double seconds = 0;
};

base::Result<Made> AskForBackup(const BackupFlags& flags) {
  HttpClient http;
  std::string name = flags.name.empty() ? Now() : flags.name;
  auto answer = http.Post(flags.ops + "/backup", flags.ops, "", {"X-Portrait-Backup: " + name},
                          kBackupTimeoutS);
  if (!answer) return tl::unexpected(answer.error());
  base::JsonParser parser;
  auto root = parser.Parse(*answer);
  if (!root || !root->Is(base::JsonValue::Type::kObject) ||
      !root->Find("folder").Is(base::JsonValue::Type::kString)) {
    return base::Fail(base::Code::kInternal, flags.ops + ": an answer that is none");
  }
  Made made{std::string(root->Find("folder").String())};
  base::JsonValue seconds = root->Find("seconds");
  if (seconds.Is(base::JsonValue::Type::kDouble)) made.seconds = seconds.Double();
  return made;
}

}  // namespace

CLI::App* AddVerifyCommand(CLI::App& cli, VerifyFlags& flags) {
  CLI::App* command = cli.add_subcommand("verify", "look for damage in a store nobody has open");
  auto* data = command->add_option("--data", flags.data, "the server's data folder");
  auto* store = command->add_option("--store", flags.store, "a store's own folder: a backup");
  data->excludes(store);
  command->callback([&flags] {
    if (flags.data.empty() && flags.store.empty()) throw CLI::RequiredError("--data or --store");
  });
  return command;
}

int RunVerify(const VerifyFlags& flags) {
  return Verify(flags.store.empty() ? flags.data + "/store" : flags.store);
}

CLI::App* AddBackupCommand(CLI::App& cli, BackupFlags& flags) {
  CLI::App* command =
      cli.add_subcommand("backup", "copy the store of a running server, and verify the copy");
  command->add_option("--ops", flags.ops, "the server's listener for its operator")
      ->capture_default_str();
  command->add_option("--name", flags.name,
                      "of the backup, in DATA/backups; the time if not given");
  command->add_option("--to", flags.to, "move it into this new folder, on any file system");
  return command;
}

int RunBackup(const BackupFlags& flags) {
  if (!flags.to.empty() && std::filesystem::exists(flags.to)) {
    return FailWith(flags.to + ": is there already");
  }
  auto made = AskForBackup(flags);
  if (!made) return FailWith(made.error().detail);
  std::printf("backup made in %.3f s: %s\n", made->seconds, made->folder.c_str());
  std::string folder = made->folder;
  if (!flags.to.empty()) {
    if (auto copied = store::CopyStore(folder, flags.to); !copied) {
      return FailWith(copied.error().detail);
    }
    std::filesystem::remove_all(folder);
    folder = flags.to;
  }
  return Verify(folder);
}

CLI::App* AddRestoreCommand(CLI::App& cli, RestoreFlags& flags) {
  CLI::App* command = cli.add_subcommand("restore", "make a backup the store of a data folder");
  command->add_option("--from", flags.from, "the backup")->required();
  command->add_option("--data", flags.data, "the data folder; it has no store")->required();
  return command;
}

int RunRestore(const RestoreFlags& flags) {
  std::string folder = flags.data + "/store";
  if (std::filesystem::exists(folder)) {
    return FailWith(folder + ": is there already; move it away first");
  }
  if (int code = Verify(flags.from); code != 0) return code;
  if (auto made = base::MakePrivateFolder(flags.data); !made) return FailWith(made.error().detail);
  if (auto copied = store::CopyStore(flags.from, folder); !copied) {
    return FailWith(copied.error().detail);
  }
  return Verify(folder);
}

}  // namespace cli
