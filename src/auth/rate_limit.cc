#include "auth/rate_limit.h"

#include <openssl/rand.h>

#include <algorithm>

#include "auth/sha256.h"
#include "base/check.h"

namespace auth {

std::string ToOpaqueKey(std::string_view text) {
  static const std::string kSecret = [] {
    std::string secret(32, '\0');
    CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(secret.data()), 32) == 1);
    return secret;
  }();
  Sha256Digest digest = Sha256(kSecret + std::string(text));
  return std::string(digest.begin(), digest.end());
}

bool RateLimit::Add(std::string_view key, std::int64_t now_ms, std::size_t events) {
  std::size_t limit = limit_;
  if (limit == 0) return true;
  if (events > 0) last_ms_ = now_ms;
  Shard& shard = shards_[std::hash<std::string_view>{}(key) % shards_.size()];
  std::lock_guard lock(shard.mutex);
  auto found = shard.windows.find(key);
  if (found == shard.windows.end()) {
    if (events == 0) return true;
    MakeRoom(shard, now_ms);
    found = shard.windows.emplace(key, Window{now_ms, 0}).first;
  }
  Window& window = found->second;
  if (now_ms - window.start_ms >= window_ms_ || now_ms < window.start_ms) window = {now_ms, 0};
  bool is_within = window.events < limit;
  window.events += events;
  return is_within;
}

void RateLimit::MakeRoom(Shard& shard, std::int64_t now_ms) const {
  std::size_t most = kMaxKeys / shards_.size();
  if (shard.windows.size() < most) return;
  std::erase_if(shard.windows,
                [&](const auto& entry) { return now_ms - entry.second.start_ms >= window_ms_; });
  if (shard.windows.size() >= most) shard.windows.erase(shard.windows.begin());
}

bool SharedLimit::Allow(std::int64_t now_ms, std::size_t limit) {
  constexpr int kCountBits = 24;
  constexpr std::uint64_t kMaxCount = (1 << kCountBits) - 1;
  constexpr std::uint64_t kTimeMask = ~std::uint64_t{0} >> kCountBits;
  std::uint64_t now = static_cast<std::uint64_t>(now_ms) & kTimeMask;
  std::uint64_t seen = window_.load(std::memory_order_relaxed);
  for (;;) {
    std::uint64_t start = seen >> kCountBits;
    std::uint64_t events = seen & kMaxCount;
    // A clock that was set back makes this a very long time, which is over as well.
    bool is_over = ((now - start) & kTimeMask) >= static_cast<std::uint64_t>(window_ms_);
    if (is_over) start = now, events = 0;
    std::uint64_t next = start << kCountBits | std::min(events + 1, kMaxCount);
    if (window_.compare_exchange_weak(seen, next, std::memory_order_relaxed)) return events < limit;
  }
}

}  // namespace auth
