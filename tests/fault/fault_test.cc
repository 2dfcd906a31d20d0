// Every operation of the file system fails once, at a time, and no promise of store.h breaks.
//
// Each test plans the failure of the n-th operation of a kind for n = 1, 2, … until a run ends
// untouched. FAULT_STRIDE=k tries every k-th n only.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>

#include "base/log.h"
#include "tests/fault/fault_file_system.h"
#include "tests/fault/history.h"

namespace fault {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kStepsPerRun = 24;
constexpr unsigned kNothingLost = 100;  // percent of unsynced bytes

std::uint64_t Stride() {
  const char* stride = std::getenv("FAULT_STRIDE");
  return stride == nullptr ? 1 : std::strtoull(stride, nullptr, 10);
}

struct Kind {
  const char* name;
  Operation operation;
  Effect effect;
  unsigned keep_percent;  // of what was not synced when the run ended
};

// How a run in a process of its own ended.
enum class End : int { kUntouched = 0, kFailed = 1, kFaultMet = 2 };

// Runs `run` in a child, which dies without closing anything: a store that has failed cannot be
// closed, and what a run leaves in memory must not reach the next. `run` answers whether the fault
// was met.
template <class Run>
End InAChild(Run run) {
  std::fflush(stdout);
  store::TempFolder folder;
  std::string log = (folder.path / "log").string();
  pid_t child = ::fork();
  if (child == 0) {
    base::StartLog(base::LogLevel::kError, false);
    if (std::freopen(log.c_str(), "w", stderr) == nullptr) ::_exit(1);
    bool has_met = [&]() noexcept { return run(); }();  // nothing may unwind into the parent's code
    std::fflush(stdout);
    bool has_failed = testing::Test::HasFailure();
    ::_exit(static_cast<int>(has_failed ? End::kFailed
                             : has_met  ? End::kFaultMet
                                        : End::kUntouched));
  }
  int status = 0;
  bool has_exited = child > 0 && ::waitpid(child, &status, 0) == child && WIFEXITED(status);
  if (!has_exited) {
    std::cout << "killed by signal " << WTERMSIG(status) << '\n' << std::ifstream(log).rdbuf();
    return End::kFailed;
  }
  return static_cast<End>(WEXITSTATUS(status));
}

// Calls `trial` with n = 1, 2, … and a folder for its store, in a child each, until the planned
// fault is not met.
template <class Trial>
void TryEveryN(Trial trial) {
  int faults = 0;
  for (std::uint64_t nth = 1;; nth += Stride()) {
    store::TempFolder folder;
    End end = InAChild([&] {
      SCOPED_TRACE("n = " + std::to_string(nth));
      return trial(nth, (folder.path / "store").string());
    });
    ASSERT_NE(end, End::kFailed) << "n = " << nth;
    if (end == End::kUntouched) {
      std::printf("%d faults, in one run each; %lu operations are not reached\n", faults,
                  static_cast<unsigned long>(nth));
      break;
    }
    ++faults;
  }
  EXPECT_GT(faults, 0);
}

// A failed write or sync may not be followed by an acknowledged one: the log would have a hole.
bool MustStayClosed(const Plan& plan) {
  bool is_change = plan.operation != Operation::kRead && plan.operation != Operation::kOpen;
  return is_change && plan.operation != Operation::kRename && plan.effect != Effect::kNoSpace;
}

// Steps, with one restart between. Ends early where the store cannot be opened again.
void TakeSteps(History& history, const Plan& plan) {
  bool reads_may_fail = plan.operation == Operation::kRead || plan.operation == Operation::kOpen;
  for (int half = 0; half < 2; ++half) {
    if (!history.Open()) return;
    bool has_failed = false;
    for (int i = 0; i < kStepsPerRun / 2; ++i) {
      bool acknowledged = history.Step();
      history.CheckLastAccount(reads_may_fail);
      if (MustStayClosed(plan) && has_failed) {
        EXPECT_FALSE(acknowledged);
        EXPECT_FALSE(history.store().WriteTrouble().empty());
      }
      has_failed |= !acknowledged;
    }
  }
}

// The store lives: it takes writes and keeps them.
void CheckThatItGoesOn(History& history) {
  ASSERT_TRUE(history.OpenWithoutFaults()) << history.why_not_opened();
  history.CheckAll();
  EXPECT_EQ(history.store().WriteTrouble(), "");
  for (int i = 0; i < History::kAccounts; ++i) EXPECT_TRUE(history.Step());
  ASSERT_TRUE(history.OpenWithoutFaults()) << history.why_not_opened();
  history.CheckAll();
}

class Fault : public testing::TestWithParam<Kind> {};

TEST_P(Fault, LosesNothingAcknowledgedAndServesNothingWrong) {
  const Kind& kind = GetParam();
  TryEveryN([&](std::uint64_t nth, const std::string& folder) {
    Plan plan{kind.operation, kind.effect, nth};
    auto file_system = std::make_shared<FaultFileSystem>(plan);
    History history(folder, file_system);
    TakeSteps(history, plan);
    history.Close();
    file_system->Die();
    if (kind.keep_percent < kNothingLost) file_system->DropUnsynced(kind.keep_percent);
    CheckThatItGoesOn(history);
    if (!file_system->HasFailed()) {
      EXPECT_EQ(history.acknowledged(), kStepsPerRun + History::kAccounts);
    }
    return file_system->HasFailed();
  });
}

INSTANTIATE_TEST_SUITE_P(
    Any, Fault,
    testing::Values(Kind{"Open", Operation::kOpen, Effect::kOnce, kNothingLost},
                    Kind{"Read", Operation::kRead, Effect::kOnce, kNothingLost},
                    Kind{"Write", Operation::kWrite, Effect::kOnce, kNothingLost},
                    Kind{"ShortWrite", Operation::kWrite, Effect::kShort, kNothingLost},
                    Kind{"Sync", Operation::kSync, Effect::kOnce, kNothingLost},
                    Kind{"SyncThatLosesData", Operation::kSync, Effect::kOnce, 0},
                    Kind{"Rename", Operation::kRename, Effect::kOnce, kNothingLost},
                    Kind{"NoSpace", Operation::kWrite, Effect::kNoSpace, kNothingLost},
                    Kind{"PowerCut", Operation::kAnyChange, Effect::kAlways, 0},
                    Kind{"PowerCutInAWrite", Operation::kAnyChange, Effect::kAlways, 50}),
    [](const testing::TestParamInfo<Kind>& kind) { return std::string(kind.param.name); });

// Waits until the store says that all is well and takes a write. Work in the background that still
// met the full disk may say so later than the disk has healed.
bool HealsSoon(History& history) {
  auto deadline = Clock::now() + std::chrono::seconds(60);
  while (Clock::now() < deadline) {
    if (history.store().WriteTrouble().empty() && history.Step()) return true;
    std::this_thread::yield();
  }
  return false;
}

TEST(FullDisk, RefusesWritesAnswersReadsAndHealsWhenThereIsSpace) {
  TryEveryN([&](std::uint64_t nth, const std::string& folder) {
    auto file_system =
        std::make_shared<FaultFileSystem>(Plan{Operation::kWrite, Effect::kNoSpace, nth});
    History history(folder, file_system);
    if (!history.Open()) return true;  // it was full before there was a store
    for (int i = 0; i < kStepsPerRun; ++i) {
      bool acknowledged = history.Step();
      history.CheckLastAccount(false);
      EXPECT_TRUE(acknowledged || file_system->HasFailed());
      if (acknowledged) continue;
      EXPECT_NE(history.store().WriteTrouble().find("the disk is full"), std::string::npos)
          << history.store().WriteTrouble();
    }
    bool has_failed = file_system->HasFailed();
    file_system->Heal();
    EXPECT_TRUE(HealsSoon(history));
    file_system->Die();
    bool is_opened = history.OpenWithoutFaults();
    EXPECT_TRUE(is_opened) << history.why_not_opened();
    if (is_opened) history.CheckAll();
    return has_failed;
  });
}

TEST(FailedSync, ClosesTheStoreForWritesUntilItIsOpenedAgain) {
  store::TempFolder folder;
  End end = InAChild([&] {
    auto file_system = std::make_shared<FaultFileSystem>(std::nullopt);
    History history((folder.path / "store").string(), file_system);
    EXPECT_TRUE(history.Open());
    EXPECT_TRUE(history.Step());
    file_system->Arm({Operation::kSync, Effect::kOnce, 1});
    EXPECT_FALSE(history.Step());
    for (int i = 0; i < 5; ++i) {
      EXPECT_FALSE(history.Step()) << "though the disk works again";
      history.CheckLastAccount(false);
    }
    EXPECT_NE(history.store().WriteTrouble().find("restart the server"), std::string::npos);
    EXPECT_TRUE(history.Open());
    EXPECT_EQ(history.store().WriteTrouble(), "");
    EXPECT_TRUE(history.Step());
    history.CheckAll();
    return true;
  });
  EXPECT_EQ(end, End::kFaultMet);
}

}  // namespace
}  // namespace fault
