#include "notify/hub.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace notify {
namespace {

using store::AccountId;
using store::Event;
using store::SessionId;

const AccountId kAlice = *AccountId::Parse("alice", AccountId::Alphabet::kUtf8);

SessionId MakeSessionId(char name) {
  SessionId id{};
  id.fill(name);
  return id;
}

class HubTest : public testing::Test {
 protected:
  // Waits, and notes what wakes it in `woken`.
  std::uint64_t Wait(std::string name, Hub::Waiter waiter) {
    return hub_.Add(1, kAlice, std::move(waiter), [this, name](Wake wake) {
      woken_.push_back(name + ' ' + std::to_string(static_cast<int>(wake)));
    });
  }
  std::vector<std::string> Tell(const Event& event) {
    woken_.clear();
    hub_.OnEvent(event);
    return woken_;
  }
  static std::vector<std::string> Only(std::string name, Wake wake) {
    return {name + ' ' + std::to_string(static_cast<int>(wake))};
  }

  Hub hub_;
  std::vector<std::string> woken_;
};

TEST_F(HubTest, EndsWhatWaitsByTheSessionThatEnds) {
  Wait("page", {"one", MakeSessionId('x')});
  Wait("other", {"two", MakeSessionId('y')});
  Wait("watch", {});
  EXPECT_EQ(Tell({1, kAlice, false, {MakeSessionId('x')}, {}}), Only("page", Wake::kEnded));
  EXPECT_EQ(Tell({1, kAlice, false, {MakeSessionId('x')}, {}}).size(), 0u) << "once";
  EXPECT_EQ(Tell({1, kAlice, false, {MakeSessionId('y')}, {}, true}),
            Only("other", Wake::kSuperseded));
  EXPECT_EQ(Tell({1, kAlice, true, {}, {}}), Only("watch", Wake::kChanged));
}

// A page keeps its id when it signs in anew; another node's news of its old session may come later
// than its first poll with the new one.
TEST_F(HubTest, SparesAPageThatSignedInAnewFromTheEndOfItsOldSession) {
  Wait("page", {"one", MakeSessionId('y')});
  EXPECT_EQ(Tell({1, kAlice, false, {MakeSessionId('x')}, {}}).size(), 0u);
  EXPECT_EQ(Tell({1, kAlice, false, {}, {{"one", MakeSessionId('x')}}}).size(), 0u);
  EXPECT_EQ(Tell({1, kAlice, false, {}, {{"one", MakeSessionId('y')}}}),
            Only("page", Wake::kEvicted));
}

TEST_F(HubTest, LetsTheNewerWaitOfAnInstanceTakeOver) {
  Wait("old", {"one", MakeSessionId('x')});
  Wait("new", {"one", MakeSessionId('y')});
  EXPECT_EQ(woken_, Only("old", Wake::kSuperseded));
  EXPECT_EQ(Tell({1, kAlice, true, {}, {}}), Only("new", Wake::kChanged));
}

TEST_F(HubTest, TellsNothingToWhatWasRemovedOrWaitsForAnother) {
  std::uint64_t number = Wait("page", {"one", MakeSessionId('x')});
  EXPECT_EQ(Tell({2, kAlice, true, {MakeSessionId('x')}, {}}).size(), 0u) << "another app";
  hub_.Remove(1, kAlice, number);
  EXPECT_EQ(Tell({1, kAlice, true, {}, {}}).size(), 0u);
}

TEST_F(HubTest, WakesAtOnceWhenItHasStopped) {
  Wait("early", {"one", MakeSessionId('x')});
  hub_.Stop();
  EXPECT_EQ(woken_, Only("early", Wake::kStopping));
  woken_.clear();
  Wait("late", {"two", MakeSessionId('x')});
  EXPECT_EQ(woken_, Only("late", Wake::kStopping));
}

}  // namespace
}  // namespace notify
