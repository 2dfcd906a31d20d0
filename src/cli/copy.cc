#include "cli/copy.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cinttypes>
#include <cstdio>

#include "store/copy.h"
#include "store/sql/bulk.h"

namespace cli {
namespace {

constexpr const char* kRocksDb = "rocksdb:";
constexpr const char* kSql = "sql:";

int FailWith(const std::string& why) {
  std::fprintf(stderr, "\nportraitctl: %s\n", why.c_str());
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

// On a terminal one line that changes; elsewhere a line for each kind of thing.
class Progress {
 public:
  void Show(const std::string& what, std::uint64_t done) {
    bool is_terminal = ::isatty(STDERR_FILENO) != 0;
    bool is_new = what != what_;
    what_ = what;
    if (is_terminal) std::fprintf(stderr, "\r%-28s %12" PRIu64, what.c_str(), done);
    if (!is_terminal && is_new) std::fprintf(stderr, "%s\n", what.c_str());
  }
  void End() const {
    if (::isatty(STDERR_FILENO) != 0) std::fputc('\n', stderr);
  }

 private:
  std::string what_;
};

}  // namespace

CLI::App* AddCopyCommand(CLI::App& cli, CopyFlags& flags) {
  CLI::App* copy = cli.add_subcommand("copy", "put one store's contents into another, both unused");
  copy->add_option("--from", flags.from, "rocksdb:FOLDER ([store] data) or sql:DATABASE")
      ->required();
  copy->add_option("--to", flags.to, "the same; it must hold no accounts, or be a copy cut short")
      ->required();
  AddDatabaseFlags(*copy, flags.store, false);
  return copy;
}

int RunCopy(CopyFlags flags) {
  if (auto read = ReadPassword(flags.store); !read) return FailWith(read.error().detail);
  auto from = Open(flags.from, flags.store.database, false);
  if (!from) return FailWith(from.error().detail);
  auto to = Open(flags.to, flags.store.database, true);
  if (!to) return FailWith(to.error().detail);
  Progress progress;
  auto report = store::CopyStore(**from, **to, [&](const std::string& what, std::uint64_t done) {
    progress.Show(what, done);
  });
  if (!report) return FailWith(report.error().detail);
  progress.End();
  std::printf("%" PRIu64 " accounts (%" PRIu64 " of them now), %" PRIu64
              " things in all, checksum %016" PRIx64 " on both sides\n",
              report->accounts, report->copied_accounts, report->items, report->checksum);
  return 0;
}

}  // namespace cli
