#include "tests/fuzz/rfc8259.h"

#include <cmath>
#include <cstdlib>
#include <string>

namespace fuzz {
namespace {

constexpr int kMaxDepth = 64;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool ReadDocument() {
    SkipSpace();
    if (!ReadValue(0)) return false;
    SkipSpace();
    return at_ == text_.size();
  }

 private:
  int Peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? static_cast<unsigned char>(text_[at_ + ahead]) : -1;
  }
  bool Take(std::string_view word) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }
  void SkipSpace() {
    while (Peek() == ' ' || Peek() == '\t' || Peek() == '\n' || Peek() == '\r') ++at_;
  }

  // `depth`: of what the value is in.
  bool ReadValue(int depth) {
    switch (Peek()) {
      case '{': return depth < kMaxDepth && ReadObject(depth + 1);
      case '[': return depth < kMaxDepth && ReadArray(depth + 1);
      case '"': return ReadString();
      case 't': return Take("true");
      case 'f': return Take("false");
      case 'n': return Take("null");
      default: return ReadNumber();
    }
  }

  bool ReadObject(int depth) {
    ++at_;
    SkipSpace();
    if (Take("}")) return true;
    do {
      SkipSpace();
      if (Peek() != '"' || !ReadString()) return false;
      SkipSpace();
      if (!Take(":")) return false;
      SkipSpace();
      if (!ReadValue(depth)) return false;
      SkipSpace();
    } while (Take(","));
    return Take("}");
  }

  bool ReadArray(int depth) {
    ++at_;
    SkipSpace();
    if (Take("]")) return true;
    do {
      SkipSpace();
      if (!ReadValue(depth)) return false;
      SkipSpace();
    } while (Take(","));
    return Take("]");
  }

  bool ReadString() {
    ++at_;
    for (;;) {
      int c = Peek();
      if (c < 0x20) return false;  // a control byte, or the end
      if (c == '"') return ++at_, true;
      if (c == '\\' ? !ReadEscape() : !ReadCodePoint()) return false;
    }
  }

  bool ReadHex(int& unit) {
    unit = 0;
    for (int i = 0; i < 4; ++i) {
      int c = Peek();
      int digit = c >= '0' && c <= '9'   ? c - '0'
                  : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                         : -1;
      if (digit < 0) return false;
      unit = unit * 16 + digit;
      ++at_;
    }
    return true;
  }

  bool ReadEscape() {
    ++at_;
    int c = Peek();
    if (c < 0) return false;
    ++at_;
    if (c != 'u') return std::string_view("\"\\/bfnrt").find(static_cast<char>(c)) != text_.npos;
    int high = 0;
    int low = 0;
    if (!ReadHex(high)) return false;
    if (high < 0xd800 || high > 0xdfff) return true;
    return high < 0xdc00 && Take("\\u") && ReadHex(low) && low >= 0xdc00 && low <= 0xdfff;
  }

  bool ReadCodePoint() {
    int c = Peek();
    if (c < 0x80) return ++at_, true;
    int more = c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
    if (c < 0xc2 || c > 0xf4) return false;
    int code = c & (0x3f >> more);
    for (int i = 1; i <= more; ++i) {
      int next = Peek(static_cast<std::size_t>(i));
      if (next < 0x80 || next > 0xbf) return false;
      code = code << 6 | (next & 0x3f);
    }
    at_ += static_cast<std::size_t>(more) + 1;
    bool is_surrogate = code >= 0xd800 && code <= 0xdfff;
    return code >= (more == 1   ? 0x80
                    : more == 2 ? 0x800
                                : 0x10000) &&
           code <= 0x10ffff && !is_surrogate;
  }

  bool ReadDigits() {
    std::size_t start = at_;
    while (Peek() >= '0' && Peek() <= '9') ++at_;
    return at_ > start;
  }

  bool ReadNumber() {
    std::size_t start = at_;
    Take("-");
    std::size_t digits = at_;
    if (!ReadDigits()) return false;
    if (text_[digits] == '0' && at_ > digits + 1) return false;
    if (Take(".") && !ReadDigits()) return false;
    if (Peek() == 'e' || Peek() == 'E') {
      ++at_;
      if (Peek() == '+' || Peek() == '-') ++at_;
      if (!ReadDigits()) return false;
    }
    std::string number(text_.substr(start, at_ - start));
    return std::isfinite(std::strtod(number.c_str(), nullptr));  // a 64-bit integer is, too
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool IsRfc8259(std::string_view text) { return Reader(text).ReadDocument(); }

}  // namespace fuzz
