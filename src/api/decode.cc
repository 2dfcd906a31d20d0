#include "api/decode.h"

#include <algorithm>
#include <cmath>
#include <unordered_set>

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

Result<std::optional<std::string>> ReadAccount(JsonValue object, std::string_view member,
                                               Code shape_error) {
  JsonValue value = object.Find(member);
  if (value.IsMissing()) return std::nullopt;
  if (value.Is(JsonValue::Type::kString)) return std::string(value.String());
  if (IsNumber(value)) return AccountIsNumber(member);
  return Fail(shape_error);
}

Result<std::vector<std::string>> ReadStrings(JsonValue object, std::string_view member,
                                             Code shape_error, bool accounts) {
  std::vector<std::string> strings;
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

void RemoveRepeats(std::vector<std::string>& names) {
  constexpr std::size_t kFew = 12;
  if (names.size() <= kFew) {
    auto end = names.begin();
    for (auto name = names.begin(); name != names.end(); ++name) {
      if (std::find(names.begin(), end, *name) != end) continue;
      if (name != end) *end = std::move(*name);
      ++end;
    }
    names.erase(end, names.end());
    return;
  }
  std::unordered_set<std::string_view> seen;
  seen.reserve(names.size());
  std::vector<std::string> kept;
  kept.reserve(names.size());
  for (std::string& name : names) {
    if (!seen.insert(name).second) continue;
    kept.push_back(name);
  }
  names = std::move(kept);
}

}  // namespace api
