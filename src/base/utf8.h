#pragma once

#include <string_view>

namespace base {

// Whether all of `text` is well-formed UTF-8.
bool IsUtf8(std::string_view text);

}  // namespace base
