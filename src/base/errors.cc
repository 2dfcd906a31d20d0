#include "base/errors.h"

#include <string_view>

namespace base {

std::string Quoted(std::string_view text, std::size_t max_bytes) {
  std::string_view shown = text.substr(0, max_bytes);
  // Not in the middle of a UTF-8 sequence: the answer must stay valid JSON.
  if (shown.size() < text.size()) {
    while (!shown.empty() && (static_cast<unsigned char>(text[shown.size()]) & 0xC0) == 0x80) {
      shown.remove_suffix(1);
    }
  }
  std::string quoted = "\"";
  for (char c : shown) quoted += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
  if (shown.size() < text.size()) quoted += "...";
  quoted += '"';
  return quoted;
}

}  // namespace base
