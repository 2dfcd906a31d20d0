#pragma once

#include <string>
#include <string_view>

namespace base {

// Appends `utf8` to `out` as a JSON string, quotes included. `utf8` must be valid UTF-8. U+2028 and
// U+2029 are escaped too, because old browsers run JSONP answers as JavaScript
// (docs/protocol/wire-contract.md §2.3).
void AppendJsonString(std::string& out, std::string_view utf8);

// Reads back what AppendJsonString wrote: `fragment` is a JSON string with its quotes, made by us.
std::string DecodeJsonString(std::string_view fragment);

}  // namespace base
