#include "store/backup.h"

#include <fcntl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/files.h"
#include "store/read_only.h"

namespace store {
namespace {

namespace fs = std::filesystem;

// A file descriptor that closes itself.
class File {
 public:
  File(const fs::path& path, int flags) : fd_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int fd() const { return fd_; }

 private:
  int fd_;
};

base::Result<void> FailedWith(const fs::path& path, int number) {
  return base::Fail(base::Code::kStorageFailed, path.string() + ": " + std::strerror(number));
}

base::Result<void> CopyFile(const fs::path& from, const fs::path& to) {
  File in(from, O_RDONLY);
  if (in.fd() < 0) return FailedWith(from, errno);
  File out(to, O_WRONLY | O_CREAT | O_EXCL);
  if (out.fd() < 0) return FailedWith(to, errno);
  for (;;) {
    ssize_t copied = ::sendfile(out.fd(), in.fd(), nullptr, 1 << 24);
    if (copied == 0) break;
    if (copied < 0 && errno != EINTR) return FailedWith(to, errno);
  }
  if (::fsync(out.fd()) != 0) return FailedWith(to, errno);
  return {};
}

base::Result<void> CopyFiles(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::directory_iterator entries(from, error);
  if (error) return FailedWith(from, error.value());
  for (const fs::directory_entry& entry : entries) {
    std::string name = entry.path().filename();
    if (name == "LOCK" || name.starts_with("LOG") || !entry.is_regular_file()) continue;
    if (auto copied = CopyFile(entry.path(), to / name); !copied) return copied;
  }
  return base::SyncFolder(to.string());
}

}  // namespace

base::Result<void> CopyStore(const std::string& from, const std::string& to) {
  auto lock = FolderLock::Take(from);
  if (!lock) return tl::unexpected(lock.error());
  if (fs::exists(to)) return FailedWith(to, EEXIST);
  fs::path partial = to + ".partial";
  std::error_code error;
  fs::remove_all(partial, error);  // of a copy that was interrupted
  if (::mkdir(partial.c_str(), 0700) != 0) return FailedWith(partial, errno);
  if (auto copied = CopyFiles(from, partial); !copied) return copied;
  if (::rename(partial.c_str(), to.c_str()) != 0) return FailedWith(to, errno);
  return base::SyncFolder(fs::absolute(to).parent_path().string());
}

}  // namespace store
