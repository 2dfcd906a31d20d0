#pragma once

// Reading the members of a request body: what the commands have in common.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "base/json.h"
#include "profile/value.h"

namespace api {

// What is read lies in the parsed document: it is valid until the command first suspends.

// A member that must be an account's id: missing is fine (an empty answer), a number is 60015,
// anything else but a string is `shape_error`.
base::Result<std::optional<std::string_view>> ReadAccount(base::JsonValue object,
                                                          std::string_view member,
                                                          base::Code shape_error);

// An array of strings. Not an array, or an element that is no string: `shape_error`; a number among
// `accounts`: 60015. Missing is fine (an empty answer).
base::Result<std::vector<std::string_view>> ReadStrings(base::JsonValue object,
                                                        std::string_view member,
                                                        base::Code shape_error, bool accounts);

// Leaves the first of each name.
void RemoveRepeats(std::vector<std::string_view>& names);

// The value of a ProfileItem as profile/value.h takes it. Its text lies in the parsed document.
profile::Value ToValue(base::JsonValue json);

}  // namespace api
