#include "tests/sim/fields.h"

#include <algorithm>

#include "tests/sim/wire.h"

namespace sim {
namespace {

using Kind = Field::Kind;

const std::vector<Field>& StandardFields() {
  static const std::vector<Field> kFields = {
      {"Tag_Profile_IM_Nick"},
      {"Tag_Profile_IM_Gender",
       Kind::kEnum,
       {"Gender_Type_Unknown", "Gender_Type_Female", "Gender_Type_Male"}},
      {"Tag_Profile_IM_BirthDay", Kind::kNumber},
      {"Tag_Profile_IM_Location"},
      {"Tag_Profile_IM_SelfSignature"},
      {"Tag_Profile_IM_AllowType",
       Kind::kEnum,
       {"AllowType_Type_AllowAny", "AllowType_Type_NeedConfirm", "AllowType_Type_DenyAny"}},
      {"Tag_Profile_IM_Language", Kind::kNumber},
      {"Tag_Profile_IM_Image"},
      {"Tag_Profile_IM_MsgSettings", Kind::kNumber},
      {"Tag_Profile_IM_AdminForbidType",
       Kind::kEnum,
       {"AdminForbid_Type_None", "AdminForbid_Type_SendOut"}},
      {"Tag_Profile_IM_Level", Kind::kNumber},
      {"Tag_Profile_IM_Role", Kind::kNumber},
  };
  return kFields;
}

}  // namespace

std::vector<Field> FieldsOf(const AppSpec& app) {
  std::vector<Field> fields = StandardFields();
  for (Field& field : fields) {
    if (field.tag == "Tag_Profile_IM_AdminForbidType") {
      field.user_writes = app.user_writes_forbid_type;
    }
    if (field.tag == "Tag_Profile_IM_Location") field.max_bytes = app.location_max_bytes;
  }
  for (const CustomSpec& custom : app.custom) {
    Field field;
    field.tag = "Tag_Profile_Custom_" + custom.key;
    field.user_reads = custom.user_reads;
    field.admin_reads = custom.admin_reads;
    field.user_writes = custom.user_writes;
    field.admin_writes = custom.admin_writes;
    field.is_custom = true;
    fields.push_back(field);
  }
  return fields;
}

const Field* FindField(const AppSpec& app, const std::vector<Field>& fields, std::string_view tag) {
  std::string old = "Tag_Profile_Custom_" + std::to_string(app.sdkappid) + '_';
  std::string name(tag);
  if (tag.starts_with(old)) name = "Tag_Profile_Custom_" + name.substr(old.size());
  auto found = std::find_if(fields.begin(), fields.end(),
                            [&](const Field& field) { return field.tag == name; });
  return found == fields.end() ? nullptr : &*found;
}

int CheckValue(const Field& field, const Value& value) {
  bool is_number = field.kind == Kind::kNumber;
  if (value.kind != (is_number ? Value::Kind::kInteger : Value::Kind::kText)) return 40610;
  if (is_number) return value.integer < 0 || value.integer > 4294967295 ? 40605 : 0;
  if (value.text.size() > 500) return 40601;
  if (field.kind == Kind::kEnum) {
    bool is_choice = std::count(field.choices.begin(), field.choices.end(), value.text) > 0;
    return is_choice ? 0 : 40605;
  }
  bool has_zero = value.text.find('\0') != std::string::npos;
  return has_zero || value.text.size() > field.max_bytes ? 40605 : 0;
}

std::string ToJson(const Value& value) {
  return value.kind == Value::Kind::kText ? JsonString(value.text) : std::to_string(value.integer);
}

bool IsAccountId(std::string_view text) {
  return !text.empty() && text.size() <= 32 && text.front() != ' ' && text.back() != ' ' &&
         !text.starts_with("@TIM#") && !text.starts_with("@TLS#") &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace sim
