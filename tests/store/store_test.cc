// What every engine promises, run against each (src/store/store.h).

#include <gtest/gtest.h>

#include "tests/store/fixture.h"

namespace store {
namespace {

TYPED_TEST_SUITE(StoreTest, Engines);

TYPED_TEST(StoreTest, KnowsNoAccountAtFirst) { EXPECT_EQ(this->Read("alice"), nullptr); }

TYPED_TEST(StoreTest, ReadsWhatWasCommittedInTheOrderAskedFor) {
  this->Set("alice", "\"A\"");
  this->Set("bob", "\"B\"");
  auto records = this->ReadAll({"bob", "none", "alice"});
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(records[0].value()->Find("\x01"), "\"B\"");
  EXPECT_EQ(records[1].value(), nullptr);
  EXPECT_EQ(records[2].value()->Find("\x01"), "\"A\"");
}

TYPED_TEST(StoreTest, GivesEachAccountANumberOfItsOwn) {
  this->Set("alice", "\"A\"");
  this->Set("bob", "\"B\"");
  TinyId alice = this->Read("alice")->header().tiny_id;
  TinyId bob = this->Read("bob")->header().tiny_id;
  EXPECT_NE(alice, bob);
  EXPECT_EQ(std::to_string(alice).size(), 18u);
  this->Reopen();
  this->Set("carol", "\"C\"");
  EXPECT_EQ(this->Read("alice") == nullptr ? 0 : this->Read("alice")->header().tiny_id,
            this->kIsDurable ? alice : 0);
  if (this->kIsDurable) {
    EXPECT_NE(this->Read("carol")->header().tiny_id, alice);
    EXPECT_NE(this->Read("carol")->header().tiny_id, bob);
  }
}

TYPED_TEST(StoreTest, WritesNothingWhenTheDecisionFails) {
  this->Set("alice", "\"A\"");
  auto updated = this->Apply("alice", [](const profile::Record*, const UpdateContext&) {
    return base::Result<Update>(base::Fail(base::Code::kInvalidTag));
  });
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, base::Code::kInvalidTag);
  EXPECT_EQ(this->Read("alice")->Find("\x01"), "\"A\"");
  EXPECT_EQ(this->Changes(0).size(), 1u);
}

TYPED_TEST(StoreTest, SaysWhetherAnUpdateCreatedTheAccount) {
  EXPECT_TRUE(this->Set("alice", "\"A\"").created);
  EXPECT_FALSE(this->Set("alice", "\"B\"").created);
}

TYPED_TEST(StoreTest, KeepsAppsApart) {
  this->Set("alice", "\"A\"", 1);
  EXPECT_EQ(this->Read("alice", 2), nullptr);
  this->Set("alice", "\"other\"", 2);
  EXPECT_EQ(this->Read("alice", 1)->Find("\x01"), "\"A\"");
  EXPECT_EQ(this->Changes(0, 2).size(), 1u);
  this->Login("alice", 'x', 100, 1);
  EXPECT_FALSE(this->Find('x', 2).has_value());
}

TYPED_TEST(StoreTest, NumbersTheChangesOfAnAppWithoutGaps) {
  for (int i = 0; i < 5; ++i) this->Set("alice", std::to_string(i));
  this->Reopen();
  if (!this->kIsDurable) return;
  this->Set("alice", "5");
  auto changes = this->Changes(2);
  ASSERT_EQ(changes.size(), 4u);
  for (std::size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].position, 3 + i);
    EXPECT_EQ(changes[i].change.notice_seq, 3 + i);
    EXPECT_EQ(changes[i].change.fields.at(0).fragment, std::to_string(2 + i));
    EXPECT_EQ(changes[i].change.account.View(), "alice");
    EXPECT_EQ(changes[i].change.caller.View(), "alice");
    EXPECT_EQ(changes[i].change.client_ip, "192.0.2.1");
    EXPECT_EQ(changes[i].change.platform, "Web");
    EXPECT_EQ(changes[i].change.time_ms, 1000);
  }
}

TYPED_TEST(StoreTest, FindsASessionUntilItEnds) {
  this->Login("alice", 'x', 100);
  auto session = this->Find('x');
  ASSERT_TRUE(session);
  EXPECT_EQ(session->account.View(), "alice");
  EXPECT_EQ(session->last_used_ms, 100);
  EXPECT_FALSE(this->End("bob", 'x')) << "not bob's";
  EXPECT_TRUE(this->End("alice", 'x'));
  EXPECT_FALSE(this->End("alice", 'x'));
  EXPECT_FALSE(this->Find('x'));
}

TYPED_TEST(StoreTest, RenewsOnlyASessionThatIsThere) {
  this->Login("alice", 'x', 100);
  EXPECT_TRUE(this->Renew('x', 500));
  EXPECT_EQ(this->Find('x')->last_used_ms, 500);
  EXPECT_FALSE(this->Renew('y', 500));
}

TYPED_TEST(StoreTest, EndsAllSessionsOfOneAccountAlone) {
  this->Login("alice", 'x', 100);
  this->Login("alice", 'y', 100);
  this->Login("al", 'z', 100);
  auto updated = this->Apply("alice", [](const profile::Record*, const UpdateContext&) {
    Update update;
    update.end_sessions = true;
    return base::Result<Update>(std::move(update));
  });
  ASSERT_TRUE(updated);
  EXPECT_EQ(updated->ended_sessions.size(), 2u);
  EXPECT_FALSE(this->Find('x') || this->Find('y'));
  EXPECT_TRUE(this->Find('z'));
}

TYPED_TEST(StoreTest, CapsTheSessionsOfAnAccount) {
  for (std::size_t i = 0; i < Store::kMaxSessionsPerAccount; ++i) {
    this->Login("alice", static_cast<char>(i), static_cast<std::int64_t>(i) + 10);
  }
  auto updated = this->Login("alice", static_cast<char>(200), 5000);
  ASSERT_EQ(updated.ended_sessions.size(), 1u);
  EXPECT_FALSE(this->Find(0)) << "the one not used for longest";
  EXPECT_TRUE(this->Find(1));
}

TYPED_TEST(StoreTest, ReadsTheNoticesOfOneAccountAlone) {
  for (int i = 0; i < 5; ++i) {
    this->Set("al", std::to_string(i));
    this->Set("alice", std::to_string(i));
  }
  auto notices = this->Notices("al", 2);
  ASSERT_EQ(notices.size(), 3u);
  for (std::size_t i = 0; i < notices.size(); ++i) {
    EXPECT_EQ(notices[i].notice_seq, 3 + i);
    EXPECT_EQ(notices[i].account.View(), "al");
  }
  EXPECT_EQ(this->Notices("al", 0, 2).size(), 2u);
  EXPECT_EQ(this->Notices("al", 5).size(), 0u);
  EXPECT_EQ(this->Notices("none", 0).size(), 0u);
}

TYPED_TEST(StoreTest, KeepsAnInstanceAsLongAsItsSession) {
  this->Login("alice", 'x', 100);
  this->Login("alice", 'y', 100);
  this->AddInstance("alice", "one", 'x', 100);
  this->AddInstance("alice", "two", 'y', 101);
  ASSERT_TRUE(this->FindInstance("alice", "one"));
  EXPECT_EQ(this->FindInstance("alice", "one")->start_seq, 7u);
  EXPECT_FALSE(this->FindInstance("bob", "one"));
  EXPECT_TRUE(this->End("alice", 'x'));
  EXPECT_FALSE(this->FindInstance("alice", "one"));
  EXPECT_TRUE(this->FindInstance("alice", "two"));
}

TYPED_TEST(StoreTest, MarksTheOldestInstanceThatANewOnePushesOut) {
  this->Login("alice", 'x', 100);
  for (int i = 0; i < 3; ++i) this->AddInstance("alice", std::to_string(i), 'x', 100 + i);
  auto updated = this->AddInstance("alice", "3", 'x', 200);
  EXPECT_EQ(IdsOf(updated.evicted_instances), std::vector<std::string>{"0"});
  EXPECT_TRUE(this->FindInstance("alice", "0")->evicted);
  EXPECT_FALSE(this->FindInstance("alice", "1")->evicted);
  EXPECT_TRUE(this->AddInstance("alice", "3", 'x', 300).evicted_instances.empty()) << "the same";
}

TYPED_TEST(StoreTest, KnowsTheOlderOfTwoInstancesOfOneMillisecond) {
  this->Login("alice", 'x', 100);
  for (const char* id : {"b", "c", "a"}) this->AddInstance("alice", id, 'x', 100);
  auto updated = this->AddInstance("alice", "d", 'x', 99);  // the clock went back
  EXPECT_EQ(IdsOf(updated.evicted_instances), std::vector<std::string>{"b"});
  updated = this->AddInstance("alice", "e", 'x', 99);
  EXPECT_EQ(IdsOf(updated.evicted_instances), std::vector<std::string>{"c"});
}

TYPED_TEST(StoreTest, TellsOfChangesAndEndsWhenTheyCanBeRead) {
  std::vector<Event> events;
  std::size_t notices_then = 0;
  this->store_->Watch([&](const Event& event) { events.push_back(event); });
  this->Set("alice", "1");
  this->Login("alice", 'x', 100);
  this->AddInstance("alice", "one", 'x', 100);
  EXPECT_TRUE(this->End("alice", 'x'));
  notices_then = this->Notices("alice", 0).size();
  ASSERT_EQ(events.size(), 2u) << "a login and a new instance are nobody's news";
  EXPECT_TRUE(events[0].has_change);
  EXPECT_EQ(events[0].account.View(), "alice");
  EXPECT_FALSE(events[1].has_change);
  EXPECT_TRUE(events[1].by_logout);
  EXPECT_EQ(events[1].ended_sessions, std::vector<SessionId>{MakeSessionId('x')});
  EXPECT_EQ(notices_then, 1u);
}

TYPED_TEST(StoreTest, KeepsTheCustomFieldsOfEachApp) {
  using Fields = Store::Fields;
  auto read = [&](AppId app) {
    return *Wait<Fields>([&](Callback<Fields> done) { this->store_->ReadFields(app, done); });
  };
  auto add = [&](AppId app, profile::CustomField field) {
    return Wait<Fields>([&](Callback<Fields> done) {
      this->store_->UpdateFields(
          app, [field](Fields stored) { return profile::MergeCustomFields(stored, {field}, true); },
          done);
    });
  };
  EXPECT_TRUE(read(1).empty());
  ASSERT_TRUE(add(1, {.key = "Team", .writers = profile::Roles(false, true)}));
  ASSERT_TRUE(add(1, {.key = "Vip", .type = profile::CustomType::kBytes}));
  EXPECT_FALSE(add(1, {.key = "Vip"})) << "another type";
  this->Reopen();
  if (!this->kIsDurable) return;
  ASSERT_EQ(read(1).size(), 2u);
  EXPECT_EQ(read(1)[0].key, "Team");
  EXPECT_FALSE(read(1)[0].writers.Has(profile::Role::kUser));
  EXPECT_TRUE(read(1)[0].readers.Has(profile::Role::kUser));
  EXPECT_EQ(read(1)[1].type, profile::CustomType::kBytes);
  EXPECT_TRUE(read(2).empty());
}

TYPED_TEST(StoreTest, SweepsWhatHasExpired) {
  this->Login("alice", 'x', 100);
  this->Login("alice", 'y', 2000);
  for (int i = 0; i < 3; ++i) this->Set("alice", std::to_string(i));
  auto swept = this->Sweep(1000, 500);
  EXPECT_EQ(swept.sessions, 1u);
  EXPECT_EQ(swept.changes, 0u);
  EXPECT_FALSE(this->Find('x'));
  EXPECT_TRUE(this->Find('y'));
  swept = this->Sweep(0, 5000);
  EXPECT_EQ(swept.changes, 2u) << "the newest stays: positions go on from it";
  EXPECT_EQ(this->Notices("alice", 0).size(), 1u);
  this->Reopen();
  if (!this->kIsDurable) return;
  this->Set("alice", "3");
  auto changes = this->Changes(0);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].position, 3u);
  EXPECT_EQ(changes[1].position, 4u);
}

TYPED_TEST(StoreTest, KeepsEverythingOverAReopening) {
  if (!this->kIsDurable) return;
  this->Set("alice", "\"A\"");
  this->Login("alice", 'x', 100);
  this->Reopen();
  EXPECT_EQ(this->Read("alice")->Find("\x01"), "\"A\"");
  EXPECT_TRUE(this->Find('x'));
  EXPECT_EQ(this->Changes(0).size(), 1u);
}

// Sixteen threads count one record up: were two updates to read the same state, one would be lost.
TYPED_TEST(StoreTest, AppliesConcurrentUpdatesOneAfterTheOther) {
  constexpr int kThreads = 16;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([this] {
      for (int i = 0; i < kEach; ++i) this->Set("alice", std::to_string(i));
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(this->Read("alice")->header().notice_seq, kThreads * kEach);
  EXPECT_EQ(this->Changes(0).size(), kThreads * kEach);
}

}  // namespace
}  // namespace store
