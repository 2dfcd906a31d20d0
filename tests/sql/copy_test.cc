// portraitctl copy: between an embedded store and tables, there and back.

#include "store/copy.h"

#include <map>
#include <set>

#include "store/rocksdb_open.h"
#include "store/rocksdb_store.h"
#include "store/sql/bulk.h"
#include "store/verify.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

constexpr int kAccounts = 2500;  // some pages of them

struct Rocks {
  static std::unique_ptr<Store> Open(const std::filesystem::path& folder) {
    RocksDbOptions options;
    options.path = folder / "store";
    auto store = OpenRocksDbStore(options);
    EXPECT_TRUE(store) << store.error().detail;
    return *std::move(store);
  }
};

class CopyTest : public StoreTest<Sql> {
 protected:
  // The tables are there, and nobody uses them.
  CopyTest() { store_.reset(); }

  void Fill() {
    store_ = Rocks::Open(rocks_.path);
    for (int i = 0; i < kAccounts; ++i) Set("user" + std::to_string(i), std::to_string(i));
    for (int i = 0; i < 20; ++i) Set("alice", std::to_string(i));
    Set("alice", "7", 2);
    Login("alice", 'a', 100);
    Login("bob", 'b', 200);  // who has no record
    AddInstance("alice", "page", 'a', 300);
    Wait<Store::Fields>([&](Callback<Store::Fields> done) {
      store_->UpdateFields(
          1,
          [](Store::Fields stored) {
            return profile::MergeCustomFields(std::move(stored), {{.key = "Team"}}, true);
          },
          done);
    });
    WriteCursor("half", 1000);
    WriteCursor("all", kAccounts + 20);
    store_.reset();
  }
  void WriteCursor(std::string reader, std::uint64_t position) {
    ASSERT_TRUE(Wait<bool>([&](Callback<bool> done) {
      store_->WriteCursor(1, std::move(reader), position, std::move(done));
    }));
  }
  std::uint64_t ReadCursor(std::string reader) {
    return *Wait<std::uint64_t>(
        [&](Callback<std::uint64_t> done) { store_->ReadCursor(1, std::move(reader), done); });
  }

  void ExpectWhole() {
    for (int i = 0; i < kAccounts; i += 97) {
      EXPECT_EQ(Read("user" + std::to_string(i))->Find("\x01"), std::to_string(i));
    }
    EXPECT_EQ(Read("alice")->header().notice_seq, 20u);
    EXPECT_EQ(Read("alice", 2)->Find("\x01"), "7");
    EXPECT_EQ(Notices("alice", 0).size(), 20u);
    EXPECT_EQ(Notices("alice", 0)[4].fields[0].fragment, "4");
    ASSERT_TRUE(Find('a'));
    EXPECT_EQ(Find('a')->created_ms, 100);
    EXPECT_TRUE(Find('b'));
    EXPECT_EQ(Read("bob"), nullptr);
    ASSERT_TRUE(FindInstance("alice", "page"));
    EXPECT_EQ(FindInstance("alice", "page")->created_ms, 300);
    auto fields = Wait<Store::Fields>(
        [&](Callback<Store::Fields> done) { store_->ReadFields(1, std::move(done)); });
    EXPECT_EQ(fields->size(), 1u);
    auto changes = Changes(0);
    ASSERT_EQ(changes.size(), static_cast<std::size_t>(kAccounts + 20));
    std::map<std::string, std::uint64_t> last;
    for (const auto& logged : changes) {
      EXPECT_EQ(logged.change.notice_seq, ++last[logged.change.account.String()]);
    }
    ExpectNewTinyIds();
  }
  // Numbers go on: none is given out twice.
  void ExpectNewTinyIds() {
    std::set<TinyId> given;
    for (int i = 0; i < kAccounts; ++i) {
      given.insert(Read("user" + std::to_string(i))->header().tiny_id);
    }
    EXPECT_TRUE(given.insert(Set("somebody new").record->header().tiny_id).second);
  }
  // What a session's or an instance's key holds is written over.
  void BreakKeys(const std::string& first_byte) {
    RocksDbOptions options;
    options.path = rocks_.path / "store";
    auto database = OpenDatabase(options);
    ASSERT_TRUE(database);
    std::unique_ptr<rocksdb::Iterator> it(database->db->NewIterator({}, database->sessions));
    it->Seek(first_byte);
    ASSERT_TRUE(it->Valid() && it->key().starts_with(first_byte));
    ASSERT_TRUE(database->db->Put({}, database->sessions, it->key(), "broken").ok());
  }
  Updated Set(std::string_view account, std::string fragment = "0", AppId app = 1) {
    return StoreTest::Set(account, std::move(fragment), app);
  }

  static base::Result<CopyReport> Copy(base::Result<std::unique_ptr<Bulk>> from,
                                       base::Result<std::unique_ptr<Bulk>> to,
                                       CopyEnd end = CopyEnd::kFinished) {
    if (!from) return tl::unexpected(from.error());
    if (!to) return tl::unexpected(to.error());
    return CopyStore(**from, **to, end, [](const std::string&, std::uint64_t, std::uint64_t) {});
  }
  std::string rocks() const { return rocks_.path.string(); }
  sql::SqlOptions tables() const { return OptionsFor(folder_.path.string()); }

  TempFolder rocks_;
};

TEST_F(CopyTest, TakesEverythingIntoTables) {
  Fill();
  auto report = Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->accounts, kAccounts + 2u);
  EXPECT_EQ(report->copied_accounts, report->accounts);
  EXPECT_NE(report->checksum, 0u);
  store_ = Sql::Open(folder_.path.string());
  EXPECT_EQ(ReadCursor("half"), 1000u);
  EXPECT_EQ(ReadCursor("all"), kAccounts + 20u);
  ExpectWhole();
}

TEST_F(CopyTest, TakesEverythingBackIntoAFolder) {
  Fill();
  ASSERT_TRUE(Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables())));
  TempFolder back;
  auto report = Copy(sql::OpenSqlToRead(tables(), sql::Source::kStill),
                     OpenRocksDbToWrite(back.path.string()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->accounts, kAccounts + 2u);
  store_ = Rocks::Open(back.path);
  EXPECT_EQ(ReadCursor("half"), 0u) << "gets again what the log holds";
  EXPECT_EQ(ReadCursor("all"), kAccounts + 20u);
  ExpectWhole();
  store_.reset();
}

TEST_F(CopyTest, ThatWasCutShortIsNotOpenedAndIsGoneOnWith) {
  Fill();
  {
    auto from = OpenRocksDbToRead(rocks());
    auto to = sql::OpenSqlToWrite(tables());
    ASSERT_TRUE(from && to);
    auto page = (*from)->Read(Part::kAccounts, std::nullopt, 1000);
    ASSERT_TRUE((*to)->Write(Part::kAccounts, *page));
  }
  auto opened = sql::OpenSqlStore(tables());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().detail, "a copy into database " + tables().database +
                                       " was not finished: run portraitctl copy again");
  auto report = Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->accounts, kAccounts + 2u);
  EXPECT_EQ(report->copied_accounts, kAccounts + 2u - 1000);
  store_ = Sql::Open(folder_.path.string());
  ExpectWhole();
}

// From a backup while the server runs, and once more when it has stopped.
TEST_F(CopyTest, IsBroughtUpToDateByAnother) {
  Fill();
  auto copy = [&](CopyEnd end) {
    return Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()), end);
  };
  ASSERT_TRUE(copy(CopyEnd::kMoreToCome));
  EXPECT_FALSE(sql::OpenSqlStore(tables())) << "it is no store yet";
  store_ = Rocks::Open(rocks_.path);
  Set("user7", "\"changed\"");
  Set("user98765", "\"new\"");
  EXPECT_TRUE(End("alice", 'a'));
  store_.reset();
  auto report = copy(CopyEnd::kFinished);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->accounts, kAccounts + 3u);
  EXPECT_EQ(report->copied_accounts, 2u);
  store_ = Sql::Open(folder_.path.string());
  EXPECT_EQ(Read("user7")->Find("\x01"), "\"changed\"");
  EXPECT_EQ(Read("user98765")->Find("\x01"), "\"new\"");
  EXPECT_FALSE(Find('a'));
  EXPECT_EQ(Changes(0).size(), kAccounts + 22u);
}

TEST_F(CopyTest, RemovesWhatTheSourceHasNot) {
  Fill();
  {
    auto from = OpenRocksDbToRead(rocks());
    auto to = sql::OpenSqlToWrite(tables());
    for (Part part : kParts) {
      auto page = (*from)->Read(part, std::nullopt, 10);
      ASSERT_FALSE(page->empty());
      for (Item& item : *page) item.app = 3;
      ASSERT_TRUE((*to)->Write(part, *page));
    }
  }
  auto report = Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()));
  ASSERT_TRUE(report) << report.error().detail;
  auto to = sql::OpenSqlToRead(tables(), sql::Source::kStill);
  for (Part part : kParts) {
    Item end;
    end.app = 2;
    end.account = end.id = "\xff";
    auto page = (*to)->Read(part, end, 10);
    EXPECT_TRUE(page->empty()) << static_cast<int>(part);
  }
  store_ = Sql::Open(folder_.path.string());
  ExpectWhole();
}

// Sessions that ended and log entries that expired since the copy before go from it, those that
// came are added.
TEST_F(CopyTest, OfALaterTimeHasTheLaterSessionsAndLog) {
  Fill();
  TempFolder back;
  auto copy = [&](CopyEnd end) {
    auto there = Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()), end);
    EXPECT_TRUE(there) << there.error().detail;
    auto again = Copy(OpenRocksDbToRead(rocks()), OpenRocksDbToWrite(back.path.string()), end);
    EXPECT_TRUE(again) << again.error().detail;
    EXPECT_EQ(there->checksum, again->checksum);
  };
  copy(CopyEnd::kMoreToCome);
  store_ = Rocks::Open(rocks_.path);
  Sweep(150, 2000);  // alice's session, and all changes but the newest of each app
  Set("bob", "\"late\"");
  Login("carol", 'c', 400);
  AddInstance("carol", "late", 'c', 500);
  store_.reset();
  copy(CopyEnd::kFinished);
  auto expect_later = [&] {
    EXPECT_FALSE(Find('a'));
    EXPECT_FALSE(FindInstance("alice", "page"));
    EXPECT_TRUE(FindInstance("carol", "late"));
    EXPECT_EQ(Notices("bob", 0).size(), 1u);
    EXPECT_TRUE(Notices("user7", 0).empty());
    auto changes = Changes(0);
    EXPECT_EQ(changes.back().change.account.String(), "bob");
    EXPECT_LE(changes.size(), 2u);
    ExpectNewTinyIds();
  };
  store_ = Sql::Open(folder_.path.string());
  expect_later();
  store_ = Rocks::Open(back.path);
  expect_later();
  store_.reset();
  EXPECT_TRUE(VerifyStore((back.path / "store").string())->faults.empty());
}

// Writers keep what is left of their TinyIds in the tables.
TEST_F(CopyTest, IntoTablesThatWereUsedGivesNoTinyIdTwice) {
  Fill();
  store_ = Sql::Open(folder_.path.string());
  auto refuse = [](const profile::Record*, const UpdateContext&) {
    return base::Result<Update>(base::Fail(base::Code::kAccountNotFound));
  };
  EXPECT_FALSE(Apply("nobody", refuse));
  store_.reset();
  ASSERT_TRUE(Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables())));
  store_ = Sql::Open(folder_.path.string());
  ExpectNewTinyIds();
}

TEST_F(CopyTest, OfTablesInUseIsFinishedByOneOfTablesAtRest) {
  store_ = Sql::Open(folder_.path.string());
  for (int i = 0; i < kAccounts; ++i) Set("user" + std::to_string(i), "1");
  TempFolder back;
  auto live = [&] { return sql::OpenSqlToRead(tables(), sql::Source::kLive); };
  auto first = Copy(live(), OpenRocksDbToWrite(back.path.string()), CopyEnd::kMoreToCome);
  ASSERT_TRUE(first) << first.error().detail;
  EXPECT_EQ(first->copied_accounts, static_cast<unsigned>(kAccounts));
  Set("user5", "2");
  ASSERT_TRUE(Copy(live(), OpenRocksDbToWrite(back.path.string()), CopyEnd::kMoreToCome));
  Set("user6", "2");
  store_.reset();
  auto last = Copy(sql::OpenSqlToRead(tables(), sql::Source::kStill),
                   OpenRocksDbToWrite(back.path.string()));
  ASSERT_TRUE(last) << last.error().detail;
  EXPECT_EQ(last->copied_accounts, 1u);
  store_ = Rocks::Open(back.path);
  EXPECT_EQ(Read("user5")->Find("\x01"), "2");
  EXPECT_EQ(Read("user6")->Find("\x01"), "2");
  ExpectNewTinyIds();
  store_.reset();
}

TEST_F(CopyTest, IsNotFinishedWhereAServerWroteMeanwhile) {
  store_ = Sql::Open(folder_.path.string());
  Set("alice", "1");
  store_.reset();
  auto from = sql::OpenSqlToRead(tables(), sql::Source::kStill);
  store_ = Sql::Open(folder_.path.string());
  Set("alice", "2");
  store_.reset();
  TempFolder back;
  auto report = Copy(std::move(from), OpenRocksDbToWrite(back.path.string()));
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().detail.starts_with("a server has written to database "));
  EXPECT_FALSE(std::filesystem::exists(back.path / "store")) << "no server opens it";
}

TEST_F(CopyTest, ChangesNothingInTheFolderItReads) {
  Fill();
  auto look = [&] {
    std::map<std::string, std::pair<std::uintmax_t, std::filesystem::file_time_type>> files;
    for (const auto& file : std::filesystem::directory_iterator(rocks_.path / "store")) {
      files[file.path().filename()] = {file.file_size(), file.last_write_time()};
    }
    return files;
  };
  auto before = look();
  ASSERT_TRUE(Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables())));
  EXPECT_EQ(look(), before);
}

TEST_F(CopyTest, LeavesOutSessionsAndInstancesThatCannotBeRead) {
  Fill();
  BreakKeys("s");
  BreakKeys("i");
  auto report = Copy(OpenRocksDbToRead(rocks()), sql::OpenSqlToWrite(tables()));
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->broken, 2u);
  store_ = Sql::Open(folder_.path.string());
  EXPECT_FALSE(Find('a'));
  EXPECT_TRUE(Find('b'));
  EXPECT_FALSE(FindInstance("alice", "page"));
}

// One that was open before the copy began, and had written nothing yet.
TEST_F(CopyTest, IsNotFinishedWhereAServerWroteIntoIt) {
  Fill();
  store_ = Sql::Open(folder_.path.string());
  auto to = sql::OpenSqlToWrite(tables());
  ASSERT_TRUE(to);
  Set("stranger");
  auto report = Copy(OpenRocksDbToRead(rocks()), std::move(to));
  ASSERT_FALSE(report);
  EXPECT_TRUE(report.error().detail.starts_with("a server has written to database "));
  store_.reset();
  EXPECT_FALSE(sql::OpenSqlStore(tables())) << "it is no store";
}

TEST_F(CopyTest, TakesNothingFromAStoreInUseAndOverwritesNone) {
  Fill();
  store_ = Sql::Open(folder_.path.string());
  Set("somebody");
  auto in_use = sql::OpenSqlToRead(tables(), sql::Source::kStill);
  ASSERT_FALSE(in_use);
  EXPECT_TRUE(in_use.error().detail.starts_with("a server uses database "));
  store_.reset();
  EXPECT_TRUE(sql::OpenSqlToRead(tables(), sql::Source::kStill));
  auto not_empty = sql::OpenSqlToWrite(tables());
  ASSERT_FALSE(not_empty);
  EXPECT_TRUE(not_empty.error().detail.ends_with("a copy needs an empty one"));
  EXPECT_FALSE(OpenRocksDbToWrite(rocks()));
  EXPECT_FALSE(OpenRocksDbToRead(folder_.path.string()));
}

}  // namespace
}  // namespace store
