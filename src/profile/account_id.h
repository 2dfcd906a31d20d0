#pragma once

// Account ids (UserID / Identifier) and the other numbers that name things. docs/protocol/fields.md
// §8.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace profile {

// sdkappid: the application. One server may serve several; they never see each other's accounts.
using AppId = std::uint64_t;

// The internal number of an account, fixed from its creation to its deletion and never reused.
using TinyId = std::uint64_t;

// A well-formed account id: 1 to 32 bytes, held in place.
class AccountId {
 public:
  static constexpr std::size_t kMaxBytes = 32;

  // Which characters an app allows.
  enum class Alphabet { kAscii, kUtf8 };

  // Printable ASCII (or UTF-8 without controls), no space at either end, not starting with the
  // reserved
  // "@TIM#" or "@TLS#". Anything else: nothing. `text` is valid UTF-8.
  static std::optional<AccountId> Parse(std::string_view text,
                                        Alphabet alphabet = Alphabet::kAscii);

  std::string_view View() const { return {bytes_.data(), size_}; }
  std::string String() const { return std::string(View()); }

  friend bool operator==(const AccountId& a, const AccountId& b) { return a.View() == b.View(); }
  friend auto operator<=>(const AccountId& a, const AccountId& b) { return a.View() <=> b.View(); }

 private:
  AccountId() = default;

  std::array<char, kMaxBytes> bytes_;
  std::uint8_t size_ = 0;
};

}  // namespace profile

template <>
struct std::hash<profile::AccountId> {
  std::size_t operator()(const profile::AccountId& id) const {
    return std::hash<std::string_view>{}(id.View());
  }
};
