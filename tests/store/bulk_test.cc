// What a copy reads and writes of an embedded store; tests/sql/copy_test.cc has the other engine.

#include "store/bulk.h"

#include <fstream>

#include "store/codec.h"
#include "store/copy.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

std::vector<Item> Changes(std::size_t accounts, const std::string& prefix) {
  std::vector<Item> items;
  for (std::size_t i = 0; i < accounts; ++i) {
    // Of two lengths, so that two places of the database are read in turn.
    std::string name = prefix + std::to_string(1000000 + i);
    if (i % 2 == 1) name = prefix + std::to_string(1000000 + i - 1) + "longer";
    Change change{Id(name), 1, Id(name), "192.0.2.1", "Web", 1000, {{"\x01", "\"value\""}}};
    Item item;
    item.app = 1;
    item.account = name;
    item.notice_seq = 1;
    item.value = EncodeChange(change);
    items.push_back(item);
  }
  return items;
}

base::Result<CopyReport> Copy(const std::string& from, const std::string& to, CopyEnd end) {
  auto source = OpenRocksDbToRead(from);
  auto place = OpenRocksDbToWrite(to);
  if (!source) return tl::unexpected(source.error());
  if (!place) return tl::unexpected(place.error());
  return CopyStore(**source, **place, end, [](const auto&, auto, auto) {});
}

void Write(const std::string& folder, const std::vector<Item>& changes) {
  auto bulk = OpenRocksDbToWrite(folder);
  ASSERT_TRUE(bulk);
  ASSERT_TRUE((*bulk)->Write(Part::kChanges, changes));
  ASSERT_TRUE((*bulk)->Finish());
}

void Flip(const std::filesystem::path& path, std::uintmax_t at) {
  std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
  file.seekg(static_cast<std::streamoff>(at));
  char byte = static_cast<char>(file.get() ^ 0x10);
  file.seekp(static_cast<std::streamoff>(at));
  file.put(byte);
}

base::Result<std::size_t> ReadAllChanges(const std::string& store) {
  auto bulk = OpenRocksDbToRead(store);
  if (!bulk) return tl::unexpected(bulk.error());
  std::size_t count = 0;
  for (std::optional<Item> after;;) {
    auto page = (*bulk)->Read(Part::kChanges, after, 100);
    if (!page) return tl::unexpected(page.error());
    if (page->empty()) return count;
    count += page->size();
    after = page->back();
  }
}

TEST(BulkTest, RemovesMoreThanItReadsAtOnce) {
  TempFolder folder;
  std::string old = folder.path / "old";
  std::string fresh = folder.path / "fresh";
  std::string copy = folder.path / "copy";
  Write(old, Changes(12000, "old"));
  Write(fresh, Changes(10, "zebra"));
  ASSERT_TRUE(Copy(old, copy, CopyEnd::kMoreToCome));
  auto report = Copy(fresh, copy, CopyEnd::kFinished);
  ASSERT_TRUE(report) << report.error().detail;
  EXPECT_EQ(report->items, 10u);
  auto read = OpenRocksDbToRead(copy);
  ASSERT_TRUE(read);
  auto left = (*read)->Read(Part::kChanges, std::nullopt, 100);
  ASSERT_TRUE(left);
  EXPECT_EQ(left->size(), 10u);
}

// What cannot be read is an error, not missing: wherever in a page it comes.
TEST(BulkTest, NeverLeavesOutWhatADamagedTableHolds) {
  constexpr std::size_t kAccounts = 4000;
  TempFolder folder;
  std::string store = folder.path / "data/store";
  Write(folder.path / "data", Changes(kAccounts, "user"));
  RocksDb::Open(folder.path / "data").reset();  // puts what is in its log into tables
  int failed = 0;
  for (const auto& file : std::filesystem::directory_iterator(store)) {
    if (file.path().extension() != ".sst") continue;
    for (std::uintmax_t at = 500; at < file.file_size(); at += 16001) {
      Flip(file.path(), at);
      auto read = ReadAllChanges(store);
      if (read) {
        EXPECT_EQ(*read, kAccounts) << file.path() << " with a flipped bit at " << at;
      }
      failed += read ? 0 : 1;
      Flip(file.path(), at);
    }
  }
  EXPECT_GT(failed, 5);
}

TEST(BulkTest, TakesNoOtherDatabaseForAStore) {
  TempFolder folder;
  EXPECT_FALSE(OpenRocksDbToRead(folder.path.string()));
}

}  // namespace
}  // namespace store
