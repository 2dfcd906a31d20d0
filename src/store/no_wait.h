#pragma once

// Reads that do not wait for the disk. Private to store/.
//
// What RocksDB's block cache lacks the kernel mostly has in memory: it takes a system call to get,
// where asking another thread takes two switches between threads.

#include <rocksdb/file_system.h>

#include <memory>

namespace store {

// As long as one lives, what this thread reads of a file of `MakeNoWaitFileSystem` answers Busy
// where the kernel would have to wait for the disk.
class NoWait {
 public:
  NoWait();
  ~NoWait();
  NoWait(const NoWait&) = delete;

  static bool IsOn();
};

// As `target` in all else. It opens each file that is read at random twice.
std::shared_ptr<rocksdb::FileSystem> MakeNoWaitFileSystem(
    std::shared_ptr<rocksdb::FileSystem> target);

}  // namespace store
