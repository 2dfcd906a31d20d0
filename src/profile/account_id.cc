#include "profile/account_id.h"

#include <algorithm>
#include <cstring>

namespace profile {

std::optional<AccountId> AccountId::Parse(std::string_view text, Alphabet alphabet) {
  if (text.empty() || text.size() > kMaxBytes) return std::nullopt;
  if (text.front() == ' ' || text.back() == ' ') return std::nullopt;
  if (text.starts_with("@TIM#") || text.starts_with("@TLS#")) return std::nullopt;
  bool allowed = std::all_of(text.begin(), text.end(), [alphabet](char c) {
    auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte <= 0x7e) || (byte >= 0x80 && alphabet == Alphabet::kUtf8);
  });
  if (!allowed) return std::nullopt;
  AccountId id;
  std::memcpy(id.bytes_.data(), text.data(), text.size());
  id.size_ = static_cast<std::uint8_t>(text.size());
  return id;
}

}  // namespace profile
