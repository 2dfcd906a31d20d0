#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

namespace base {
namespace {

tl::unexpected<Error> FailedWith(const std::string& path, int number) {
  return Fail(Code::kInternal, path + ": " + std::strerror(number));
}

}  // namespace

Result<std::string> ReadFirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line)) return FailedWith(path, errno != 0 ? errno : EIO);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

Result<void> WriteFileAtomically(const std::string& path, std::string_view text, unsigned mode) {
  std::string temporary = path + ".new";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  if (fd < 0) return FailedWith(temporary, errno);
  bool written = ::fchmod(fd, mode) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  int number = errno;
  if (::close(fd) != 0 || !written) return FailedWith(temporary, number);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FailedWith(path, errno);
  return SyncFolder(std::filesystem::absolute(path).parent_path().string());
}

Result<void> SyncFolder(const std::string& path) {
  int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return FailedWith(path, errno);
  bool is_synced = ::fsync(fd) == 0;
  int number = errno;
  ::close(fd);
  return is_synced ? Result<void>() : FailedWith(path, number);
}

Result<void> MakePrivateFolder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  std::filesystem::create_directories(path, error);
  if (error) return Fail(Code::kInternal, path + ": " + error.message());
  if (::chmod(path.c_str(), 0700) != 0) return FailedWith(path, errno);
  return {};
}

}  // namespace base
