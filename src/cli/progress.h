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

  // At most ten times a second: the bar, and what `describe` answers.
  template <class Describe>
  void Show(std::uint64_t done, Describe describe) {
    if (IsDue()) Draw(done, describe());
  }

  double Seconds() const;

 private:
  bool IsDue();
  void Draw(std::uint64_t done, const std::string& text) const;

  using Clock = std::chrono::steady_clock;
  const std::uint64_t total_;
  const bool is_terminal_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point shown_{};
};

// `1000 accounts, 50000/s, 0 refused`
std::string DescribeLines(std::uint64_t lines, double seconds, std::uint64_t refused);

}  // namespace cli
