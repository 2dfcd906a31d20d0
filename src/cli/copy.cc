#include "cli/copy.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>
#include <functional>
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

// Nobody waits for an answer meanwhile, and a cluster may be busy with what it is sent.
constexpr unsigned kTimeoutS = 60;
constexpr unsigned kGiveUpS = 300;

using Opened = base::Result<std::unique_ptr<store::Bulk>>;
Opened Open(const std::string& place, const CopyFlags& flags,
            Opened (*open_folder)(const std::string& folder),
            const std::function<Opened(const store::sql::SqlOptions&)>& open_database) {
  if (place.starts_with(kRocksDb)) {
    return open_folder(place.substr(std::string_view(kRocksDb).size()));
  }
  if (!place.starts_with(kSql)) {
    return base::Fail(base::Code::kInternal, place + " is not rocksdb:FOLDER or sql:DATABASE");
  }
  store::sql::SqlOptions database = flags.store.database;
  database.database = place.substr(std::string_view(kSql).size());
  database.timeout_s = kTimeoutS;
  database.give_up_s = kGiveUpS;
  return open_database(database);
}

Opened OpenFrom(const CopyFlags& flags) {
  auto source = flags.more_to_come ? store::sql::Source::kLive : store::sql::Source::kStill;
  return Open(flags.from, flags, store::OpenRocksDbToRead,
              [source](const store::sql::SqlOptions& database) {
                return store::sql::OpenSqlToRead(database, source);
              });
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
  CLI::App* copy = cli.add_subcommand(
      "copy", "put one store's contents into another: a copy, or one brought up to date");
  copy->add_option("--from", flags.from,
                   "rocksdb:FOLDER ([store] data, or a backup) or sql:DATABASE")
      ->required();
  copy->add_option("--to", flags.to,
                   "rocksdb:FOLDER or sql:DATABASE (made by `store init`): empty, or a copy that "
                   "was cut short or has --more-to-come")
      ->required();
  copy->add_flag("--more-to-come", flags.more_to_come,
                 "servers go on writing to the source (of rocksdb: to what a backup is of): a "
                 "later copy into the same place brings it up to date");
  AddDatabaseFlags(*copy, flags.store, false);
  return copy;
}

int RunCopy(CopyFlags flags) {
  if (auto read = ReadPassword(flags.store); !read) return FailWith(read.error().detail);
  auto from = OpenFrom(flags);
  if (!from) return FailWith(from.error().detail);
  auto to = Open(flags.to, flags, store::OpenRocksDbToWrite, store::sql::OpenSqlToWrite);
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
  if (report->broken > 0) {
    std::fprintf(stderr,
                 "portraitctl: %" PRIu64
                 " broken sessions, instances or changes were left out: see portraitctl verify\n",
                 report->broken);
  }
  return 0;
}

}  // namespace cli
