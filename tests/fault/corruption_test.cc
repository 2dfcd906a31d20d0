// A flipped bit in any file of a store is named by verify, or changes nothing; nothing wrong is
// served, whatever the bit.

#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "base/log.h"
#include "store/log_check.h"
#include "store/verify.h"
#include "tests/fault/history.h"

namespace fault {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kFlipsPerFile = 64;

std::size_t Stride() {
  const char* stride = std::getenv("FAULT_STRIDE");
  return stride == nullptr ? 1 : std::strtoull(stride, nullptr, 10);
}

std::string ReadFile(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

void WriteFile(const fs::path& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

std::string Flip(std::string bytes, std::size_t at, unsigned bit) {
  bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
  return bytes;
}

// Where to flip bits in a file: its first and last bytes, and some between.
std::vector<std::size_t> Positions(std::size_t size, std::mt19937& random) {
  std::vector<std::size_t> positions;
  for (std::size_t i = 0; i < std::min<std::size_t>(size, 8); ++i) {
    positions.push_back(i);
    positions.push_back(size - 1 - i);
  }
  while (size > 0 && positions.size() < kFlipsPerFile) positions.push_back(random() % size);
  return positions;
}

class Corruption : public testing::Test {
 protected:
  // A store with tables, and a log that no table holds yet.
  Corruption() : store_(folder_.path / "store"), history_(store_.string(), nullptr) {
    EXPECT_TRUE(history_.OpenWithoutFaults());
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(history_.Step());
    EXPECT_TRUE(history_.OpenWithoutFaults());
    for (int i = 0; i < 4; ++i) EXPECT_TRUE(history_.Step());
    history_.Close();
    fs::copy(store_, folder_.path / "right");
  }

  // At another place: a store that cannot be closed after an error is left open, and what it still
  // tidies up there is no business of the next one.
  void PutBack() {
    fs::remove_all(store_);
    store_ = folder_.path / ("store-" + std::to_string(++copies_));
    fs::copy(folder_.path / "right", store_);
    history_.MoveTo(store_.string());
  }

  // Whether verify finds a fault in the file; a fault it finds must be there.
  bool IsNamed(const std::string& name) {
    auto report = store::VerifyStore(store_.string());
    if (!report) return report.error().detail.find(name) != std::string::npos;
    EXPECT_TRUE(report->notes.empty()) << report->notes.front();
    bool is_named = false;
    for (const std::string& fault : report->faults) {
      is_named |= fault.find(name) != std::string::npos;
    }
    EXPECT_EQ(is_named, !report->faults.empty()) << report->faults.front();
    return is_named;
  }

  store::TempFolder folder_;
  fs::path store_;
  int copies_ = 0;
  History history_;
};

TEST_F(Corruption, OfAnyBitIsNamedOrChangesNothing) {
  std::mt19937 random(1);
  int named = 0;
  int harmless = 0;
  for (const fs::directory_entry& file : fs::directory_iterator(folder_.path / "right")) {
    std::string name = file.path().filename();
    if (name == "LOCK" || name.starts_with("LOG")) continue;  // nothing reads them
    std::string right = ReadFile(file.path());
    std::vector<std::size_t> positions = Positions(right.size(), random);
    for (std::size_t i = 0; i < positions.size(); i += Stride()) {
      auto bit = static_cast<unsigned>(random() % 8);
      SCOPED_TRACE(name + " byte " + std::to_string(positions[i]) + " bit " + std::to_string(bit));
      PutBack();
      WriteFile(store_ / name, Flip(right, positions[i], bit));
      bool is_named = IsNamed(name);
      ++(is_named ? named : harmless);
      bool is_opened = history_.OpenWithoutFaults();
      EXPECT_TRUE(is_opened || is_named) << history_.why_not_opened();
      if (is_opened && is_named) history_.CheckServed();
      if (is_opened && !is_named) history_.CheckAll();
      history_.Close();
      ASSERT_FALSE(HasFailure());
    }
  }
  EXPECT_GT(named, harmless);
  std::printf("%d bits flipped: %d named, %d without consequence\n", named + harmless, named,
              harmless);
}

TEST_F(Corruption, OfALogIsToldFromAWriteThatACrashCutShort) {
  for (const fs::directory_entry& file : fs::directory_iterator(folder_.path / "right")) {
    std::string name = file.path().filename();
    if (!name.ends_with(".log") && !name.starts_with("MANIFEST")) continue;
    SCOPED_TRACE(name);
    std::string right = ReadFile(file.path());
    EXPECT_EQ(store::CheckLog(right).kind, store::LogEnd::Kind::kWhole);
    std::size_t step = 1 + right.size() / 500;
    for (std::size_t size = 0; size < right.size(); size += step) {
      EXPECT_NE(store::CheckLog(right.substr(0, size)).kind, store::LogEnd::Kind::kDamaged) << size;
      std::size_t whole = size / 512 * 512;  // a disk writes sectors
      std::string unwritten = right.substr(0, whole) + std::string(right.size() - whole, '\0');
      EXPECT_NE(store::CheckLog(unwritten).kind, store::LogEnd::Kind::kDamaged) << whole;
    }
    for (std::size_t at = 0; at < right.size(); at += step) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        EXPECT_EQ(store::CheckLog(Flip(right, at, bit)).kind, store::LogEnd::Kind::kDamaged)
            << at << " bit " << bit;
      }
    }
    ASSERT_FALSE(HasFailure());
  }
}

TEST_F(Corruption, OfALogKeepsTheStoreFromOpeningAndNamesTheFile) {
  for (const fs::directory_entry& file : fs::directory_iterator(folder_.path / "right")) {
    std::string name = file.path().filename();
    if (!name.ends_with(".log") || file.file_size() == 0) continue;
    std::string right = ReadFile(file.path());
    WriteFile(store_ / name, Flip(right, right.size() - 1, 0));
    store::RocksDbOptions options;
    options.path = store_.string();
    auto opened = store::OpenRocksDbStore(options);
    ASSERT_FALSE(opened);
    EXPECT_NE(opened.error().detail.find(name + ": damaged"), std::string::npos)
        << opened.error().detail;
  }
}

TEST_F(Corruption, OfAFolderWithoutItsCurrentFileIsNoNewStore) {
  fs::remove(store_ / "CURRENT");
  EXPECT_FALSE(history_.OpenWithoutFaults());
  EXPECT_TRUE(IsNamed("CURRENT"));
}

TEST_F(Corruption, IsNotSeenInAStoreThatIsRight) {
  auto report = store::VerifyStore(store_.string());
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->faults.empty()) << report->faults.front();
  EXPECT_EQ(report->accounts, 5u);
  EXPECT_EQ(report->sessions, 24u);
  EXPECT_EQ(report->changes, 24u);
  auto store = store::RocksDb::Open(folder_.path.string());
  EXPECT_FALSE(store::VerifyStore((folder_.path / "store").string())) << "it is in use";
}

}  // namespace
}  // namespace fault
