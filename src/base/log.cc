#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/json_string.h"

namespace base {
namespace {

bool write_json = false;

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string ToText(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line(event);
  for (const LogField& field : fields) {
    line += ' ';
    line += field.name;
    line += '=';
    line += field.value;
  }
  return line;
}

std::string ToJson(std::string_view event, std::initializer_list<LogField> fields) {
  std::string line = "\"event\":";
  AppendJsonString(line, event);
  for (const LogField& field : fields) {
    line += ',';
    AppendJsonString(line, field.name);
    line += ':';
    if (field.is_number) {
      line += field.value;
    } else {
      AppendJsonString(line, field.value);
    }
  }
  return line;
}

}  // namespace

void StartLog(LogLevel level, bool json) {
  write_json = json;
  auto logger = spdlog::stderr_logger_mt("portraitd");
  logger->set_level(ToSpdlog(level));
  logger->flush_on(spdlog::level::info);
  logger->set_pattern(json ? R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l",%v})"
                           : "%H:%M:%S.%e %^%-7l%$ %v");
  spdlog::set_default_logger(std::move(logger));
}

void SetLogLevel(LogLevel level) { spdlog::default_logger_raw()->set_level(ToSpdlog(level)); }

bool IsLogged(LogLevel level) { return spdlog::should_log(ToSpdlog(level)); }

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  auto spdlog_level = ToSpdlog(level);
  if (!spdlog::should_log(spdlog_level)) return;
  spdlog::default_logger_raw()->log(spdlog_level,
                                    write_json ? ToJson(event, fields) : ToText(event, fields));
}

}  // namespace base
