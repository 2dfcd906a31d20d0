#include "api/decode.h"

#include <bit>
#include <cmath>

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;

bool IsNumber(JsonValue value) {
  return value.Is(JsonValue::Type::kInteger) || value.Is(JsonValue::Type::kBigInteger) ||
         value.Is(JsonValue::Type::kDouble);
}

tl::unexpected<base::Error> AccountIsNumber(std::string_view member) {
  return Fail(Code::kAccountNotString, std::string(member) + " is a number");
}

}  // namespace

Result<std::optional<std::string_view>> ReadAccount(JsonValue object, std::string_view member,
                                                    Code shape_error) {
  JsonValue value = object.Find(member);
  if (value.IsMissing()) return std::nullopt;
  if (value.Is(JsonValue::Type::kString)) return value.String();
  if (IsNumber(value)) return AccountIsNumber(member);
  return Fail(shape_error);
}

Result<std::vector<std::string_view>> ReadStrings(JsonValue object, std::string_view member,
                                                  Code shape_error, bool accounts) {
  std::vector<std::string_view> strings;
  JsonValue array = object.Find(member);
  if (array.IsMissing()) return strings;
  if (!array.Is(JsonValue::Type::kArray)) return Fail(shape_error);
  Result<void> result;
  strings.reserve(array.ArraySize());
  array.ForEach([&](JsonValue item) {
    if (item.Is(JsonValue::Type::kString)) {
      strings.emplace_back(item.String());
    } else if (accounts && IsNumber(item)) {
      result = AccountIsNumber(member);
    } else {
      result = Fail(shape_error);
    }
    return result.has_value();
  });
  if (!result) return tl::unexpected(result.error());
  return strings;
}

profile::Value ToValue(JsonValue json) {
  switch (json.type()) {
    case JsonValue::Type::kString: return json.String();
    case JsonValue::Type::kInteger: return json.Integer();
    case JsonValue::Type::kBigInteger: return profile::OutOfRange{};
    case JsonValue::Type::kDouble: {
      // 1e2 is an integer written another way; 1.5 is none. Below 0 is out of range before that.
      double number = json.Double();
      if (number < 0 || number > 9e15) return profile::OutOfRange{};
      if (number != std::trunc(number)) return profile::OtherType{};
      return static_cast<std::int64_t>(number);
    }
    default: return profile::OtherType{};
  }
}

void RemoveRepeats(std::vector<std::string_view>& names) {
  if (names.size() < 2) return;
  // Which names were seen, by their hash: the place of one plus 1, or 0.
  std::vector<std::uint32_t> seen(std::bit_ceil(names.size() * 2));
  std::size_t mask = seen.size() - 1;
  std::size_t kept = 0;
  for (std::string_view name : names) {
    std::size_t slot = std::hash<std::string_view>()(name) & mask;
    while (seen[slot] != 0 && names[seen[slot] - 1] != name) slot = (slot + 1) & mask;
    if (seen[slot] != 0) continue;
    names[kept++] = name;
    seen[slot] = static_cast<std::uint32_t>(kept);
  }
  names.resize(kept);
}

}  // namespace api
