#include "notify/hub.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace notify {

std::string Hub::KeyOf(store::AppId app, const store::AccountId& account) {
  return std::to_string(app) + ' ' + account.String();
}

Hub::Shard& Hub::ShardOf(const std::string& key) {
  return shards_[std::hash<std::string>{}(key) % shards_.size()];
}

std::uint64_t Hub::Add(store::AppId app, const store::AccountId& account, std::string instance,
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
        return !instance.empty() && wait.instance == instance;
      });
      if (earlier != waits.end()) {
        superseded = std::move(earlier->waker);
        waits.erase(earlier);
      }
      waits.push_back({number, std::move(instance), std::move(waker)});
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
  auto end_of = [&event](const std::string& instance) -> std::optional<Wake> {
    auto has = [&instance](const std::vector<std::string>& ids) {
      return std::find(ids.begin(), ids.end(), instance) != ids.end();
    };
    if (has(event.evicted_instances)) return Wake::kEvicted;
    if (!has(event.ended_instances)) return std::nullopt;
    return event.by_logout ? Wake::kSuperseded : Wake::kEnded;
  };
  {
    std::lock_guard lock(shard.mutex);
    auto found = shard.waits.find(key);
    if (found == shard.waits.end()) return;
    auto& waits = found->second;
    std::erase_if(waits, [&](const Wait& wait) {
      auto end = end_of(wait.instance);
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
