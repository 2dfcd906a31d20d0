// A seeded simulation: 50 accounts of three apps sign in, set, read, poll, are kicked, deleted and
// imported again, while the server restarts and time passes. A plain model, written from
// docs/protocol/, foretells every answer; the first difference fails the seed.
//
//   SIM_SEED=N ./sim_test     one history, step by step
//   SIM_SEEDS=N ./sim_test    that many instead of 200
//
// A seed that 41 divides runs on a RocksDB store, with a record cache or without one, the others on
// a memory store.

#include <gtest/gtest.h>
#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "store/rocksdb_store.h"
#include "tests/sim/simulation.h"

namespace sim {
namespace {

constexpr std::uint64_t kParts = 4;

// Of a store; empty for a memory store.
struct Folder {
  explicit Folder(bool is_wanted) {
    if (!is_wanted) return;
    std::string pattern = testing::TempDir() + "portrait_sim_XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    if (!path.empty()) std::filesystem::remove_all(path);
  }
  Folder(const Folder&) = delete;

  std::string path;
};

constexpr std::size_t kCacheBytes[] = {0, 1 << 20, 64 << 20};

std::string RunSeed(std::uint64_t seed, bool verbose) {
  Folder folder(seed % 41 == 0);
  if (folder.path.empty()) return Simulation(seed, nullptr, verbose).Run();
  auto open = [&folder, seed]() -> std::unique_ptr<store::Store> {
    store::RocksDbOptions options;
    options.path = folder.path + "/store";
    options.write_buffer_bytes = 1 << 20;
    options.record_cache_bytes = kCacheBytes[seed % std::size(kCacheBytes)];
    auto store = store::OpenRocksDbStore(options);
    if (!store) throw std::runtime_error(store.error().detail);
    return *std::move(store);
  };
  return Simulation(seed, open, verbose).Run();
}

class Seeds : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Seeds, AreAnsweredAsTheModelForetells) {
  if (const char* only = std::getenv("SIM_SEED")) {
    std::uint64_t seed = std::stoull(only);
    if (seed % kParts == GetParam()) {
      std::string difference = RunSeed(seed, true);
      if (!difference.empty()) ADD_FAILURE() << difference;
    }
    return;
  }
  const char* count = std::getenv("SIM_SEEDS");
  std::uint64_t last = count == nullptr ? 200 : std::stoull(count);
  for (std::uint64_t seed = 1; seed <= last; ++seed) {
    if (seed % kParts == GetParam()) {
      std::string difference = RunSeed(seed, false);
      if (!difference.empty()) FAIL() << difference;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Simulation, Seeds, testing::Range<std::uint64_t>(0, kParts));

}  // namespace
}  // namespace sim
