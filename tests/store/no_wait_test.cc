// Reads that do not wait for the disk, and what the store does with the others.

#include "store/no_wait.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/uio.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <fstream>

#include "tests/store/fixture.h"

namespace store {
namespace {

namespace fs = std::filesystem;

// Asks the kernel to forget what it keeps of a file. It need not: a page may be in use just then.
void Evict(const fs::path& path) {
  int file = ::open(path.c_str(), O_RDONLY);
  ASSERT_GE(file, 0);
  EXPECT_EQ(::fdatasync(file), 0);
  EXPECT_EQ(::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED), 0);
  ::close(file);
}

// Calls `attempt`, which evicts something and reads it, until it answers true; false: never.
template <class Attempt>
bool Succeeds(Attempt attempt) {
  for (int i = 0; i < 100; ++i) {
    if (attempt()) return true;
  }
  return false;
}

// Whether the file system of the folder reads without waiting at all; where it does not know how,
// as one in memory may not, everything waits.
bool CanReadAtOnce(const fs::path& folder) {
  std::ofstream(folder / "probe") << "x";
  int file = ::open((folder / "probe").c_str(), O_RDONLY);
  EXPECT_GE(file, 0);
  char byte = 0;
  iovec room{&byte, 1};
  bool is_read = ::preadv2(file, &room, 1, 0, RWF_NOWAIT) == 1;
  ::close(file);
  return is_read;
}

// Whether a read there may have to wait: what is there can be elsewhere than in memory.
bool MayWait(const fs::path& folder) {
  struct statfs about {};
  EXPECT_EQ(::statfs(folder.c_str(), &about), 0);
  return about.f_type != TMPFS_MAGIC || !CanReadAtOnce(folder);
}

TEST(NoWaitTest, AnswersBusyWhereTheKernelWouldHaveToRead) {
  TempFolder folder;
  fs::path path = folder.path / "file";
  const std::string text(64 << 10, 'x');
  std::ofstream(path) << text;
  auto files = MakeNoWaitFileSystem(rocksdb::FileSystem::Default());
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  ASSERT_TRUE(files->NewRandomAccessFile(path, {}, &file, nullptr).ok());
  std::string room(text.size(), '\0');
  rocksdb::Slice read;
  auto read_all = [&] { return file->Read(0, room.size(), {}, &read, room.data(), nullptr); };
  auto read_at_once = [&] {
    NoWait no_wait;
    return read_all();
  };

  const bool can_read_at_once = CanReadAtOnce(folder.path);
  EXPECT_EQ(read_at_once().ok(), can_read_at_once);
  bool was_busy = Succeeds([&] {
    Evict(path);
    return read_at_once().IsBusy();
  });
  EXPECT_EQ(was_busy, MayWait(folder.path));
  EXPECT_TRUE(read_all().ok());
  EXPECT_EQ(read, text);
  EXPECT_EQ(read_at_once().ok(), can_read_at_once) << "it is in memory again";
}

TEST(NoWaitTest, OpensNoFile) {
  TempFolder folder;
  std::ofstream(folder.path / "file") << "x";
  auto files = MakeNoWaitFileSystem(rocksdb::FileSystem::Default());
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  NoWait no_wait;
  EXPECT_TRUE(files->NewRandomAccessFile(folder.path / "file", {}, &file, nullptr).IsBusy());
}

// Without caches of its own, so that every read is one of a table.
class NoWaitStoreTest : public testing::Test {
 protected:
  void Open() {
    store_.reset();
    RocksDbOptions options;
    options.path = (folder_.path / "store").string();
    options.record_cache_bytes = 0;
    options.block_cache_bytes = 0;
    auto store = OpenRocksDbStore(options);
    ASSERT_TRUE(store) << store.error().detail;
    store_ = *std::move(store);
  }

  void EvictTables() {
    for (const fs::directory_entry& file : fs::directory_iterator(folder_.path / "store")) {
      if (file.path().extension() == ".sst") Evict(file.path());
    }
  }

  // Reads the accounts in one call; whether it was answered before it returned.
  bool IsReadAtOnce(const std::vector<AccountId>& accounts) {
    std::promise<std::thread::id> answered_by;
    store_->ReadAccounts(1, accounts, [&](base::Result<Store::Records> records) {
      EXPECT_TRUE(records);
      for (std::size_t i = 0; i < accounts.size(); ++i) {
        auto& record = records->at(i);
        bool is_there = record && *record != nullptr;
        EXPECT_EQ(is_there ? (*record)->Find("\x01") : std::nullopt, Fragment(accounts[i]));
      }
      answered_by.set_value(std::this_thread::get_id());
    });
    return answered_by.get_future().get() == std::this_thread::get_id();
  }

  static std::string Fragment(const AccountId& account) { return '"' + account.String() + '"'; }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

TEST_F(NoWaitStoreTest, ReadsAtOnceWhatTheKernelHas) {
  Open();
  std::vector<AccountId> accounts;
  for (int i = 0; i < 500; ++i) accounts.push_back(Id("account" + std::to_string(i)));
  for (const AccountId& account : accounts) {
    EXPECT_TRUE(Wait<Updated>([&](Callback<Updated> done) {
      store_->UpdateAccount(1, account, DecideSet(account, Fragment(account)), std::move(done));
    }));
  }
  Open();  // what was written is in a table now
  for (const std::vector<AccountId>& some : {std::vector{accounts[7]}, accounts}) {
    bool has_waited = Succeeds([&] {
      EvictTables();
      return !IsReadAtOnce(some);
    });
    EXPECT_EQ(has_waited, MayWait(folder_.path));
    EXPECT_EQ(Succeeds([&] { return IsReadAtOnce(some); }), CanReadAtOnce(folder_.path));
  }
}

}  // namespace
}  // namespace store
