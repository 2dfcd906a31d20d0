// What was acknowledged survives kill -9: a thousand accounts are set through libwebim by sixteen
// threads, portraitd is killed while they go on setting, and started again on the same data and
// ports. Every acknowledged value must be read back, and every session must still work.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <deque>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "tests/client/portraitd.h"
#include "tests/client/support.h"
#include "webim/webim.h"

namespace webim::test {
namespace {

constexpr int kAccounts = 1'000;
constexpr int kThreads = 16;
constexpr int kAcknowledgedBeforeTheKill = 500;  // of those after every account was set once

struct Account {
  explicit Account(const Runtime& runtime) : client(runtime) {}

  Client client;
  std::string id;
  std::uint64_t acknowledged = 0;  // the newest version portraitd said OK to
  std::uint64_t attempted = 0;     // the newest version sent
};

// Two fields that tell the same version: a set is stored whole or not at all.
std::vector<TagValue> Version(const std::string& id, std::uint64_t version) {
  return {{kTagNick, id + " v" + std::to_string(version)}, {kTagLevel, version}};
}

// Sets the account's next version. False when portraitd did not acknowledge it.
bool SetNext(Account& account) {
  ++account.attempted;
  const auto result =
      account.client.setProfilePortrait({Version(account.id, account.attempted)}).get();
  if (!result.ok()) {
    EXPECT_EQ(result.error->ErrorCode, kErrorNetwork) << result.error->ErrorInfo;
    return false;
  }
  account.acknowledged = account.attempted;
  return true;
}

class DurabilityTest : public testing::Test {
 protected:
  DurabilityTest() { server_.emplace(folder_.path() / "data"); }

  void LogInAll() {
    for (int i = 0; i < kAccounts; ++i) {
      Account& account = accounts_.emplace_back(runtime_);
      account.id = "user" + std::to_string(i);
      const auto login =
          account.client.login(server_->InfoFor(account.id), {}, {.server = server_->http()}).get();
      ASSERT_TRUE(login.ok()) << login.error->ErrorInfo;
    }
  }

  // Runs `work` for every account, on sixteen threads with their own share each.
  template <class Work>
  void OnAllThreads(Work work) {
    std::vector<std::jthread> threads;
    for (std::size_t first = 0; first < kThreads; ++first) {
      threads.emplace_back([this, first, &work] {
        for (std::size_t i = first; i < accounts_.size(); i += kThreads) {
          work(accounts_[i]);
        }
      });
    }
  }

  // Sets accounts round after round on all threads, until portraitd is gone: killed by this
  // function in the middle of it.
  void KillWhileSetting() {
    std::atomic<int> acknowledged = 0;
    std::promise<void> enough;
    std::jthread setting([&] {
      std::atomic<bool> alive = true;
      while (alive) {
        OnAllThreads([&](Account& account) {
          if (alive && !SetNext(account)) {
            alive = false;
          } else if (alive && ++acknowledged == kAcknowledgedBeforeTheKill) {
            enough.set_value();
          }
        });
      }
    });
    enough.get_future().wait();
    server_->Kill();
  }

  void Restart() {
    const Addresses same_ports = server_->addresses();
    server_.reset();
    server_.emplace(folder_.path() / "data", same_ports);
  }

  // What portraitd has for the account, read with the session from before the kill.
  void CheckStored(Account& account) {
    const auto get = account.client.getProfilePortrait({{account.id}, {kTagNick, kTagLevel}}).get();
    ASSERT_TRUE(get.ok()) << account.id << ": " << get.error->ErrorInfo;
    const UserProfile& stored = get.answer->UserProfileItem.at(0);
    const FieldValue* level = stored.Find(kTagLevel);
    ASSERT_NE(level, nullptr) << account.id;
    const std::uint64_t version = level->number().value_or(0);
    EXPECT_GE(version, account.acknowledged) << account.id << " lost an acknowledged set";
    EXPECT_LE(version, account.attempted) << account.id;
    EXPECT_EQ(stored.ProfileItem, Version(account.id, version)) << account.id << " is torn";
  }

  TempFolder folder_;
  std::optional<Portraitd> server_;
  const Runtime runtime_{RuntimeOptions{.max_connections = kThreads}};
  std::deque<Account> accounts_;
};

TEST_F(DurabilityTest, EveryAcknowledgedSetAndEverySessionSurvivesKillMinus9) {
  LogInAll();
  OnAllThreads([](Account& account) { EXPECT_TRUE(SetNext(account)) << account.id; });
  KillWhileSetting();
  Restart();
  OnAllThreads([this](Account& account) { CheckStored(account); });
  OnAllThreads([this](Account& account) {
    EXPECT_TRUE(SetNext(account)) << account.id << ": the session does not work any more";
    CheckStored(account);
  });
}

}  // namespace
}  // namespace webim::test
