#pragma once

// The profile fields (资料字段): the table of the twelve standard tags and what a field is.
// Source: docs/protocol/fields.md §§1-4.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace profile {

enum class ValueKind : std::uint8_t {
  kString,  // string and bytes: UTF-8 text
  kEnum,    // one of a few strings
  kUint32,
};

// Who asks: a person through their own account (App), or an app admin (App 管理员).
enum class Role : std::uint8_t { kUser = 1, kAdmin = 2 };

// A set of roles.
class Roles {
 public:
  constexpr Roles() = default;
  constexpr Roles(bool user, bool admin)
      : bits_(static_cast<std::uint8_t>((user ? 1 : 0) | (admin ? 2 : 0))) {}
  static constexpr Roles All() { return Roles(true, true); }

  bool operator==(const Roles&) const = default;
  constexpr bool Has(Role role) const { return (bits_ & static_cast<std::uint8_t>(role)) != 0; }
  constexpr bool Empty() const { return bits_ == 0; }

 private:
  std::uint8_t bits_ = 0;
};

// The longest string or bytes value, in UTF-8 bytes.
inline constexpr std::size_t kMaxValueBytes = 500;

// One field of one app: standard and custom alike.
struct Field {
  Field(std::string_view tag_in, std::string_view record_key_in);

  std::string tag;           // the name on the wire, e.g. Tag_Profile_IM_Nick
  std::string record_key;    // its name inside a record: one byte 1…12, or the custom keyword
  std::string item_opening;  // a profile item up to its value: `{"Tag":"…","Value":`

  // What it is answered with while it is unset: the default of an enum; empty for all others, which
  // are left out of answers. docs/protocol/fields.md §4.
  std::string default_fragment;

  ValueKind kind = ValueKind::kString;
  std::span<const std::string_view> choices =
      {};                                  // kEnum: the values allowed; the first is the default
  std::size_t max_bytes = kMaxValueBytes;  // kString: shorter limits answer 40605, the 500 40601
  Roles readers = Roles::All();
  Roles writers = Roles::All();
  bool custom = false;
};

// The standard tags of an app with nothing configured, in the order of fields.md §2.
std::span<const Field> StandardFields();

}  // namespace profile
