#include "store/rocksdb_log.h"

#include <array>
#include <cstdarg>
#include <cstdio>

#include "base/log.h"

namespace store {
namespace {

class Log final : public rocksdb::Logger {
 public:
  Log() : Logger(rocksdb::InfoLogLevel::WARN_LEVEL) {}
  using Logger::Logv;
  void Logv(const char* format, va_list arguments) override {
    std::array<char, 1024> text{};
    std::vsnprintf(text.data(), text.size(), format, arguments);
    base::LogWarning("rocksdb", {{"message", text.data()}});
  }
  void LogHeader(const char*, va_list) override {}  // its settings
};

}  // namespace

std::shared_ptr<rocksdb::Logger> MakeRocksDbLog() { return std::make_shared<Log>(); }

}  // namespace store
