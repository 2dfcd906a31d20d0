#pragma once

// Requests as text. docs/protocol/wire-contract.md §§2.5, 6, 7, 9.

#include <string>
#include <string_view>

#include "tests/sim/request.h"

namespace sim {

// "v4/profile/portrait_get"
std::string PathOf(const Body& body);

// The JSON body. The object's last brace is missing where the request is broken.
std::string BodyOf(const Request& request);

// `text` as a JSON string; with `escaped`, a \u escape for whatever is no letter or digit.
std::string JsonString(std::string_view text, bool escaped = false);

// Puts an item behind the others of a list, with a comma between.
void AddToList(std::string& list, std::string_view item);

// Percent-encoded.
std::string UrlText(std::string_view text);

}  // namespace sim
