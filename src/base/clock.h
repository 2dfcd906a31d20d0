#pragma once

#include <cstdint>

namespace base {

// The wall clock, as a seam: tests move theirs by hand. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  // Milliseconds since 1970-01-01 UTC.
  virtual std::int64_t NowMs() const = 0;
};

class SystemClock final : public Clock {
 public:
  std::int64_t NowMs() const override;
};

}  // namespace base
