#pragma once

// The profile fields of an app as docs/protocol/fields.md §§2-5, 8 describe them.

#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/request.h"

namespace sim {

struct Field {
  enum class Kind { kText, kNumber, kEnum };
  std::string tag;
  Kind kind = Kind::kText;
  std::vector<std::string> choices = {};  // kEnum; the first is the default
  std::size_t max_bytes = 500;
  bool user_reads = true, admin_reads = true;
  bool user_writes = true, admin_writes = true;
  bool is_custom = false;

  bool MayRead(bool is_admin) const { return is_admin ? admin_reads : user_reads; }
  bool MayWrite(bool is_admin) const { return is_admin ? admin_writes : user_writes; }
};

// The twelve, then the app's own.
std::vector<Field> FieldsOf(const AppSpec& app);

// The field a tag names in an app, in its short or its old spelling; null: none.
const Field* FindField(const AppSpec& app, const std::vector<Field>& fields, std::string_view tag);

// 0, or why a field does not take a value: 40610, 40601, 40605.
int CheckValue(const Field& field, const Value& value);

// A value as JSON text.
std::string ToJson(const Value& value);

// Whether a text can be an account's id.
bool IsAccountId(std::string_view text);

}  // namespace sim
