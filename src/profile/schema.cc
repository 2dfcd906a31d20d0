#include "profile/schema.h"

#include <algorithm>
#include <set>

namespace profile {
namespace {

constexpr std::string_view kCustomPrefix = "Tag_Profile_Custom_";
constexpr std::size_t kMaxKeyBytes = 8;

}  // namespace

base::Result<std::vector<CustomField>> MergeCustomFields(std::vector<CustomField> stored,
                                                         const std::vector<CustomField>& wanted,
                                                         bool may_edit) {
  std::set<std::string> seen;
  for (const CustomField& field : wanted) {
    auto fail = [&](const char* why) {
      return base::Fail(base::Code::kAccountParameters,
                        "custom field " + base::Quoted(field.key) + ' ' + why);
    };
    if (!Schema::IsKey(field.key)) return fail("is not 1 to 8 ASCII letters");
    if (!seen.insert(field.key).second) return fail("is declared twice");
    if (field.readers.Empty() || field.writers.Empty()) {
      return fail("needs at least one reader and one writer");
    }
    auto known = std::find_if(stored.begin(), stored.end(),
                              [&](const CustomField& other) { return other.key == field.key; });
    if (known == stored.end()) {
      if (stored.size() >= Schema::kMaxCustomFields) return fail("is one too many: 20 are allowed");
      stored.push_back(field);
    } else if (known->type != field.type) {
      return fail("is stored with another type, which cannot be changed");
    } else if (may_edit) {
      *known = field;
    }
  }
  return stored;
}

Schema::Schema(AppId app)
    : old_prefix_(std::string(kCustomPrefix) + std::to_string(app) + '_'),
      fields_(StandardFields().begin(), StandardFields().end()) {
  for (std::size_t i = 0; i < fields_.size(); ++i) by_tag_.emplace(fields_[i].tag, i);
}

bool Schema::IsKey(std::string_view key) {
  return !key.empty() && key.size() <= kMaxKeyBytes &&
         std::all_of(key.begin(), key.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

std::string Schema::AddCustomField(const CustomField& custom) {
  if (!IsKey(custom.key)) {
    return "custom field key " + base::Quoted(custom.key) + " is not 1 to 8 ASCII letters";
  }
  if (custom.readers.Empty() || custom.writers.Empty()) {
    return "custom field " + custom.key + " needs at least one reader and one writer";
  }
  if (fields_.size() - StandardFields().size() >= kMaxCustomFields) {
    return "more than " + std::to_string(kMaxCustomFields) + " custom fields";
  }
  Field field(std::string(kCustomPrefix) + custom.key, custom.key);
  field.readers = custom.readers;
  field.writers = custom.writers;
  field.custom = true;
  if (!by_tag_.emplace(field.tag, fields_.size()).second) {
    return "custom field " + custom.key + " is declared twice";
  }
  fields_.push_back(std::move(field));
  return {};
}

std::string Schema::OverrideWriters(std::string_view standard_tag, Roles writers) {
  auto found = by_tag_.find(standard_tag);
  if (found == by_tag_.end() || fields_[found->second].custom) {
    return base::Quoted(standard_tag) + " is not a standard tag";
  }
  if (writers.Empty()) return std::string(standard_tag) + " needs at least one writer";
  fields_[found->second].writers = writers;
  return {};
}

std::string Schema::LimitLocation(std::size_t max_bytes) {
  if (max_bytes == 0 || max_bytes > kMaxValueBytes) {
    return "the limit of Tag_Profile_IM_Location must be 1 to 500 bytes";
  }
  fields_[by_tag_.find("Tag_Profile_IM_Location")->second].max_bytes = max_bytes;
  return {};
}

const Field* Schema::FindByRecordKey(std::string_view record_key) const {
  auto found = std::find_if(fields_.begin(), fields_.end(),
                            [&](const Field& field) { return field.record_key == record_key; });
  return found == fields_.end() ? nullptr : &*found;
}

const Field* Schema::Find(std::string_view tag) const {
  auto found = by_tag_.find(tag);
  if (found != by_tag_.end()) return &fields_[found->second];
  if (!tag.starts_with(old_prefix_)) return nullptr;
  std::string short_name(kCustomPrefix);
  short_name += tag.substr(old_prefix_.size());
  found = by_tag_.find(short_name);
  return found == by_tag_.end() ? nullptr : &fields_[found->second];
}

}  // namespace profile
