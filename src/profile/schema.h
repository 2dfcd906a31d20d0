#pragma once

// Which fields an app has: the standard ones, adjusted, and the custom ones it configured.

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/errors.h"
#include "profile/account_id.h"
#include "profile/fields.h"

namespace profile {

// Which fields a notice of a change holds. docs/protocol/wire-contract.md §8.4.
enum class PushList {
  kDemoSafe,  // Nick, Gender, AllowType, Image: all four as they are now, if any of them changed
  kChanged,   // exactly those that changed, as they changed
};

// A custom field as an operator declares it. docs/protocol/fields.md §3.
enum class CustomType : std::uint8_t { kString, kBytes };

struct CustomField {
  std::string key;  // 1…8 ASCII letters; the tag is Tag_Profile_Custom_<key>
  CustomType type = CustomType::kString;
  Roles readers = Roles::All();
  Roles writers = Roles::All();

  bool operator==(const CustomField&) const = default;
};

// `stored` with what `wanted` adds. A field is never renamed, dropped or given another type; who
// may read and write one that is stored already is taken from `wanted` only if `may_edit`. Fails
// with kAccountParameters and a detail that names the field.
base::Result<std::vector<CustomField>> MergeCustomFields(std::vector<CustomField> stored,
                                                         const std::vector<CustomField>& wanted,
                                                         bool may_edit);

// Built once, then only read; safe to share between threads.
class Schema {
 public:
  static constexpr std::size_t kMaxCustomFields = 20;

  explicit Schema(AppId app);

  // Whether `key` can be a custom field's: 1 to 8 ASCII letters.
  static bool IsKey(std::string_view key);

  // Each answers what is wrong with the declaration, or an empty string.
  std::string AddCustomField(const CustomField& custom);
  std::string OverrideWriters(std::string_view standard_tag, Roles writers);
  std::string LimitLocation(std::size_t max_bytes);

  // The field a tag names, or null. The old spelling Tag_Profile_Custom_<sdkappid>_<key> names the
  // same field when the number is this app's. The pointer lives as long as the schema.
  const Field* Find(std::string_view tag) const;

  // The field whose values records keep under that key, or null.
  const Field* FindByRecordKey(std::string_view record_key) const;

  const std::vector<Field>& fields() const { return fields_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>{}(text);
    }
  };

  std::string old_prefix_;     // "Tag_Profile_Custom_<sdkappid>_"
  std::vector<Field> fields_;  // the twelve, then the custom ones in order of declaration
  std::unordered_map<std::string, std::size_t, Hash, std::equal_to<>> by_tag_;
};

}  // namespace profile
