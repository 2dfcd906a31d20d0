// What a copy reads and writes of tables.

#include "store/sql/bulk.h"

#include <random>
#include <set>

#include "store/codec.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

class SqlBulkTest : public StoreTest<Sql> {
 protected:
  // The tables are there, and nobody uses them.
  SqlBulkTest() { store_.reset(); }
};

// Whatever the names and the size of a page, both engines list the same.
TEST_F(SqlBulkTest, ListsEverythingInTheOrderOfKeysAsAnEmbeddedStoreDoes) {
  std::mt19937 random(7);
  std::set<std::tuple<AppId, std::string, std::string>> keys;
  for (int i = 0; i < 300; ++i) {
    std::string account;
    std::size_t length = 1 + random() % 4 * (random() % 9 == 0 ? 8 : 1);
    while (account.size() < length) account += "ab_"[random() % 3];
    keys.insert({1 + random() % 3, account, std::string(1 + random() % 3, "xyz"[random() % 3])});
  }
  std::vector<Item> items;
  std::uint64_t seq = 0;
  for (const auto& [app, account, id] : keys) {
    Instance instance{id, MakeSessionId('s'), ++seq, 5};
    items.push_back({.app = app, .account = account, .id = id, .value = EncodeInstance(instance)});
  }
  TempFolder back;
  auto rocks = OpenRocksDbToWrite(back.path.string());
  auto to = sql::OpenSqlToWrite(OptionsFor(folder_.path.string()));
  for (Bulk* bulk : {rocks->get(), to->get()}) {
    ASSERT_TRUE(bulk->Write(Part::kInstances, items));
    for (std::size_t limit : {1u, 2u, 7u, 1000u}) {
      std::vector<Item> read;
      for (;;) {
        auto page = bulk->Read(Part::kInstances,
                               read.empty() ? std::nullopt : std::optional(read.back()), limit);
        ASSERT_TRUE(page);
        if (page->empty()) break;
        read.insert(read.end(), page->begin(), page->end());
      }
      ASSERT_EQ(read.size(), items.size()) << limit;
      for (std::size_t i = 0; i < items.size(); ++i) {
        EXPECT_EQ(read[i].key(), items[i].key());
        EXPECT_EQ(read[i].value, items[i].value);
      }
    }
  }
}

}  // namespace
}  // namespace store
