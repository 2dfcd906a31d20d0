#include "base/json_string.h"

#include <array>
#include <charconv>
#include <cstdint>

#include "base/check.h"

namespace base {
namespace {

// True for the bytes that may need an escape: quote, backslash, controls, and 0xE2, which starts
// U+2028.
constexpr std::array<bool, 256> kSpecial = [] {
  std::array<bool, 256> table{};
  for (std::size_t i = 0; i < 0x20; ++i) table[i] = true;
  table['"'] = table['\\'] = table[0xE2] = true;
  return table;
}();

void AppendEscape(std::string& out, unsigned char byte) {
  constexpr char kDigits[] = "0123456789abcdef";
  switch (byte) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  out += "\\u00";
  out += kDigits[byte >> 4];
  out += kDigits[byte & 15];
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view utf8) {
  out += '"';
  std::size_t plain = 0;  // start of the run not yet copied
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    auto byte = static_cast<unsigned char>(utf8[i]);
    if (!kSpecial[byte]) continue;
    std::size_t length = 1;
    if (byte == 0xE2) {
      std::string_view sequence = utf8.substr(i, 3);
      if (sequence != "\u2028" && sequence != "\u2029") continue;
      length = 3;
    }
    out.append(utf8, plain, i - plain);
    if (length == 3) {
      out += utf8[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
    } else {
      AppendEscape(out, byte);
    }
    plain = i + length;
    i = plain - 1;
  }
  out.append(utf8, plain);
  out += '"';
}

std::string DecodeJsonString(std::string_view fragment) {
  CHECK(fragment.size() >= 2 && fragment.front() == '"' && fragment.back() == '"');
  fragment = fragment.substr(1, fragment.size() - 2);
  std::string text;
  text.reserve(fragment.size());
  for (std::size_t i = 0; i < fragment.size(); ++i) {
    if (fragment[i] != '\\') {
      text += fragment[i];
      continue;
    }
    char escape = fragment[++i];
    if (escape != 'u') {
      text += escape == 'n' ? '\n' : escape == 'r' ? '\r' : escape == 't' ? '\t' : escape;
      continue;
    }
    unsigned value = 0;
    std::from_chars(fragment.data() + i + 1, fragment.data() + i + 5, value, 16);
    i += 4;
    if (value < 0x80) {
      text += static_cast<char>(value);
    } else {  // only the two line separators are written as \u with more than one byte
      text += value == 0x2028 ? "\u2028" : "\u2029";
    }
  }
  return text;
}

}  // namespace base
