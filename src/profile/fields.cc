#include "profile/fields.h"

#include <array>

namespace profile {
namespace {

// The default first: an unset enum field is answered with it (fields.md §4).
constexpr std::string_view kGender[] = {"Gender_Type_Unknown", "Gender_Type_Female",
                                        "Gender_Type_Male"};
constexpr std::string_view kAllowType[] = {"AllowType_Type_AllowAny", "AllowType_Type_NeedConfirm",
                                           "AllowType_Type_DenyAny"};
constexpr std::string_view kAdminForbid[] = {"AdminForbid_Type_None", "AdminForbid_Type_SendOut"};

Field Text(std::string_view tag, char id) { return Field(tag, std::string_view(&id, 1)); }

Field Number(std::string_view tag, char id) {
  Field field = Text(tag, id);
  field.kind = ValueKind::kUint32;
  return field;
}

Field Enum(std::string_view tag, char id, std::span<const std::string_view> choices,
           Roles writers = Roles::All()) {
  Field field = Text(tag, id);
  field.kind = ValueKind::kEnum;
  field.choices = choices;
  field.default_fragment = '"' + std::string(choices.front()) + '"';
  field.writers = writers;
  return field;
}

}  // namespace

Field::Field(std::string_view tag_in, std::string_view record_key_in)
    : tag(tag_in), record_key(record_key_in), item_opening(R"({"Tag":")" + tag + R"(","Value":)") {}

std::span<const Field> StandardFields() {
  // The ids are on disk: never renumber, never reuse.
  static const std::array<Field, 12> kFields = {
      Text("Tag_Profile_IM_Nick", 1),
      Enum("Tag_Profile_IM_Gender", 2, kGender),
      Number("Tag_Profile_IM_BirthDay", 3),
      Text("Tag_Profile_IM_Location", 4),
      Text("Tag_Profile_IM_SelfSignature", 5),
      Enum("Tag_Profile_IM_AllowType", 6, kAllowType),
      Number("Tag_Profile_IM_Language", 7),
      Text("Tag_Profile_IM_Image", 8),
      Number("Tag_Profile_IM_MsgSettings", 9),
      Enum("Tag_Profile_IM_AdminForbidType", 10, kAdminForbid, Roles(false, true)),
      Number("Tag_Profile_IM_Level", 11),
      Number("Tag_Profile_IM_Role", 12),
  };
  return kFields;
}

}  // namespace profile
