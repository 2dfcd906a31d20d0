#include "cli/account_line.h"

#include "base/json_string.h"
#include "profile/value.h"

namespace cli {
namespace {

using base::Code;
using base::Error;
using base::JsonValue;
using Type = base::JsonValue::Type;

// As the server takes values (api/decode.h).
profile::Value ToValue(JsonValue json) {
  switch (json.type()) {
    case Type::kString: return json.String();
    case Type::kInteger: return json.Integer();
    case Type::kBigInteger: return profile::OutOfRange();
    case Type::kDouble: return profile::OutOfRange();  // export writes integers with digits alone
    default: return profile::OtherType();
  }
}

base::Result<profile::FieldChange> ReadItem(JsonValue item, const profile::Schema& schema) {
  bool is_item = item.Is(Type::kObject) && item.Find("Tag").Is(Type::kString);
  if (!is_item) return base::Fail(Code::kAccountParameters, "an element of ProfileItem has no Tag");
  std::string_view tag = item.Find("Tag").String();
  const profile::Field* field = schema.Find(tag);
  if (field == nullptr) return base::Fail(Code::kInvalidTag, base::Quoted(tag));
  auto fragment = profile::CheckValue(*field, ToValue(item.Find("Value")));
  if (!fragment) return tl::unexpected(fragment.error());
  return profile::FieldChange{field, *std::move(fragment)};
}

}  // namespace

tl::expected<AccountLine, Refusal> ReadAccountLine(std::string_view line, base::JsonParser& parser,
                                                   const profile::Schema& schema,
                                                   profile::AccountId::Alphabet alphabet) {
  std::string name;
  auto refuse = [&name](Code code, std::string detail) {
    return tl::unexpected(Refusal{name, Error{code, std::move(detail)}});
  };
  auto root = parser.Parse(line);
  if (!root) return refuse(Code::kNotJson, "the line is not JSON");
  if (!root->Is(Type::kObject) || !root->Find("To_Account").Is(Type::kString)) {
    return refuse(Code::kAccountParameters, "there is no To_Account");
  }
  name = root->Find("To_Account").String();
  auto account = profile::AccountId::Parse(name, alphabet);
  if (!account) return refuse(Code::kAccountParameters, "To_Account is not an account id");
  AccountLine read{*account, {}};
  JsonValue items = root->Find("ProfileItem");
  if (items.IsMissing()) return read;
  if (!items.Is(Type::kArray)) {
    return refuse(Code::kAccountParameters, "ProfileItem is not an array");
  }
  Error problem{Code::kOk, {}};
  items.ForEach([&](JsonValue item) {
    auto change = ReadItem(item, schema);
    if (change) read.changes.push_back(*std::move(change));
    if (!change) problem = change.error();
    return change.has_value();
  });
  if (problem.code != Code::kOk) return refuse(problem.code, problem.detail);
  return read;
}

void AppendAccountLine(std::string& out, std::string_view account, const profile::Record& record,
                       const profile::Schema& schema) {
  out += R"({"To_Account":)";
  base::AppendJsonString(out, account);
  out += R"(,"ProfileItem":[)";
  bool first = true;
  for (const auto& [key, fragment] : record.Edit().fields) {
    const profile::Field* field = schema.FindByRecordKey(key);
    if (field == nullptr) continue;  // none the app has
    if (!first) out += ',';
    first = false;
    out += R"({"Tag":")" + field->tag + R"(","Value":)" + fragment + '}';
  }
  out += "]}\n";
}

}  // namespace cli
