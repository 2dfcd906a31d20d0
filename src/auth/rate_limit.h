#pragma once

// How often something may happen.

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace auth {

// A key for what a stranger chose: of a length that is always the same, and nobody outside this
// process can choose texts whose keys fall on one place of a hash table.
std::string ToOpaqueKey(std::string_view text);

// Counts events by key in windows of a fixed length. Thread-safe; holds at most kMaxKeys keys, of
// which the ones whose window has passed make room first, and then any.
class RateLimit {
 public:
  static constexpr std::size_t kMaxKeys = 1 << 20;

  // At most `limit` events a window; 0: no limit at all.
  RateLimit(std::size_t limit, std::int64_t window_ms) : limit_(limit), window_ms_(window_ms) {}

  // From the next event on.
  void SetLimit(std::size_t limit) { limit_ = limit; }

  // Counts an event and answers whether it is within the limit.
  bool Allow(std::string_view key, std::int64_t now_ms) { return Add(key, now_ms, 1); }

  // Whether one more event would be, without counting it.
  bool IsWithin(std::string_view key, std::int64_t now_ms) { return Add(key, now_ms, 0); }
  void Count(std::string_view key, std::int64_t now_ms) { Add(key, now_ms, 1); }

  // Whether nothing was counted for a window's time: then every key is within the limit.
  bool IsQuiet(std::int64_t now_ms) const { return now_ms - last_ms_ >= window_ms_; }

 private:
  struct Window {
    std::int64_t start_ms = 0;
    std::size_t events = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view key) const {
      return std::hash<std::string_view>()(key);
    }
  };
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::string, Window, Hash, std::equal_to<>> windows;
  };

  bool Add(std::string_view key, std::int64_t now_ms, std::size_t events);
  void MakeRoom(Shard& shard, std::int64_t now_ms) const;

  std::atomic<std::size_t> limit_;
  std::atomic<std::int64_t> last_ms_ = 0;  // of the last event that was counted
  const std::int64_t window_ms_;
  std::array<Shard, 16> shards_;
};

// Counts the events of one kind, which all threads share, in windows of a fixed length. Nobody
// waits for anybody.
class SharedLimit {
 public:
  explicit SharedLimit(std::int64_t window_ms) : window_ms_(window_ms) {}

  // Counts an event and answers whether it is within `limit` a window.
  bool Allow(std::int64_t now_ms, std::size_t limit);

 private:
  const std::int64_t window_ms_;
  std::atomic<std::uint64_t> window_ = 0;  // when it began (the lower 40 bits), and the events
};

}  // namespace auth
