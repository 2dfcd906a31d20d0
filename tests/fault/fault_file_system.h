#pragma once

// A file system that fails on request, and that can forget what was never synced.

#include <rocksdb/file_system.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace fault {

enum class Operation { kOpen, kRead, kWrite, kSync, kRename, kAnyChange };
enum class Effect { kOnce, kAlways, kShort, kNoSpace };

// The `nth` operation of that kind (from 1) fails; with kAlways and kNoSpace all after it too. A
// write that is kShort or finds kNoSpace leaves half of its bytes in the file.
struct Plan {
  Operation operation = Operation::kWrite;
  Effect effect = Effect::kOnce;
  std::uint64_t nth = 1;
};

// Thread-safe. Syncs only mark: what is written is in the machine's file system at once and stays
// there as long as the test runs, so a test of thousands of runs does not wait for a disk.
class FaultFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit FaultFileSystem(std::optional<Plan> plan);
  static const char* kClassName() { return "FaultFileSystem"; }
  const char* Name() const override { return kClassName(); }

  bool HasFailed() const;
  void Arm(Plan plan);  // counts from now on
  void Heal();          // nothing fails from now on
  void Die();           // every change fails from now on: whoever has files open is gone

  // What a power cut leaves behind: of each file what was synced and `keep_percent` of the bytes
  // after that; files, and new names of files, only if their folder was synced since. To be called
  // after Die. (A deleted file does not come back.)
  void DropUnsynced(unsigned keep_percent);

  // For the files handed out. What an operation answers, or how many of `size` bytes to write.
  rocksdb::IOStatus Meet(Operation operation, std::size_t* size = nullptr);
  void OnAppended(const std::string& path, std::size_t size);
  void OnSynced(const std::string& path);
  void OnFolderSynced(const std::string& folder);

  rocksdb::IOStatus NewSequentialFile(const std::string& path, const rocksdb::FileOptions& options,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* file,
                                      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& path,
                                        const rocksdb::FileOptions& options,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                                        rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewWritableFile(const std::string& path, const rocksdb::FileOptions& options,
                                    std::unique_ptr<rocksdb::FSWritableFile>* file,
                                    rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path, const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* folder,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  // Always fine: a store that has failed stays in memory, and the next one must be able to open.
  rocksdb::IOStatus LockFile(const std::string& path, const rocksdb::IOOptions& options,
                             rocksdb::FileLock** lock, rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path, const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;

 private:
  struct Written {
    std::uint64_t size = 0;
    std::uint64_t synced = 0;
  };
  struct Renamed {
    std::string from, to;
    std::optional<std::string> replaced;  // what `to` held before
  };

  mutable std::mutex mutex_;
  std::optional<Plan> plan_;
  std::uint64_t count_ = 0;
  bool has_failed_ = false;
  bool is_dead_ = false;
  std::map<std::string, Written> written_;
  std::set<std::string> new_names_;  // files made since their folder was synced
  std::vector<Renamed> renamed_;     // since then, in order
};

}  // namespace fault
