#pragma once

// How far a long command is: a bar on a terminal, nothing elsewhere.

#include <chrono>
#include <cstdint>
#include <string>

namespace cli {

class Progress {
 public:
  // `total`: what Show's `done` ends at; 0: not known.
  explicit Progress(std::uint64_t total);
  ~Progress();  // leaves an empty line
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // At most ten times a second. `lines` are counted from the beginning of this run.
  void Show(std::uint64_t done, std::uint64_t lines, std::uint64_t refused);

  double Seconds() const;

 private:
  using Clock = std::chrono::steady_clock;
  const std::uint64_t total_;
  const bool is_terminal_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point shown_{};
};

}  // namespace cli
