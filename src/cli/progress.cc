#include "cli/progress.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace cli {
namespace {

constexpr std::uint64_t kBarColumns = 30;
constexpr std::chrono::milliseconds kInterval{100};

}  // namespace

Progress::Progress(std::uint64_t total) : total_(total), is_terminal_(::isatty(STDERR_FILENO)) {}

Progress::~Progress() {
  if (is_terminal_) std::fputs("\r\x1b[K", stderr);
}

double Progress::Seconds() const {
  return std::chrono::duration<double>(Clock::now() - began_).count();
}

bool Progress::IsDue() {
  if (!is_terminal_ || Clock::now() - shown_ < kInterval) return false;
  shown_ = Clock::now();
  return true;
}

void Progress::Draw(std::uint64_t done, const std::string& text) const {
  std::string bar;
  if (total_ > 0) {
    done = std::min(done, total_);  // the total may be an estimate
    std::uint64_t columns = done * kBarColumns / total_;
    bar = '[' + std::string(columns, '=') + std::string(kBarColumns - columns, ' ') + "] " +
          std::to_string(done * 100 / total_) + " %  ";
  }
  std::fprintf(stderr, "\r\x1b[K%s%s", bar.c_str(), text.c_str());
}

std::string DescribeLines(std::uint64_t lines, double seconds, std::uint64_t refused) {
  auto per_s = static_cast<std::uint64_t>(static_cast<double>(lines) / std::max(seconds, 1e-3));
  return std::to_string(lines) + " accounts, " + std::to_string(per_s) + "/s, " +
         std::to_string(refused) + " refused";
}

}  // namespace cli
