#include "profile/value.h"

#include <algorithm>
#include <limits>

#include "base/json_string.h"

namespace profile {
namespace {

using base::Code;
using base::Fail;

base::Result<std::string> CheckNumber(const Field& field, const Value& value) {
  if (std::holds_alternative<OutOfRange>(value)) {
    return Fail(Code::kValueError, field.tag + " is not within 0 to 4294967295");
  }
  const auto* number = std::get_if<std::int64_t>(&value);
  if (number == nullptr) return Fail(Code::kValueTypeMismatch, field.tag + " takes an integer");
  if (*number < 0 || *number > std::numeric_limits<std::uint32_t>::max()) {
    return Fail(Code::kValueError, field.tag + " is not within 0 to 4294967295");
  }
  return std::to_string(*number);
}

std::string ListChoices(const Field& field) {
  std::string list;
  for (std::string_view choice : field.choices) {
    if (!list.empty()) list += ", ";
    list += choice;
  }
  return list;
}

}  // namespace

base::Result<std::string> CheckValue(const Field& field, const Value& value) {
  if (field.kind == ValueKind::kUint32) return CheckNumber(field, value);

  const auto* text = std::get_if<std::string_view>(&value);
  if (text == nullptr) return Fail(Code::kValueTypeMismatch, field.tag + " takes a string");
  if (text->size() > kMaxValueBytes) {
    return Fail(Code::kValueTooLong, field.tag + " has " + std::to_string(text->size()) +
                                         " bytes, the limit is " + std::to_string(kMaxValueBytes));
  }
  if (field.kind == ValueKind::kEnum) {
    if (std::find(field.choices.begin(), field.choices.end(), *text) == field.choices.end()) {
      return Fail(Code::kValueError, field.tag + " is none of " + ListChoices(field));
    }
  } else if (text->find('\0') != std::string_view::npos) {
    return Fail(Code::kValueError, field.tag + " holds U+0000");
  } else if (text->size() > field.max_bytes) {
    return Fail(Code::kValueError, field.tag + " has " + std::to_string(text->size()) +
                                       " bytes, its limit is " + std::to_string(field.max_bytes));
  }
  std::string fragment;
  fragment.reserve(text->size() + 2);
  base::AppendJsonString(fragment, *text);
  return fragment;
}

}  // namespace profile
