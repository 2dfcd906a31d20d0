#pragma once

// What was read or written last, in memory, up to a number of bytes.
//
// It never holds a value older than the last acknowledged write: a write replaces the value before
// it is acknowledged, and what a reader found on disk is only kept if no write came in between
// (Version, then read, then Fill).

#include <array>
#include <boost/multi_index/hashed_index.hpp>
#include <boost/multi_index/member.hpp>
#include <boost/multi_index/sequenced_index.hpp>
#include <boost/multi_index_container.hpp>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

namespace base {

// Thread-safe: each key belongs to one of a few shards with a lock of its own. The value used
// longest ago makes room. `Hash` should spread well in all of its bits.
template <class Key, class Value, class Hash>
class Cache {
 public:
  // What an entry takes besides what its value points to: a node, its share of the buckets, and
  // what the allocator adds.
  static constexpr std::size_t kEntryBytes = sizeof(Key) + sizeof(Value) + 80;

  // `max_bytes`: what is held at most; 0: nothing.
  explicit Cache(std::size_t max_bytes) : max_shard_bytes_(max_bytes / kShards) {}

  std::optional<Value> Find(const Key& key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    auto& by_key = shard.entries.template get<0>();
    auto found = by_key.find(key);
    if (found == by_key.end()) return std::nullopt;
    auto& by_use = shard.entries.template get<1>();
    by_use.relocate(by_use.begin(), shard.entries.template project<1>(found));
    return found->value;
  }

  // How many writes the key's shard has seen.
  std::uint64_t Version(const Key& key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    return shard.writes;
  }

  // Keeps what was read since `version` was asked for, unless there was a write meanwhile. `bytes`:
  // what the value points to.
  void Fill(const Key& key, Value value, std::size_t bytes, std::uint64_t version) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    if (shard.writes == version) Put(shard, key, std::move(value), bytes);
  }

  // The value that was written, before the write is acknowledged.
  void Replace(const Key& key, Value value, std::size_t bytes) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    ++shard.writes;
    Put(shard, key, std::move(value), bytes);
  }

  // The key was deleted, or nobody knows what its value is now.
  void Drop(const Key& key) {
    Shard& shard = ShardOf(key);
    std::lock_guard lock(shard.mutex);
    ++shard.writes;
    Remove(shard, key);
  }

 private:
  static constexpr std::size_t kShards = 32;

  struct Entry {
    Key key;
    Value value;
    std::size_t bytes;
  };
  using Entries = boost::multi_index_container<
      Entry,
      boost::multi_index::indexed_by<boost::multi_index::hashed_unique<
                                         boost::multi_index::member<Entry, Key, &Entry::key>, Hash>,
                                     boost::multi_index::sequenced<>>>;  // the one used last comes
                                                                         // first
  struct Shard {
    std::mutex mutex;
    Entries entries;
    std::size_t bytes = 0;
    std::uint64_t writes = 0;
  };

  // The upper bits: the lower ones choose a shard's bucket.
  Shard& ShardOf(const Key& key) { return shards_[(Hash()(key) >> 48) % kShards]; }

  void Remove(Shard& shard, const Key& key) {
    auto& by_key = shard.entries.template get<0>();
    auto found = by_key.find(key);
    if (found == by_key.end()) return;
    shard.bytes -= found->bytes;
    by_key.erase(found);
  }

  void Put(Shard& shard, const Key& key, Value value, std::size_t bytes) {
    Remove(shard, key);
    bytes += kEntryBytes;
    if (bytes > max_shard_bytes_) return;
    auto& by_use = shard.entries.template get<1>();
    while (shard.bytes + bytes > max_shard_bytes_) {
      shard.bytes -= by_use.back().bytes;
      by_use.pop_back();
    }
    by_use.push_front(Entry{key, std::move(value), bytes});
    shard.bytes += bytes;
  }

  const std::size_t max_shard_bytes_;
  std::array<Shard, kShards> shards_;
};

}  // namespace base
