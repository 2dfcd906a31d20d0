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

struct RocksDb {
  static constexpr bool kIsDurable = true;
  static std::unique_ptr<Store> Open(const std::string& folder) {
    RocksDbOptions options;
    options.path = folder + "/store";
    auto store = OpenRocksDbStore(options);
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
};

using Engines = testing::Types<Memory, RocksDb>;
using Durable = RocksDb;  // the one whose histories are compared with memory's

}  // namespace store
