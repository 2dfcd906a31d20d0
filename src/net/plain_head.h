#pragma once

// The request heads that nearly every client sends, read in one quick look. Private to net/.

#include <cstdint>
#include <optional>

#include "net/http.h"

namespace net {

// Reads `request.head`, which ends with an empty line, into method, target and fields, and answers
// the Content-Length (0 where there is none). Nothing, with the request as it was, where the head
// is not as plain as this: GET or POST, a path of printable ASCII, HTTP/1.1, one Host, at most one
// Content-Length, fields of printable ASCII and at most `max_fields`, none of which says how the
// body is sent or what becomes of the connection. The full parser has to look then: it alone
// refuses. Whatever is read here it would read the same.
std::optional<std::uint64_t> ReadPlainHead(Request& request, std::size_t max_fields);

}  // namespace net
