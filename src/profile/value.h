#pragma once

// Checking a value someone wants to set, and the form it is kept in.

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "base/errors.h"
#include "profile/fields.h"

namespace profile {

// A value as it arrived: text, an integer, a number no field has room for (below 0, with a fraction
// or without, or beyond 2^53), or anything else.
struct OutOfRange {};
struct OtherType {};
using Value = std::variant<std::string_view, std::int64_t, OutOfRange, OtherType>;

// The fragment to store: the value as JSON text, a string with its quotes and escapes
// (base/json_string.h) or decimal digits, ready to be appended to an answer. Errors, in this order
// (docs/protocol/errors.md §1): 40610 wrong type, 40601 more than 500 bytes, 40605 not one of the
// choices, out of uint32, U+0000 inside, or above the tag's own shorter limit.
base::Result<std::string> CheckValue(const Field& field, const Value& value);

}  // namespace profile
