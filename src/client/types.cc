#include "webim/types.h"

#include <algorithm>

namespace webim {

std::optional<std::uint64_t> FieldValue::number() const {
  if (const auto* number = std::get_if<std::uint64_t>(&variant_)) {
    return *number;
  }
  return std::nullopt;
}

std::string FieldValue::ToString() const {
  struct Shower {
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(std::uint64_t number) const { return std::to_string(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(const Json& json) const { return json.text; }
  };
  return std::visit(Shower{}, variant_);
}

const FieldValue* UserProfile::Find(std::string_view tag) const {
  const auto found = std::find_if(ProfileItem.begin(), ProfileItem.end(),
                                  [tag](const TagValue& item) { return item.Tag == tag; });
  return found == ProfileItem.end() ? nullptr : &found->Value;
}

}  // namespace webim
