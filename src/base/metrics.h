#pragma once

// Counters and gauges in the Prometheus text format.

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace base {

// Only ever grows. Thread-safe.
class Counter {
 public:
  void Add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  std::uint64_t Value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// The series of one process. Thread-safe; what AddCounter returns lives as long as this.
class Metrics {
 public:
  // `labels` without braces: `command="portrait_get",result="ok"`, or empty. Series of one name
  // must be added one after the other and share `help`.
  Counter& AddCounter(std::string_view name, std::string_view help, std::string_view labels = {});

  // `read` is called by Render, on its thread.
  void AddGauge(std::string_view name, std::string_view help, std::function<double()> read);

  std::string Render() const;

 private:
  struct Series {
    std::string name, help, labels;
    Counter counter;
    std::function<double()> gauge;
  };

  mutable std::mutex mutex_;
  std::deque<Series> series_;  // a deque: references stay valid
};

}  // namespace base
