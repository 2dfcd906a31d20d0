// The simulation of tests/sim on a SQL store.
//
//   SIM_SEED=N ./sql_tests --gtest_filter=SqlSimulation.*   one history, step by step
//   SIM_SEEDS=N                                             that many instead of 10

#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/sim/simulation.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

std::string RunSeed(std::uint64_t seed, bool verbose) {
  TempFolder folder;
  auto open = [&folder] { return Sql::Open(folder.path.string()); };
  return sim::Simulation(seed, open, verbose).Run();
}

TEST(SqlSimulation, IsAnsweredAsTheModelForetells) {
  if (const char* only = std::getenv("SIM_SEED")) {
    EXPECT_EQ(RunSeed(std::stoull(only), true), "");
    return;
  }
  const char* count = std::getenv("SIM_SEEDS");
  std::uint64_t last = count == nullptr ? 10 : std::stoull(count);
  for (std::uint64_t seed = 1; seed <= last && !HasFailure(); ++seed) {
    EXPECT_EQ(RunSeed(seed, false), "") << "SIM_SEED=" << seed;
  }
}

}  // namespace
}  // namespace store
