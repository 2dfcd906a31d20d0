// What only the engine on disk promises.

#include <gtest/gtest.h>
#include <rocksdb/db.h>

#include <atomic>
#include <fstream>
#include <limits>

#include "store/verify.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

class RocksDbStoreTest : public StoreTest<RocksDb> {
 protected:
  base::Result<std::unique_ptr<Store>> OpenAt(const std::filesystem::path& folder) {
    RocksDbOptions options;
    options.path = folder.string();
    return OpenRocksDbStore(options);
  }

  // Changes what is stored behind the store's back; it is closed meanwhile.
  using Families = std::vector<rocksdb::ColumnFamilyHandle*>;  // default, accounts, sessions, …
  void EditByHand(const std::function<void(rocksdb::DB&, const Families&)>& edit) {
    store_.reset();
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const char* name : {"default", "accounts", "sessions", "changes", "notices"}) {
      families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    }
    Families handles;
    rocksdb::DB* db = nullptr;
    ASSERT_TRUE(
        rocksdb::DB::Open({}, (folder_.path / "store").string(), families, &handles, &db).ok());
    edit(*db, handles);
    for (auto* handle : handles) db->DestroyColumnFamilyHandle(handle);
    delete db;
  }
};

TEST_F(RocksDbStoreTest, SaysThatASweepLeftMoreToDrop) {
  constexpr std::size_t kChanges = Store::kMaxSwept + 3;
  std::atomic<std::size_t> left = kChanges;
  std::promise<void> all_set;
  for (std::size_t i = 0; i < kChanges; ++i) {
    store_->UpdateAccount(1, Id("alice"), DecideSet(Id("alice"), std::to_string(i)),
                          [&](const base::Result<Updated>& updated) {
                            EXPECT_TRUE(updated);
                            if (--left == 0) all_set.set_value();
                          });
  }
  all_set.get_future().wait();
  constexpr std::int64_t kEver = std::numeric_limits<std::int64_t>::max();
  Store::Swept first = Sweep(0, kEver);
  EXPECT_EQ(first.changes, Store::kMaxSwept);
  EXPECT_TRUE(first.has_more);
  Store::Swept second = Sweep(0, kEver);
  EXPECT_EQ(second.changes, 2u) << "the newest stays";
  EXPECT_FALSE(second.has_more);
}

TEST_F(RocksDbStoreTest, RefusesAFolderInUse) {
  auto second = OpenAt(folder_.path / "store");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Code::kStorageFailed);
}

TEST_F(RocksDbStoreTest, RefusesANewerFormatAndSaysSo) {
  EditByHand(
      [](rocksdb::DB& db, const Families&) { ASSERT_TRUE(db.Put({}, "format", "99").ok()); });
  auto opened = OpenAt(folder_.path / "store");
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().detail.find("format 99"), std::string::npos) << opened.error().detail;
}

// The fixture was written by the first version that had this format; every later one must read it.
// Its making: WritesTheFixture below, run with STORE_FIXTURE_OUT=FOLDER.
TEST_F(RocksDbStoreTest, OpensAFolderOfFormat1) {
  store_.reset();
  std::filesystem::copy(
      STORE_FIXTURES "/format1", folder_.path / "store",
      std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  store_ = RocksDb::Open(folder_.path.string());
  EXPECT_EQ(Read("alice")->Find("\x01"), "\"小明\"");
  EXPECT_EQ(Read("alice")->header().tiny_id, 144115200000000001u);
  EXPECT_EQ(Read("bob")->Find("\x01"), "\"second\"");
  EXPECT_EQ(Read("bob")->header().notice_seq, 2u);
  EXPECT_FALSE(Read("gone")->Exists());
  EXPECT_EQ(Read("gone")->header().kick_time_s, 1700000000);
  ASSERT_TRUE(Find('x'));
  EXPECT_EQ(Find('x')->account.View(), "alice");
  auto changes = Changes(0);
  ASSERT_EQ(changes.size(), 4u);
  EXPECT_EQ(changes[3].position, 4u);
  Set("bob", "\"third\"");
  EXPECT_EQ(Changes(4).size(), 1u) << "and it goes on from there";
  EXPECT_EQ(Notices("bob", 2).size(), 1u) << "with notices, which format 1 did not have";
}

TEST_F(RocksDbStoreTest, WritesTheFixture) {
  Set("alice", "\"小明\"");
  Set("bob", "\"first\"");
  Set("bob", "\"second\"");
  Set("gone", "\"x\"");
  ASSERT_TRUE(Apply("gone", [](const profile::Record* current, const UpdateContext&) {
    store::Update update;
    update.record = current->Edit();
    update.record->fields.clear();
    update.record->header.deleted = true;
    update.record->header.kick_time_s = 1700000000;
    return base::Result<store::Update>(std::move(update));
  }));
  Login("alice", 'x', 100);
  store_.reset();
  if (const char* out = std::getenv("STORE_FIXTURE_OUT")) {
    std::filesystem::copy(folder_.path / "store", out, std::filesystem::copy_options::recursive);
    std::filesystem::remove(std::filesystem::path(out) / "LOCK");
  }
  Reopen();
  EXPECT_EQ(Read("bob")->Find("\x01"), "\"second\"");
}

// A byte changed in a table file: the accounts in the block are errors, nothing wrong is served.
TEST_F(RocksDbStoreTest, AnswersAnErrorForABrokenRecordAndServesTheOthers) {
  Set("alice", "\"A\"");
  Set("bob", "\"B\"");
  EditByHand([](rocksdb::DB& db, const Families& families) {
    std::string key = std::string(7, '\0') + '\x01' + "alice";
    std::string bytes;
    ASSERT_TRUE(db.Get({}, families[1], key, &bytes).ok());
    bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 4);
    ASSERT_TRUE(db.Put({}, families[1], key, bytes).ok());
  });
  store_ = RocksDb::Open(folder_.path.string());
  auto records = ReadAll({"alice", "bob"});
  ASSERT_FALSE(records[0]);
  EXPECT_EQ(records[0].error().code, base::Code::kStorageFailed);
  EXPECT_EQ(records[1].value()->Find("\x01"), "\"B\"");
  EXPECT_FALSE(Apply("alice", DecideSet(Id("alice"), "\"new\""))) << "nor is it written over";
}

// Its holder signs in again; it must not stand in the way of that.
TEST_F(RocksDbStoreTest, TakesABrokenSessionForOneThatHasEnded) {
  Login("alice", 'x', 100);
  Login("alice", 'y', 100);
  AddInstance("alice", "page", 'y', 100);
  EditByHand([](rocksdb::DB& db, const Families& families) {
    std::unique_ptr<rocksdb::Iterator> it(db.NewIterator({}, families[2]));
    std::string session = std::string(1, 's') + std::string(7, '\0') + '\x01' + "xxx";
    for (it->SeekToFirst(); it->Valid(); it->Next()) {
      bool breaks = it->key().starts_with(session) || it->key().starts_with("i");
      if (!breaks) continue;
      ASSERT_TRUE(db.Put({}, families[2], it->key(), "broken").ok());
    }
    ASSERT_TRUE(it->status().ok());
  });
  store_ = RocksDb::Open(folder_.path.string());
  EXPECT_FALSE(Find('x'));
  EXPECT_FALSE(Renew('x', 200));
  EXPECT_TRUE(Find('y'));
  EXPECT_FALSE(FindInstance("alice", "page"));
  AddInstance("alice", "other", 'y', 200);
  EXPECT_TRUE(FindInstance("alice", "other"));
  Login("alice", 'z', 200);
  EXPECT_TRUE(Find('z'));
  store_.reset();
  auto report = VerifyStore((folder_.path / "store").string());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->faults.empty()) << report->faults.front();
}

}  // namespace
}  // namespace store
