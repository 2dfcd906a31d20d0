#pragma once

#include <array>
#include <string_view>

namespace auth {

using Sha256Digest = std::array<char, 32>;

// Thread-safe.
Sha256Digest Sha256(std::string_view text);

}  // namespace auth
