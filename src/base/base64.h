#pragma once

// Standard base64 (RFC 4648 §4, with padding).

#include <optional>
#include <string>
#include <string_view>

namespace base {

std::string EncodeBase64(std::string_view bytes);

// Nothing where `text` holds anything but the alphabet and its padding. Missing padding is
// forgiven.
std::optional<std::string> DecodeBase64(std::string_view text);

// Lower-case hexadecimal.
std::string EncodeHex(std::string_view bytes);

}  // namespace base
