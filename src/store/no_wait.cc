#include "store/no_wait.h"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/check.h"

namespace store {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

thread_local bool no_wait = false;

IOStatus WouldWait() { return IOStatus::Busy("the disk would have to be waited for"); }

class RandomAccessFile final : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  RandomAccessFile(std::unique_ptr<rocksdb::FSRandomAccessFile> target, int file)
      : FSRandomAccessFileOwnerWrapper(std::move(target)), file_(file) {}
  ~RandomAccessFile() override {
    if (file_ >= 0) close(file_);
  }

  IOStatus Read(std::uint64_t offset, std::size_t size, const IOOptions& options,
                rocksdb::Slice* result, char* scratch, IODebugContext* debug) const override {
    if (!no_wait) return target()->Read(offset, size, options, result, scratch, debug);
    iovec room{scratch, size};
    ssize_t n = preadv2(file_, &room, 1, static_cast<off_t>(offset), RWF_NOWAIT);
    // Short: the rest is not in memory, or there is no more.
    if (n < 0 || static_cast<std::size_t>(n) < size) return WouldWait();
    *result = rocksdb::Slice(scratch, size);
    return IOStatus::OK();
  }

  IOStatus MultiRead(rocksdb::FSReadRequest* requests, std::size_t count, const IOOptions& options,
                     IODebugContext* debug) override {
    if (!no_wait) return target()->MultiRead(requests, count, options, debug);
    for (std::size_t i = 0; i < count; ++i) {
      rocksdb::FSReadRequest& request = requests[i];
      request.status =
          Read(request.offset, request.len, options, &request.result, request.scratch, debug);
    }
    return IOStatus::OK();
  }

  // It is only ever advice.
  IOStatus Prefetch(std::uint64_t offset, std::size_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    if (no_wait) return IOStatus::OK();
    return target()->Prefetch(offset, size, options, debug);
  }

 private:
  const int file_;
};

class NoWaitFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  static const char* kClassName() { return "NoWaitFileSystem"; }
  const char* Name() const override { return kClassName(); }

  IOStatus NewRandomAccessFile(const std::string& path, const rocksdb::FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               IODebugContext* debug) override {
    if (no_wait) return WouldWait();
    IOStatus status = target()->NewRandomAccessFile(path, options, file, debug);
    if (!status.ok()) return status;
    // Where that fails every read of it waits.
    int opened = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    *file = std::make_unique<RandomAccessFile>(std::move(*file), opened);
    return status;
  }
};

}  // namespace

NoWait::NoWait() {
  CHECK(!no_wait);
  no_wait = true;
}

NoWait::~NoWait() { no_wait = false; }

bool NoWait::IsOn() { return no_wait; }

std::shared_ptr<rocksdb::FileSystem> MakeNoWaitFileSystem(
    std::shared_ptr<rocksdb::FileSystem> target) {
  return std::make_shared<NoWaitFileSystem>(std::move(target));
}

}  // namespace store
