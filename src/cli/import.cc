#include <unistd.h>

#include <CLI/CLI.hpp>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <filesystem>
#include <fstream>
#include <mutex>

#include "base/files.h"
#include "base/json_string.h"
#include "cli/import_target.h"
#include "cli/progress.h"
#include "cli/transfer.h"

namespace cli {
namespace {

namespace fs = std::filesystem;
using base::Code;

constexpr std::size_t kMaxWaiting = 8192;  // lines handed in whose verdict is missing
constexpr std::chrono::milliseconds kSaveInterval{500};

bool IsUnknown(const std::optional<base::Error>& problem) {
  return problem && (problem->code == Code::kStorageFailed || problem->code == Code::kInternal);
}

// How far an import is: all lines before `bytes` have their verdict, in the first `verdict_bytes`
// of the verdicts.
struct Position {
  std::uint64_t lines = 0;
  std::uint64_t bytes = 0;
  std::uint64_t verdict_bytes = 0;
  std::uint64_t refused = 0;

  std::string Text() const {
    return "{\"lines\":" + std::to_string(lines) + ",\"bytes\":" + std::to_string(bytes) +
           ",\"verdict_bytes\":" + std::to_string(verdict_bytes) +
           ",\"refused\":" + std::to_string(refused) + "}\n";
  }
};

base::Result<Position> ReadPosition(const std::string& path) {
  Position position;
  std::error_code error;
  if (!fs::exists(path, error)) return position;
  auto text = base::ReadFirstLine(path);
  if (!text) return tl::unexpected(text.error());
  base::JsonParser parser;
  auto root = parser.Parse(*text);
  auto take = [&](const char* name, std::uint64_t& value) {
    bool is_there = root && root->Is(base::JsonValue::Type::kObject) &&
                    root->Find(name).Is(base::JsonValue::Type::kInteger);
    if (is_there) value = static_cast<std::uint64_t>(root->Find(name).Integer());
    return is_there;
  };
  if (!take("lines", position.lines) || !take("bytes", position.bytes) ||
      !take("verdict_bytes", position.verdict_bytes) || !take("refused", position.refused)) {
    return base::Fail(Code::kInternal, path + ": not a position");
  }
  return position;
}

// One import: reads lines, hands them in, and writes their verdicts in order.
class Import {
 public:
  Import(const ImportFlags& flags, ImportTarget& target, Position position)
      : flags_(flags),
        target_(target),
        position_file_(PositionFile(flags)),
        position_(position),
        first_line_(position.lines) {}

  static std::string PositionFile(const ImportFlags& flags) {
    return flags.position.empty() ? flags.file + ".position" : flags.position;
  }

  int Run();

 private:
  struct Pending {
    std::uint64_t end = 0;  // of the line, in the file
    std::string account;
    bool is_done = false;
    std::optional<base::Error> problem;
  };

  base::Result<void> OpenFiles();
  void HandIn(const std::string& line, std::uint64_t end);
  bool Drain(std::size_t max_waiting);  // false: it cannot go on
  void WriteVerdict(const Pending& pending);
  bool Save();

  const ImportFlags& flags_;
  ImportTarget& target_;
  const std::string position_file_;
  Position position_;
  const std::uint64_t first_line_;
  std::uint64_t total_bytes_ = 0;
  std::ifstream in_;
  std::FILE* verdicts_ = stdout;
  base::JsonParser parser_;
  std::string failure_;
  std::unique_ptr<Progress> progress_;
  std::chrono::steady_clock::time_point saved_{};

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Pending>> pending_;
};

base::Result<void> Import::OpenFiles() {
  in_.open(flags_.file, std::ios::binary);
  std::error_code error;
  total_bytes_ = fs::file_size(flags_.file, error);
  if (!in_ || error) return base::Fail(Code::kInternal, flags_.file + ": cannot be read");
  in_.seekg(static_cast<std::streamoff>(position_.bytes));
  if (flags_.verdicts.empty()) return {};
  verdicts_ = std::fopen(flags_.verdicts.c_str(), position_.lines == 0 ? "wb" : "rb+");
  // What was written after the last saved position is written again.
  bool is_ready =
      verdicts_ != nullptr &&
      ::ftruncate(::fileno(verdicts_), static_cast<off_t>(position_.verdict_bytes)) == 0 &&
      std::fseek(verdicts_, 0, SEEK_END) == 0;
  if (!is_ready) return base::Fail(Code::kInternal, flags_.verdicts + ": cannot be written");
  return {};
}

void Import::HandIn(const std::string& line, std::uint64_t end) {
  auto pending = std::make_shared<Pending>();
  pending->end = end;
  auto alphabet = flags_.utf8_account_ids ? profile::AccountId::Alphabet::kUtf8
                                          : profile::AccountId::Alphabet::kAscii;
  auto read = ReadAccountLine(line, parser_, target_.schema(), alphabet);
  {
    std::lock_guard lock(mutex_);
    pending_.push_back(pending);
    if (!read) {
      pending->account = read.error().account;
      pending->problem = read.error().error;
      pending->is_done = true;
      return;
    }
  }
  pending->account = read->account.String();
  target_.Apply(*std::move(read), [this, pending](std::optional<base::Error> problem) {
    std::lock_guard lock(mutex_);
    pending->problem = std::move(problem);
    pending->is_done = true;
    changed_.notify_all();
  });
}

void Import::WriteVerdict(const Pending& pending) {
  std::string verdict = "{\"line\":" + std::to_string(position_.lines) + ",\"To_Account\":";
  base::AppendJsonString(verdict, pending.account);
  if (pending.problem) {
    verdict += ",\"verdict\":\"refused\",\"ErrorCode\":" +
               std::to_string(static_cast<int>(pending.problem->code)) + ",\"rule\":";
    base::AppendJsonString(verdict, pending.problem->detail);
  } else {
    verdict += ",\"verdict\":\"accepted\"";
  }
  verdict += "}\n";
  std::fwrite(verdict.data(), 1, verdict.size(), verdicts_);
  position_.verdict_bytes += verdict.size();
}

// Verdicts first: the position never promises one that is not there.
bool Import::Save() {
  if (std::fflush(verdicts_) != 0) {
    failure_ = "the verdicts cannot be written";
    return false;
  }
  saved_ = std::chrono::steady_clock::now();
  auto written = base::WriteFileAtomically(position_file_, position_.Text());
  if (!written) failure_ = written.error().detail;
  return written.has_value();
}

// Writes the verdicts that are there, and waits until at most `max_waiting` are missing.
bool Import::Drain(std::size_t max_waiting) {
  for (;;) {
    std::shared_ptr<Pending> pending;
    {
      std::unique_lock lock(mutex_);
      if (pending_.empty()) return true;
      if (!pending_.front()->is_done && pending_.size() <= max_waiting) return true;
      changed_.wait(lock, [this] { return pending_.front()->is_done; });
      pending = pending_.front();
      if (IsUnknown(pending->problem)) {
        failure_ = "line " + std::to_string(position_.lines + 1) + ": " +
                   std::to_string(static_cast<int>(pending->problem->code)) + ' ' +
                   pending->problem->detail;
        return false;
      }
      pending_.pop_front();
    }
    ++position_.lines;
    position_.bytes = pending->end;
    if (pending->problem) ++position_.refused;
    WriteVerdict(*pending);
    progress_->Show(position_.bytes, [this] {
      return DescribeLines(position_.lines - first_line_, progress_->Seconds(), position_.refused);
    });
    if (std::chrono::steady_clock::now() - saved_ > kSaveInterval && !Save()) return false;
  }
}

int Import::Run() {
  auto opened = OpenFiles();
  if (!opened) {
    std::fprintf(stderr, "portraitctl: %s\n", opened.error().detail.c_str());
    return 2;
  }
  progress_ = std::make_unique<Progress>(total_bytes_);
  std::uint64_t end = position_.bytes;
  std::string line;
  bool goes_on = true;
  while (goes_on && std::getline(in_, line)) {
    end = std::min(end + line.size() + 1, total_bytes_);
    HandIn(line, end);
    goes_on = Drain(kMaxWaiting);
  }
  goes_on = goes_on && Drain(0);
  // Nobody calls back once all have: the target is done with what was handed in.
  std::unique_lock lock(mutex_);
  for (auto& pending : pending_) changed_.wait(lock, [&] { return pending->is_done; });
  lock.unlock();
  bool saved = Save();
  double seconds = progress_->Seconds();
  progress_.reset();
  std::uint64_t lines = position_.lines - first_line_;
  std::fprintf(stderr, "%lu lines, %lu of all refused, %.1f s, %.0f/s\n",
               static_cast<unsigned long>(lines), static_cast<unsigned long>(position_.refused),
               seconds, static_cast<double>(lines) / std::max(seconds, 1e-3));
  if (!goes_on || !saved) {
    std::fprintf(stderr, "portraitctl: %s; the same command continues after line %lu\n",
                 failure_.c_str(), static_cast<unsigned long>(position_.lines));
    return 2;
  }
  return position_.refused == 0 ? 0 : 1;
}

base::Result<std::unique_ptr<ImportTarget>> OpenTarget(const ImportFlags& flags) {
  if (!flags.data.empty()) return OpenStoreTarget(flags.data + "/store", flags.server.sdkappid);
  auto secret_key = base::ReadFirstLine(flags.secret_key_file);
  if (!secret_key) return tl::unexpected(secret_key.error());
  RestServer server = flags.server;
  server.secret_key = *secret_key;
  return OpenServerTarget(server, flags.connections);
}

}  // namespace

CLI::App* AddImportCommand(CLI::App& cli, ImportFlags& flags) {
  CLI::App* command = cli.add_subcommand(
      "import", "create accounts and set their fields from JSON Lines, in a store or on a server");
  command->add_option("FILE", flags.file, "one account a line, as export writes them")
      ->required()
      ->check(CLI::ExistingFile);
  auto* data =
      command->add_option("--data", flags.data, "the data folder of a server that is down");
  command->add_option("--server", flags.server.url, "otherwise, a running server's address")
      ->capture_default_str()
      ->excludes(data);
  command->add_option("--sdkappid", flags.server.sdkappid, "the application")->required();
  command->add_option("--admin", flags.server.admin, "an admin of it")->capture_default_str();
  auto* key = command->add_option("--secret-key-file", flags.secret_key_file,
                                  "its secret key, for a running server");
  command->add_option("--ca-file", flags.server.ca_file, "certificates to trust, PEM");
  command->add_option("--connections", flags.connections, "to a running server")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command->add_flag("--utf8-account-ids", flags.utf8_account_ids,
                    "the app allows more than printable ASCII");
  command->add_option("--verdicts", flags.verdicts, "file; standard output if not given");
  command->add_option("--position", flags.position,
                      "file that says how far it is; FILE.position if not given");
  command->callback([data, key] {
    if (data->count() + key->count() == 0) throw CLI::RequiredError("--data or --secret-key-file");
  });
  return command;
}

int RunImport(const ImportFlags& flags) {
  auto position = ReadPosition(Import::PositionFile(flags));
  if (!position) {
    std::fprintf(stderr, "portraitctl: %s\n", position.error().detail.c_str());
    return 2;
  }
  auto target = OpenTarget(flags);
  if (!target) {
    std::fprintf(stderr, "portraitctl: %s\n", target.error().detail.c_str());
    return 2;
  }
  return Import(flags, **target, *position).Run();
}

}  // namespace cli
