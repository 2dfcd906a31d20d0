#include "notify/hub.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace notify {

namespace {

// What the event ends the wait with, if it does.
std::optional<Wake> EndOf(const Hub::Waiter& waiter, const store::Event& event) {
  const auto& [instance, session] = waiter;
  for (const store::Instance& evicted : event.evicted_instances) {
    if (evicted.id == instance && evicted.session == session) return Wake::kEvicted;
  }
  const auto& ended = event.ended_sessions;
  if (std::find(ended.begin(), ended.end(), session) == ended.end()) return std::nullopt;
  return event.by_logout ? Wake::kSuperseded : Wake::kEnded;
}

}  // namespace

std::string Hub::KeyOf(store::AppId app, const store::AccountId& account) {
  return std::to_string(app) + ' ' + account.String();
}

Hub::Shard& Hub::ShardOf(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

std::uint64_t Hub::Add(store::AppId app, const store::AccountId& account, Waiter waiter,
                       Waker waker) {
  std::string key = KeyOf(app, account);
  Shard& shard = ShardOf(key);
  Waker superseded;
  std::uint64_t number = 0;
  {
    std::lock_guard lock(shard.mutex);
    number = ++shard.last_number;
    if (!shard.is_stopped) {
      auto& waits = shard.waits[key];
      auto earlier = std::find_if(waits.begin(), waits.end(), [&](const Wait& wait) {
        return !waiter.instance.empty() && wait.waiter.instance == waiter.instance;
      });
      if (earlier != waits.end()) {
        superseded = std::move(earlier->waker);
        waits.erase(earlier);
      }
      waits.push_back({number, std::move(waiter), std::move(waker)});
    }
  }
  if (superseded) superseded(Wake::kSuperseded);
  if (waker) waker(Wake::kStopping);  // not moved from: the hub has stopped
  return number;
}

void Hub::Remove(store::AppId app, const store::AccountId& account, std::uint64_t number) {
  std::string key = KeyOf(app, account);
  Shard& shard = ShardOf(key);
  std::lock_guard lock(shard.mutex);
  auto found = shard.waits.find(key);
  if (found == shard.waits.end()) return;
  std::erase_if(found->second, [number](const Wait& wait) { return wait.number == number; });
  if (found->second.empty()) shard.waits.erase(found);
}

void Hub::OnEvent(const store::Event& event) {
  std::string key = KeyOf(event.app, event.account);
  Shard& shard = ShardOf(key);
  std::vector<Waker> changed;
  std::vector<std::pair<Waker, Wake>> ended;
  {
    std::lock_guard lock(shard.mutex);
    auto found = shard.waits.find(key);
    if (found == shard.waits.end()) return;
    auto& waits = found->second;
    std::erase_if(waits, [&](const Wait& wait) {
      auto end = EndOf(wait.waiter, event);
      if (end) ended.emplace_back(wait.waker, *end);
      return end.has_value();
    });
    if (event.has_change) {
      for (const Wait& wait : waits) changed.push_back(wait.waker);
    }
    if (waits.empty()) shard.waits.erase(found);
  }
  for (const Waker& waker : changed) waker(Wake::kChanged);
  for (const auto& [waker, end] : ended) waker(end);
}

void Hub::Stop() {
  for (Shard& shard : shards_) {
    std::unordered_map<std::string, std::vector<Wait>> waits;
    {
      std::lock_guard lock(shard.mutex);
      shard.is_stopped = true;
      waits.swap(shard.waits);
    }
    for (auto& [key, woken] : waits) {
      for (Wait& wait : woken) wait.waker(Wake::kStopping);
    }
  }
}

}  // namespace notify
