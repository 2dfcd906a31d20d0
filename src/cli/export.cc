#include <CLI/CLI.hpp>
#include <cstdio>
#include <fstream>
#include <memory>

#include "cli/account_line.h"
#include "cli/progress.h"
#include "cli/transfer.h"
#include "store/scan.h"

namespace cli {
namespace {

constexpr std::size_t kFlushBytes = 1 << 20;

class Writer {
 public:
  explicit Writer(const std::string& path)
      : file_(path.empty() ? stdout : std::fopen(path.c_str(), "wbx")) {}
  ~Writer() {
    if (file_ != nullptr && file_ != stdout) std::fclose(file_);
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  bool IsOpen() const { return file_ != nullptr; }
  bool Write(std::string& text) {
    bool written = std::fwrite(text.data(), 1, text.size(), file_) == text.size();
    text.clear();
    return written;
  }
  bool Finish() { return std::fflush(file_) == 0; }

 private:
  std::FILE* file_;
};

}  // namespace

CLI::App* AddExportCommand(CLI::App& cli, ExportFlags& flags) {
  CLI::App* command =
      cli.add_subcommand("export", "write the accounts of a store nobody has open as JSON Lines");
  auto* data = command->add_option("--data", flags.data, "the server's data folder");
  auto* store = command->add_option("--store", flags.store, "a store's own folder: a backup");
  data->excludes(store);
  command->add_option("--sdkappid", flags.sdkappid, "the application")->required();
  command->add_option("--out", flags.out, "a new file; standard output if not given");
  command->callback([&flags] {
    if (flags.data.empty() && flags.store.empty()) throw CLI::RequiredError("--data or --store");
  });
  return command;
}

int RunExport(const ExportFlags& flags) {
  Writer writer(flags.out);
  if (!writer.IsOpen()) {
    std::fprintf(stderr, "portraitctl: %s: cannot be made; is it there?\n", flags.out.c_str());
    return 1;
  }
  profile::Schema schema(flags.sdkappid);
  Progress progress(0);
  std::string text;
  std::uint64_t written = 0;
  std::uint64_t broken = 0;
  bool is_full = false;
  auto scanned = store::ScanAccounts(
      flags.store.empty() ? flags.data + "/store" : flags.store, flags.sdkappid,
      [&](const store::Store::Fields& fields) {
        for (const profile::CustomField& field : fields) schema.AddCustomField(field);
      },
      [&](const std::string& account, const base::Result<store::RecordPtr>& record) {
        if (!record) {
          ++broken;
          std::fprintf(stderr, "portraitctl: %s: %s\n", account.c_str(),
                       record.error().detail.c_str());
          return true;
        }
        AppendAccountLine(text, account, **record, schema);
        ++written;
        progress.Show(0, [&] { return DescribeLines(written, progress.Seconds(), broken); });
        is_full = text.size() >= kFlushBytes && !writer.Write(text);
        return !is_full;
      });
  if (!scanned || is_full || !writer.Write(text) || !writer.Finish()) {
    std::string why = scanned ? "the output cannot be written" : scanned.error().detail;
    std::fprintf(stderr, "portraitctl: %s\n", why.c_str());
    return 1;
  }
  std::fprintf(stderr, "%lu accounts written, %lu broken, %.1f s\n",
               static_cast<unsigned long>(written), static_cast<unsigned long>(broken),
               progress.Seconds());
  return broken == 0 ? 0 : 1;
}

}  // namespace cli
