#include "cli/copy.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <optional>

#include "cli/progress.h"
#include "store/copy.h"
#include "store/sql/bulk.h"

namespace cli {
namespace {

constexpr const char* kRocksDb = "rocksdb:";
constexpr const char* kSql = "sql:";

int FailWith(const std::string& why) {
  std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
  return 1;
}

base::Result<std::unique_ptr<store::Bulk>> Open(const std::string& place,
                                                store::sql::SqlOptions database, bool to_write) {
  if (place.starts_with(kRocksDb)) {
    std::string folder = place.substr(std::string_view(kRocksDb).size());
    return to_write ? store::OpenRocksDbToWrite(folder) : store::OpenRocksDbToRead(folder);
  }
  if (!place.starts_with(kSql)) {
    return base::Fail(base::Code::kInternal, place + " is not rocksdb:FOLDER or sql:DATABASE");
  }
  database.database = place.substr(std::string_view(kSql).size());
  return to_write ? store::sql::OpenSqlToWrite(database) : store::sql::OpenSqlToRead(database);
}

// A bar for each kind of thing; elsewhere than on a terminal a line for each.
class CopyProgress {
 public:
  void Show(const std::string& what, std::uint64_t done, std::uint64_t total) {
    if (what != what_) {
      what_ = what;
      bar_.emplace(total);
      if (::isatty(STDERR_FILENO) == 0) std::fprintf(stderr, "%s\n", what.c_str());
    }
    bar_->Show(done, [&] { return what + ": " + std::to_string(done); });
  }

 private:
  std::string what_;
  std::optional<Progress> bar_;
};

}  // namespace

CLI::App* AddCopyCommand(CLI::App& cli, CopyFlags& flags) {
  CLI::App* copy = cli.add_subcommand("copy", "put one store's contents into another, both unused");
  copy->add_option("--from", flags.from, "rocksdb:FOLDER ([store] data) or sql:DATABASE")
      ->required();
  copy->add_option("--to", flags.to, "the same; it must hold no accounts, or be a copy cut short")
      ->required();
  copy->add_flag("--more-to-come", flags.more_to_come,
                 "of a backup, while the server runs: a later copy writes what has changed since");
  AddDatabaseFlags(*copy, flags.store, false);
  return copy;
}

int RunCopy(CopyFlags flags) {
  if (auto read = ReadPassword(flags.store); !read) return FailWith(read.error().detail);
  auto from = Open(flags.from, flags.store.database, false);
  if (!from) return FailWith(from.error().detail);
  auto to = Open(flags.to, flags.store.database, true);
  if (!to) return FailWith(to.error().detail);
  std::optional<CopyProgress> progress(std::in_place);
  auto end = flags.more_to_come ? store::CopyEnd::kMoreToCome : store::CopyEnd::kFinished;
  auto report = store::CopyStore(
      **from, **to, end, [&](const std::string& what, std::uint64_t done, std::uint64_t total) {
        progress->Show(what, done, total);
      });
  progress.reset();
  if (!report) return FailWith(report.error().detail);
  std::printf("%" PRIu64 " accounts (%" PRIu64 " of them written now), %" PRIu64
              " things in all, checksum %016" PRIx64 " on both sides\n",
              report->accounts, report->copied_accounts, report->items, report->checksum);
  return 0;
}

}  // namespace cli
