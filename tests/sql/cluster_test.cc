// Several processes on one database: here, several stores.

#include <condition_variable>
#include <mutex>
#include <set>

#include "tests/store/fixture.h"

namespace store {
namespace {

// What a store's Watch and WatchFields tell, to be waited for.
class Told {
 public:
  void Listen(Store& store) {
    store.Watch([this](const Event& event) { Add(event); });
    store.WatchFields([this](AppId app, const Store::Fields& fields) {
      std::lock_guard lock(mutex_);
      fields_[app] = fields;
      changed_.notify_all();
    });
  }
  // Waits until `is_enough` holds for the events so far.
  template <class IsEnough>
  bool Await(IsEnough is_enough) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30), [&] { return is_enough(events_); });
  }
  bool AwaitFields(AppId app, std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(30),
                             [&] { return fields_[app].size() == count; });
  }
  std::vector<Event> events() {
    std::lock_guard lock(mutex_);
    return events_;
  }

 private:
  void Add(const Event& event) {
    std::lock_guard lock(mutex_);
    events_.push_back(event);
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Event> events_;
  std::map<AppId, Store::Fields> fields_;
};

// store_ is one node, other_ the second one.
class SqlCluster : public StoreTest<Sql> {
 protected:
  std::string Run(const std::string& statement) {
    return MariaDb::Get().Run(OptionsFor(folder_.path.string()).database, statement);
  }
  base::Result<Updated> ApplyOn(Store& store, std::string_view account, Decide decide) {
    return Wait<Updated>([&](Callback<Updated> done) {
      store.UpdateAccount(1, Id(account), std::move(decide), std::move(done));
    });
  }
  base::Result<Updated> SetOn(Store& store, std::string_view account, std::string fragment) {
    return ApplyOn(store, account, DecideSet(Id(account), std::move(fragment)));
  }
  std::vector<Store::LoggedChange> ChangesOn(Store& store, std::uint64_t after, std::size_t limit) {
    using Logged = std::vector<Store::LoggedChange>;
    return *Wait<Logged>(
        [&](Callback<Logged> done) { store.ReadChanges(1, after, limit, std::move(done)); });
  }
  base::Result<Store::Fields> AddField(Store& store, std::string key) {
    return Wait<Store::Fields>([&](Callback<Store::Fields> done) {
      store.UpdateFields(
          1,
          [key](Store::Fields stored) {
            return profile::MergeCustomFields(std::move(stored), {{.key = key}}, true);
          },
          done);
    });
  }

  std::unique_ptr<Store> other_ = Sql::Open(folder_.path.string());
};

TEST_F(SqlCluster, ReadsOnOneNodeWhatAnotherHasAcknowledged) {
  for (int i = 0; i < 20; ++i) {
    Store& writer = i % 2 == 0 ? *store_ : *other_;
    Store& reader = i % 2 == 0 ? *other_ : *store_;
    ASSERT_TRUE(SetOn(writer, "alice", std::to_string(i)));
    auto records = Wait<Store::Records>([&](Callback<Store::Records> done) {
      reader.ReadAccounts(1, {Id("alice")}, std::move(done));
    });
    EXPECT_EQ((*records)[0].value()->Find("\x01"), std::to_string(i));
  }
}

// Both nodes count the same few records up, in groups of several: they meet all the time.
TEST_F(SqlCluster, LosesNoUpdateOfAnAccountThatTwoNodesWrite) {
  constexpr int kThreads = 8;
  constexpr int kEach = 25;
  const std::vector<std::string> accounts = {"a", "b", "c"};
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        const std::string& account = accounts[static_cast<std::size_t>(t + i) % accounts.size()];
        if (!SetOn(t % 2 == 0 ? *store_ : *other_, account, std::to_string(i))) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  std::uint64_t total = 0;
  std::set<TinyId> numbers;
  for (const auto& record : ReadAll(accounts)) {
    total += record.value()->header().notice_seq;
    numbers.insert(record.value()->header().tiny_id);
  }
  EXPECT_EQ(total, kThreads * kEach);
  EXPECT_EQ(numbers.size(), accounts.size());
  EXPECT_EQ(Run("SELECT COUNT(*) FROM changes"), std::to_string(kThreads * kEach));
  EXPECT_EQ(Run("SELECT COUNT(*) FROM (SELECT writer FROM changes GROUP BY writer HAVING "
                "MIN(position) = 1 AND MAX(position) = COUNT(DISTINCT position)) dense"),
            "2")
      << "a stream of each, without gap or repeat";
}

// As above, but with nothing in the log, whose key (account, notice_seq) would betray an update
// that was decided on an old record: the lock alone is in the way here.
TEST_F(SqlCluster, LosesNoUpdateThatIsNotInTheLog) {
  constexpr int kThreads = 8;
  constexpr int kEach = 100;
  Set("alice", "1");
  Decide count = [](const profile::Record* current, const UpdateContext&) {
    Update update;
    update.record = current->Edit();
    ++update.record->header.standard_seq;
    return base::Result<Update>(std::move(update));
  };
  std::vector<std::thread> threads;
  std::atomic<int> failed{0};
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < kEach; ++i) {
        if (!ApplyOn(t % 2 == 0 ? *store_ : *other_, "alice", count)) ++failed;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(Read("alice")->header().standard_seq, static_cast<unsigned>(kThreads * kEach));
}

TEST_F(SqlCluster, GivesEachAccountANumberOfItsOwnOnWhateverNode) {
  for (int i = 0; i < 40; ++i) {
    ASSERT_TRUE(SetOn(i % 2 == 0 ? *store_ : *other_, "user" + std::to_string(i), "1"));
  }
  std::set<TinyId> numbers;
  for (int i = 0; i < 40; ++i) numbers.insert(Read("user" + std::to_string(i))->header().tiny_id);
  EXPECT_EQ(numbers.size(), 40u);
}

TEST_F(SqlCluster, TellsEachNodeOfWhatTheOtherHasCommitted) {
  Told told;
  told.Listen(*other_);
  Set("alice", "1");
  Login("alice", 'x', 100);
  AddInstance("alice", "one", 'x', 100, 1);
  AddInstance("alice", "two", 'x', 200, 1);
  End("alice", 'x');
  ASSERT_TRUE(told.Await([](const auto& events) { return events.size() >= 3; }));
  auto events = told.events();
  ASSERT_EQ(events.size(), 3u);
  EXPECT_TRUE(events[0].has_change);
  EXPECT_EQ(events[0].account.View(), "alice");
  EXPECT_EQ(IdsOf(events[1].evicted_instances), std::vector<std::string>{"one"});
  EXPECT_EQ(events[1].evicted_instances[0].session, MakeSessionId('x'));
  EXPECT_TRUE(events[2].by_logout);
  EXPECT_EQ(events[2].ended_sessions, std::vector<SessionId>{MakeSessionId('x')});
}

TEST_F(SqlCluster, TellsEachCommitOnceWhereBothNodesWrite) {
  Told told;
  told.Listen(*other_);
  for (int i = 0; i < 30; ++i) ASSERT_TRUE(SetOn(i % 2 == 0 ? *store_ : *other_, "alice", "1"));
  ASSERT_TRUE(SetOn(*store_, "last", "1"));
  ASSERT_TRUE(told.Await([](const auto& events) { return events.back().account == Id("last"); }));
  EXPECT_EQ(told.events().size(), 31u);
}

TEST_F(SqlCluster, PutsChangedFieldsInForceOnEveryNode) {
  Told told, own;
  told.Listen(*other_);
  own.Listen(*store_);
  ASSERT_TRUE(AddField(*store_, "Team"));
  EXPECT_TRUE(told.AwaitFields(1, 1));
  ASSERT_TRUE(AddField(*other_, "Vip"));
  EXPECT_TRUE(told.AwaitFields(1, 2));
  EXPECT_TRUE(own.AwaitFields(1, 2));
}

TEST_F(SqlCluster, ReadsTheStreamsOfAllNodesAsOneLog) {
  constexpr int kAccounts = 3;
  for (int i = 0; i < 60; ++i) {
    // Runs of different lengths, so that one stream is far ahead of the other now and then.
    Store& store = (i / 7) % 2 == 0 ? *store_ : *other_;
    ASSERT_TRUE(SetOn(store, std::string(1, static_cast<char>('a' + i % kAccounts)), "1"));
  }
  std::map<std::string, std::uint64_t> last;
  std::uint64_t position = 0;
  int count = 0;
  for (;;) {
    auto changes = ChangesOn(*store_, position, 4);
    if (changes.empty()) break;
    for (const auto& logged : changes) {
      EXPECT_GT(logged.position, position);
      position = logged.position;
      EXPECT_EQ(logged.change.notice_seq, ++last[logged.change.account.String()]);
      ++count;
    }
  }
  EXPECT_EQ(count, 60);
}

TEST_F(SqlCluster, KeepsAReadersPlaceInAllStreams) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(SetOn(i % 2 == 0 ? *store_ : *other_, "alice", "1"));
  auto changes = ChangesOn(*store_, 0, 7);
  ASSERT_EQ(changes.size(), 7u);
  ASSERT_TRUE(Wait<bool>([&](Callback<bool> done) {
    store_->WriteCursor(1, "reader", changes.back().position, std::move(done));
  }));
  auto place = Wait<std::uint64_t>(
      [&](Callback<std::uint64_t> done) { other_->ReadCursor(1, "reader", std::move(done)); });
  auto rest = ChangesOn(*other_, place.value(), 100);
  ASSERT_EQ(rest.size(), 3u);
  EXPECT_EQ(rest[0].change.notice_seq, 8u);
}

TEST_F(SqlCluster, GivesAStreamToTheNextWriterWhenItsOwnIsDone) {
  Set("alice", "1");
  ASSERT_TRUE(SetOn(*other_, "alice", "2"));
  other_.reset();
  other_ = Sql::Open(folder_.path.string());
  ASSERT_TRUE(SetOn(*other_, "alice", "3"));
  EXPECT_EQ(Run("SELECT COUNT(*) FROM writers"), "2");
  EXPECT_EQ(Run("SELECT GROUP_CONCAT(position ORDER BY notice_seq) FROM changes"), "1,1,2");
}

// What a writer that was away for longer than its lease finds: the next number taken, or, when it
// was away for so long that rows have been dropped, that number free and the newest far ahead.
TEST_F(SqlCluster, LeavesAStreamThatAnotherHasTakenOver) {
  for (int next : {2, 900}) {
    Set("alice", "1");
    std::string writer = Run("SELECT MAX(writer) FROM writers");
    Run("INSERT INTO commits (writer, n, token, time_ms, body) VALUES (" + writer + ", " +
        std::to_string(next) + ", 7, 0, '')");
    Run("UPDATE writers SET token = 7 WHERE writer = " + writer);
    Set("alice", "2");
  }
  EXPECT_EQ(Read("alice")->header().notice_seq, 4u);
  EXPECT_EQ(Run("SELECT GROUP_CONCAT(writer ORDER BY notice_seq) FROM changes"), "1,2,2,3");
}

// A node that was away for longer than its lease and only reads: what the new holder of its number
// writes is news to it like any other's.
TEST_F(SqlCluster, HearsOfWhoHasTakenItsStreamOver) {
  Told told;
  told.Listen(*store_);
  Set("alice", "1");
  ASSERT_TRUE(SetOn(*other_, "bob", "1"));
  ASSERT_TRUE(told.Await([](const auto& events) { return events.size() >= 2; }));
  Run("UPDATE writers SET token = 7 WHERE writer = 1");
  Run("INSERT INTO commits (writer, n, token, time_ms, body) "
      "SELECT 1, 2, 7, time_ms, body FROM commits WHERE writer = 2 AND n = 1");
  ASSERT_TRUE(told.Await([](const auto& events) { return events.size() >= 3; }));
  EXPECT_EQ(told.events()[2].account, Id("bob"));
  Set("alice", "2");
  EXPECT_EQ(Run("SELECT GROUP_CONCAT(writer ORDER BY notice_seq) FROM changes "
                "WHERE account = 'alice'"),
            "1,3");
  ASSERT_TRUE(SetOn(*other_, "last", "1"));
  ASSERT_TRUE(told.Await([](const auto& events) { return events.back().account == Id("last"); }));
  EXPECT_EQ(told.events().size(), 5u) << "its own by the number it lost are no news";
}

TEST_F(SqlCluster, ReadsCustomFieldsAnewWhereItUnderstoodNoNews) {
  Told told;
  told.Listen(*store_);
  ASSERT_TRUE(AddField(*other_, "Team"));
  ASSERT_TRUE(told.AwaitFields(1, 1));
  Run("INSERT INTO fields (app, version, body) SELECT 2, 1, body FROM fields WHERE app = 1");
  Run("INSERT INTO commits (writer, n, token, time_ms, body) VALUES (99, 1, 7, 0, 'x')");
  EXPECT_TRUE(told.AwaitFields(2, 1));
}

TEST_F(SqlCluster, GivesATurnToOneNodeUntilItHasNotAskedForLong) {
  auto take = [](Store& store, const char* role) {
    return *Wait<bool>([&](Callback<bool> done) { store.TakeTurn(1, role, std::move(done)); });
  };
  EXPECT_TRUE(take(*store_, "callback"));
  EXPECT_FALSE(take(*other_, "callback"));
  EXPECT_TRUE(take(*store_, "callback")) << "prolonged";
  EXPECT_TRUE(take(*other_, "another role"));
  Run("UPDATE turns SET until_ms = 0 WHERE role = 'callback'");  // as if so much time had passed
  EXPECT_TRUE(take(*other_, "callback"));
  EXPECT_FALSE(take(*store_, "callback"));
}

TEST_F(SqlCluster, SaysHowFarBehindOtherNodesItIs) {
  Told told;
  told.Listen(*other_);
  for (int i = 0; i < 10; ++i) Set("alice", std::to_string(i));
  ASSERT_TRUE(told.Await([](const auto& events) { return events.size() >= 10; }));
  Store::Lag lag = other_->ReadLag();
  EXPECT_LT(lag.since_look_s, 30);
  EXPECT_LT(lag.longest_s, 30) << "of ten commits just now";
  EXPECT_GE(store_->ReadLag().since_look_s, 0);
}

TEST_F(SqlCluster, SweepsOnSeveralNodesAtOnce) {
  for (int i = 0; i < 50; ++i) Login("user" + std::to_string(i), static_cast<char>(i), 100);
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(SetOn(i % 2 == 0 ? *store_ : *other_, "alice", "1"));
  auto sweep = [](Store& store) {
    return *Wait<Store::Swept>(
        [&](Callback<Store::Swept> done) { store.Sweep(1000, 5000, std::move(done)); });
  };
  Store::Swept first, second;
  std::thread thread([&] { first = sweep(*other_); });
  second = sweep(*store_);
  thread.join();
  EXPECT_EQ(first.sessions + second.sessions, 50u);
  EXPECT_EQ(first.changes + second.changes, 48u) << "the newest of each stream stay";
}

}  // namespace
}  // namespace store
