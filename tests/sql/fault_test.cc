// Servers that die and connections that break.

#include <signal.h>

#include "store/sql/connection.h"
#include "tests/sql/proxy.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

class SqlFaults : public testing::Test {
 protected:
  void Open() {
    auto store = sql::OpenSqlStore(options_);
    ASSERT_TRUE(store) << store.error().detail;
    store_ = *std::move(store);
  }
  // On a server that is to be killed; it writes.
  void OpenOn(const MariaDb& server, unsigned give_up_s) {
    options_.endpoints = {server.socket()};
    options_.give_up_s = give_up_s;
    ASSERT_TRUE(sql::InitSqlStore(options_));
    Open();
    ASSERT_TRUE(Set("alice", "1"));
  }
  base::Result<Updated> Set(const std::string& account, std::string fragment) {
    return Wait<Updated>([&](Callback<Updated> done) {
      store_->UpdateAccount(1, Id(account), DecideSet(Id(account), std::move(fragment)),
                            std::move(done));
    });
  }
  base::Result<RecordPtr> Read(const std::string& account) {
    auto records = Wait<Store::Records>([&](Callback<Store::Records> done) {
      store_->ReadAccounts(1, {Id(account)}, std::move(done));
    });
    if (!records) return tl::unexpected(records.error());
    return records->front();
  }

  TempFolder folder_;
  sql::SqlOptions options_ = OptionsFor(folder_.path.string());
  std::unique_ptr<Store> store_;
};

TEST_F(SqlFaults, TakesTheFirstEndpointThatWorks) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  options_.endpoints.insert(options_.endpoints.begin(), (folder_.path / "none").string());
  Open();
  ASSERT_TRUE(Set("alice", "1"));
  EXPECT_EQ(Read("alice").value()->Find("\x01"), "1");
}

// Whatever was acknowledged is there, and nothing twice, when the server is killed under writers.
TEST_F(SqlFaults, OutlivesTheDeathOfItsServer) {
  MariaDb server;
  OpenOn(server, 60);
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  std::atomic<int> acknowledged{0};
  std::atomic<int> failed{0};
  std::promise<void> halfway;
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, account = "user" + std::to_string(t)] {
      for (int i = 0; i < kEach; ++i) {
        if (!Set(account, std::to_string(i))) ++failed;
        if (++acknowledged == kThreads * kEach / 2) halfway.set_value();
      }
    });
  }
  halfway.get_future().wait();
  server.Kill();
  server.Start();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failed, 0);
  for (int t = 0; t < kThreads; ++t) {
    EXPECT_EQ(Read("user" + std::to_string(t)).value()->header().notice_seq, kEach);
  }
  store_.reset();  // before its server
}

TEST_F(SqlFaults, SaysThatItCannotWriteWhereNoServerIs) {
  MariaDb server;
  OpenOn(server, 1);
  EXPECT_EQ(store_->WriteTrouble(), "");
  server.Kill();
  auto updated = Set("alice", "2");
  ASSERT_FALSE(updated);
  EXPECT_EQ(updated.error().code, base::Code::kStorageFailed);
  EXPECT_FALSE(Read("alice"));
  EXPECT_NE(store_->WriteTrouble(), "");
  server.Start();
  ASSERT_TRUE(Set("alice", "3"));
  EXPECT_EQ(Read("alice").value()->Find("\x01"), "3");
  store_.reset();  // before its server
}

// The time counts from when each was asked for, however many are given up before it.
TEST_F(SqlFaults, GivesUpWhatWaitsInItsOwnTime) {
  MariaDb server;
  OpenOn(server, 1);
  server.Kill();
  constexpr int kMany = 30;
  std::vector<std::promise<base::Result<bool>>> others(kMany);
  auto began = std::chrono::steady_clock::now();
  for (auto& other : others) {
    store_->WriteCursor(1, "reader", 1, [&](base::Result<bool> done) { other.set_value(done); });
  }
  EXPECT_FALSE(Set("alice", "2"));
  for (auto& other : others) EXPECT_FALSE(other.get_future().get());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(kMany / 2));
  store_.reset();  // before its server
}

TEST_F(SqlFaults, GivesUpReadsThatWaitInTheirOwnTime) {
  MariaDb server;
  options_.read_connections = 1;
  OpenOn(server, 1);
  server.Kill();
  constexpr AppId kMany = 15;  // apps: what one app asks for is read together
  std::vector<std::promise<bool>> reads(2 * kMany);
  auto began = std::chrono::steady_clock::now();
  for (AppId app = 1; app <= kMany; ++app) {
    store_->FindInstance(app, Id("alice"), "i", [&, app](const auto& found) {
      reads[app - 1].set_value(found.has_value());
    });
    store_->ReadAccounts(app, {Id("alice")}, [&, app](const auto& found) {
      reads[kMany + app - 1].set_value(found.has_value());
    });
  }
  for (auto& read : reads) EXPECT_FALSE(read.get_future().get());
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(kMany));
  server.Start();
  EXPECT_EQ(Read("alice").value()->Find("\x01"), "1");
  store_.reset();  // before its server
}

TEST_F(SqlFaults, LeavesAServerThatNoLongerAnswers) {
  MariaDb frozen;
  ASSERT_TRUE(sql::InitSqlStore(options_));
  options_.endpoints.insert(options_.endpoints.begin(), frozen.socket());
  options_.timeout_s = 1;
  auto on_both = options_;
  on_both.endpoints = {frozen.socket()};
  ASSERT_TRUE(sql::InitSqlStore(on_both));
  Open();
  ASSERT_TRUE(Set("alice", "1"));
  frozen.Freeze();
  EXPECT_TRUE(Set("bob", "2")) << "on the other one";
  EXPECT_EQ(MariaDb::Get().Run(options_.database, "SELECT account FROM accounts"), "bob");
}

// The connection breaks at COMMIT: whether it was carried out is not known, but found out.
class SqlUnknownCommit : public SqlFaults, public testing::WithParamInterface<Proxy::Cut> {};

TEST_P(SqlUnknownCommit, IsCarriedOutOnceAndAnsweredAsItWas) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Proxy proxy((folder_.path / "proxy").string(), MariaDb::Get().socket());
  options_.endpoints = {proxy.socket()};
  Open();
  ASSERT_TRUE(Set("alice", "1"));
  for (int i = 2; i <= 6; ++i) {
    proxy.CutNextCommit(GetParam());
    auto updated = Set("alice", std::to_string(i));
    ASSERT_TRUE(updated) << updated.error().detail;
    EXPECT_EQ(updated->record->header().notice_seq, static_cast<std::uint64_t>(i));
    EXPECT_EQ(Read("alice").value()->header().notice_seq, static_cast<std::uint64_t>(i));
  }
  ASSERT_TRUE(Set("bob", "1"));
  EXPECT_NE(Read("bob").value()->header().tiny_id, Read("alice").value()->header().tiny_id);
  EXPECT_EQ(proxy.cuts(), 5);
  EXPECT_EQ(MariaDb::Get().Run(options_.database,
                               "SELECT GROUP_CONCAT(position ORDER BY position) FROM "
                               "changes WHERE account = 'alice'"),
            "1,2,3,4,5,6");
  store_.reset();  // before its server
}

INSTANTIATE_TEST_SUITE_P(BeforeAndAfter, SqlUnknownCommit,
                         testing::Values(Proxy::Cut::kBefore, Proxy::Cut::kAfter,
                                         Proxy::Cut::kLate));

// The second try finds the first one's result, and has nothing to write itself.
TEST_F(SqlFaults, AnswersForACommitThatCameLateAsForAnyOther) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Proxy proxy((folder_.path / "proxy").string(), MariaDb::Get().socket());
  auto direct = options_;
  options_.endpoints = {proxy.socket()};
  Open();
  std::atomic<int> events{0};
  store_->Watch([&](const Event&) { ++events; });
  ASSERT_TRUE(Set("alice", "1"));
  // Takes the account away, or says that there is none.
  auto take = [](const profile::Record* current, const UpdateContext& context) {
    if (current != nullptr && current->Find("\x01") == "gone") {
      return base::Result<Update>(base::Fail(base::Code::kAccountNotFound));
    }
    return DecideSet(Id(current == nullptr ? "bob" : "alice"), "gone")(current, context);
  };
  for (const char* account : {"alice", "bob"}) {
    proxy.CutNextCommit(Proxy::Cut::kLate);
    auto taken = Wait<Updated>([&](Callback<Updated> done) {
      store_->UpdateAccount(1, Id(account), take, std::move(done));
    });
    ASSERT_TRUE(taken) << "it was carried out: " << static_cast<int>(taken.error().code);
    EXPECT_TRUE(taken->changed);
  }
  EXPECT_EQ(proxy.cuts(), 2);
  EXPECT_EQ(events, 3);
  TinyId bob = Read("bob").value()->header().tiny_id;
  store_.reset();  // gives back what it has left of its TinyIds
  options_ = direct;
  Open();
  ASSERT_TRUE(Set("carol", "1"));
  EXPECT_NE(Read("carol").value()->header().tiny_id, bob);
}

// Who balances load asks whether writes succeed, and sends none before they do.
TEST_F(SqlFaults, FindsOutByItselfThatItCanWriteAgain) {
  MariaDb server;
  OpenOn(server, 1);
  server.Kill();
  ASSERT_FALSE(Set("alice", "2"));
  ASSERT_NE(store_->WriteTrouble(), "");
  server.Start();
  auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (store_->WriteTrouble() != "" && std::chrono::steady_clock::now() < deadline) {
    EXPECT_TRUE(Read("alice"));
  }
  EXPECT_EQ(store_->WriteTrouble(), "");
  store_.reset();  // before its server
}

// A process that froze between its statements has locked the first account of a full group. The
// database ends that after ten seconds; nobody else waits for so long.
TEST_F(SqlFaults, WritesWhatNobodyHasLockedBeforeTheLocksAreGone) {
  ASSERT_TRUE(sql::InitSqlStore(options_));
  Open();
  ASSERT_TRUE(Set("alice", "1"));
  sql::Endpoints endpoints(options_);
  sql::Connection frozen(endpoints, sql::Connection::Use::kWrite);
  ASSERT_TRUE(frozen.Ensure());
  ASSERT_TRUE(frozen.Run("SELECT 1 FROM accounts WHERE app = 1 AND account = 'alice' FOR UPDATE"));
  auto submit = [&](std::promise<base::Result<Updated>>& promise) {
    store_->UpdateAccount(1, Id("alice"), DecideSet(Id("alice"), "2"),
                          [&](base::Result<Updated> done) { promise.set_value(std::move(done)); });
    return promise.get_future();
  };
  auto is_blocked = [](const auto& future) {
    return future.wait_for(std::chrono::seconds(0)) == std::future_status::timeout;
  };
  std::promise<base::Result<Updated>> promises[2];
  auto first = submit(promises[0]);
  std::atomic<int> left = 1000;
  std::promise<void> all;
  for (int i = 0; i < 1000; ++i) {
    AccountId account = Id("user" + std::to_string(i));
    store_->UpdateAccount(1, account, DecideSet(account, "1"), [&](base::Result<Updated> done) {
      EXPECT_TRUE(done);
      if (--left == 0) all.set_value();
    });
  }
  all.get_future().wait();
  EXPECT_TRUE(is_blocked(first));
  auto second = submit(promises[1]);
  EXPECT_TRUE(Set("bob", "1"));
  EXPECT_TRUE(is_blocked(first));
  EXPECT_TRUE(is_blocked(second));
  frozen.Rollback();
  EXPECT_TRUE(first.get());
  EXPECT_TRUE(second.get());
}

}  // namespace
}  // namespace store
