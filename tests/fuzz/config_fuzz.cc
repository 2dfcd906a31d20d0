// Any bytes as a configuration: read, or refused with the file's name; and every app that is read
// can be made or says why not.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "app/config.h"
#include "tests/fuzz/input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::Expect;
  static const int file = ::memfd_create("config", 0);
  static const std::string path = "/proc/self/fd/" + std::to_string(file);
  Expect(::ftruncate(file, 0) == 0 && ::pwrite(file, data, size, 0) == static_cast<ssize_t>(size),
         "the file is written");
  auto config = app::ReadConfigFile(path);
  if (!config) {
    Expect(config.error().detail.starts_with(path), "a refusal names the file");
    return 0;
  }
  for (const app::AppConfig& app : config->apps) {
    auto made = app::MakeApp(app);
    Expect(made || !made.error().detail.empty(), "a refusal has a reason");
  }
  return 0;
}
