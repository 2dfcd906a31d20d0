#include "app/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "auth/sessions.h"

namespace app {
namespace {

tl::unexpected<base::Error> FailedWith(const std::string& path, int number) {
  return base::Fail(base::Code::kInternal, path + ": " + std::strerror(number));
}

}  // namespace

base::Result<std::string> ReadFirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!std::getline(in, line)) return FailedWith(path, errno != 0 ? errno : EIO);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  return line;
}

base::Result<void> WriteFileAtomically(const std::string& path, std::string_view text) {
  std::string temporary = path + ".new";
  int fd = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (fd < 0) return FailedWith(temporary, errno);
  bool written = ::fchmod(fd, 0600) == 0 &&
                 ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
                 ::fsync(fd) == 0;
  int number = errno;
  if (::close(fd) != 0 || !written) return FailedWith(temporary, number);
  if (::rename(temporary.c_str(), path.c_str()) != 0) return FailedWith(path, errno);
  return {};
}

base::Result<std::string> ReadOrMakeSecret(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) return ReadFirstLine(path);
  std::string secret = auth::MakeRandomHex();
  if (auto written = WriteFileAtomically(path, secret + '\n'); !written) {
    return tl::unexpected(written.error());
  }
  return secret;
}

base::Result<void> MakePrivateFolder(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) return {};
  std::filesystem::create_directories(path, error);
  if (error) return base::Fail(base::Code::kInternal, path + ": " + error.message());
  if (::chmod(path.c_str(), 0700) != 0) return FailedWith(path, errno);
  return {};
}

}  // namespace app
