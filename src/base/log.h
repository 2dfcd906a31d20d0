#pragma once

// The log: one event and its fields a line, for people on a terminal, JSON lines otherwise. Never a
// secret, never a profile field's value. Thread-safe.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace base {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

struct LogField {
  LogField(std::string_view name_in, std::string_view value_in) : name(name_in), value(value_in) {}
  LogField(std::string_view name_in, std::int64_t number)
      : name(name_in), value(std::to_string(number)), is_number(true) {}

  std::string_view name;
  std::string value;
  bool is_number = false;
};

// Once, before threads start. `json`: JSON lines instead of text. `level`: the least that is
// written.
void StartLog(LogLevel level, bool json);

// From now on; any thread.
void SetLogLevel(LogLevel level);

// Whether a line of that level would be written.
bool IsLogged(LogLevel level);

void Log(LogLevel level, std::string_view event, std::initializer_list<LogField> fields = {});

inline void LogInfo(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kInfo, event, fields);
}
inline void LogWarning(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kWarning, event, fields);
}
inline void LogError(std::string_view event, std::initializer_list<LogField> fields = {}) {
  Log(LogLevel::kError, event, fields);
}

}  // namespace base
