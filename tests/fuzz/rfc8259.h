#pragma once

// JSON as docs/protocol/fields.md §1 has it, written down a second time and as plainly as can be:
// RFC 8259, at most 64 deep, integers of 64 bits (signed or unsigned) or doubles, no lone
// surrogates.

#include <string_view>

namespace fuzz {

bool IsRfc8259(std::string_view text);

}  // namespace fuzz
