// Makes a process's disk fail while files exist in the folder $FAULT_FOLDER: with `sync`, syncs
// answer EIO; with `full`, writes to regular files answer ENOSPC. For LD_PRELOAD.

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

bool IsPlanned(const char* name) {
  const char* folder = std::getenv("FAULT_FOLDER");
  return folder != nullptr && ::access((std::string(folder) + '/' + name).c_str(), F_OK) == 0;
}

bool IsFull(int fd) {
  struct stat file {};
  return ::fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && IsPlanned("full");
}

template <class Function>
Function Next(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_NEXT, name));
}

int Sync(const char* name, int fd) {
  static const auto sync = Next<int (*)(int)>("fsync");
  static const auto data_sync = Next<int (*)(int)>("fdatasync");
  if (IsPlanned("sync")) {
    errno = EIO;
    return -1;
  }
  return std::string_view(name) == "fsync" ? sync(fd) : data_sync(fd);
}

}  // namespace

extern "C" {

int fsync(int fd) { return Sync("fsync", fd); }
int fdatasync(int fd) { return Sync("fdatasync", fd); }

ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t)>("write");
  if (!IsFull(fd)) return next(fd, data, size);
  errno = ENOSPC;
  return -1;
}

ssize_t pwrite(int fd, const void* data, size_t size, off_t offset) {
  static const auto next = Next<ssize_t (*)(int, const void*, size_t, off_t)>("pwrite");
  if (!IsFull(fd)) return next(fd, data, size, offset);
  errno = ENOSPC;
  return -1;
}

}  // extern "C"
