#pragma once

// The engines that need nothing but this machine.

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace store {

struct Memory {
  static constexpr bool kIsDurable = false;
  static std::unique_ptr<Store> Open(const std::string&) { return std::make_unique<MemoryStore>(); }
};

template <std::size_t record_cache_bytes>
struct RocksDbWithCache {
  static constexpr bool kIsDurable = true;
  static std::unique_ptr<Store> Open(const std::string& folder) {
    RocksDbOptions options;
    options.path = folder + "/store";
    options.record_cache_bytes = record_cache_bytes;
    auto store = OpenRocksDbStore(options);
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
};

using RocksDb = RocksDbWithCache<64 << 20>;
using Engines = testing::Types<Memory, RocksDb, RocksDbWithCache<0>, RocksDbWithCache<1 << 20>>;
using Durable = RocksDb;  // the one whose histories are compared with memory's

}  // namespace store
