#include "cli/progress.h"

#include <unistd.h>

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

void Progress::Show(std::uint64_t done, std::uint64_t lines, std::uint64_t refused) {
  if (!is_terminal_ || Clock::now() - shown_ < kInterval) return;
  shown_ = Clock::now();
  std::string bar;
  if (total_ > 0) {
    std::uint64_t columns = done * kBarColumns / total_;
    bar = '[' + std::string(columns, '=') + std::string(kBarColumns - columns, ' ') + "] " +
          std::to_string(done * 100 / total_) + " %  ";
  }
  double per_s = static_cast<double>(lines) / Seconds();
  std::fprintf(stderr, "\r\x1b[K%s%lu accounts, %.0f/s, %lu refused", bar.c_str(),
               static_cast<unsigned long>(lines), per_s, static_cast<unsigned long>(refused));
}

}  // namespace cli
