#include "api/account.h"
#include "api/await.h"
#include "api/handlers.h"
#include "base/json_string.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;
using profile::CustomField;
using profile::CustomType;
using store::Store;

constexpr Code kShape = Code::kAccountParameters;

// ["app","admin"], either or both; missing: both.
Result<profile::Roles> ReadRoles(JsonValue object, std::string_view member) {
  JsonValue array = object.Find(member);
  if (array.IsMissing()) return profile::Roles::All();
  bool user = false;
  bool admin = false;
  bool fits = array.Is(JsonValue::Type::kArray);
  if (fits) {
    array.ForEach([&](JsonValue item) {
      bool is_text = item.Is(JsonValue::Type::kString);
      bool is_user = is_text && item.String() == "app";
      bool is_admin = is_text && item.String() == "admin";
      user |= is_user;
      admin |= is_admin;
      fits &= is_user || is_admin;
      return fits;
    });
  }
  if (!fits) return Fail(kShape, std::string(member) + " is not a list of \"app\" and \"admin\"");
  return profile::Roles(user, admin);
}

Result<CustomField> ReadField(JsonValue object) {
  JsonValue key = object.Find("Key");
  JsonValue type = object.Find("Type");
  if (!key.Is(JsonValue::Type::kString)) return Fail(kShape, "Key is not a string");
  CustomField field;
  field.key = key.String();
  bool is_string = type.Is(JsonValue::Type::kString);
  if (!type.IsMissing() &&
      (!is_string || (type.String() != "string" && type.String() != "bytes"))) {
    return Fail(kShape, "Type is neither \"string\" nor \"bytes\"");
  }
  if (is_string && type.String() == "bytes") field.type = CustomType::kBytes;
  auto readers = ReadRoles(object, "Read");
  if (!readers) return tl::unexpected(readers.error());
  auto writers = ReadRoles(object, "Write");
  if (!writers) return tl::unexpected(writers.error());
  field.readers = *readers;
  field.writers = *writers;
  return field;
}

std::string_view Names(profile::Roles roles) {
  if (!roles.Has(profile::Role::kUser)) return R"(["admin"])";
  return roles.Has(profile::Role::kAdmin) ? R"(["app","admin"])" : R"(["app"])";
}

void WriteFields(std::string& out, const std::vector<CustomField>& fields) {
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"CustomProfileField":[)";
  bool first = true;
  for (const CustomField& field : fields) {
    out += first ? R"({"Key":")" : R"(,{"Key":")";
    out += field.key;  // letters: nothing to escape
    out += field.type == CustomType::kBytes ? R"(","Type":"bytes","Read":)"
                                            : R"(","Type":"string","Read":)";
    out += Names(field.readers);
    out += R"(,"Write":)";
    out += Names(field.writers);
    out += '}';
    first = false;
  }
  out += "]}";
}

}  // namespace

Answer CustomFieldList(Request request, std::string& out) {
  std::function<void(store::Callback<Store::Fields>)> start =
      [&](store::Callback<Store::Fields> done) {
        request.services.store.ReadFields(request.caller.app->id, std::move(done));
      };
  auto fields = co_await Await<Store::Fields>(start);
  if (!fields) co_return tl::unexpected(fields.error());
  WriteFields(out, *fields);
  co_return Result<void>();
}

Answer CustomFieldApply(Request request, std::string& out) {
  std::vector<CustomField> wanted;
  auto read = ForEachItem(request.body, "CustomProfileField", [&](JsonValue item) -> Result<void> {
    auto field = ReadField(item);
    if (!field) return tl::unexpected(field.error());
    wanted.push_back(*std::move(field));
    return {};
  });
  if (!read) co_return read;
  const auth::App& app = *request.caller.app;
  // In force when they are stored, before the answer; callbacks come in the order of the commits.
  Store::DecideFields decide = [wanted = std::move(wanted)](Store::Fields stored) {
    return profile::MergeCustomFields(std::move(stored), wanted, true);
  };
  std::function<void(store::Callback<Store::Fields>)> start =
      [&](store::Callback<Store::Fields> done) {
        auto apply = [&app, done = std::move(done)](Result<Store::Fields> fields) {
          if (fields) app.SetCustomFields(*fields);
          done(std::move(fields));
        };
        request.services.store.UpdateFields(app.id, decide, std::move(apply));
      };
  auto fields = co_await Await<Store::Fields>(start);
  if (!fields) co_return tl::unexpected(fields.error());
  WriteFields(out, *fields);
  co_return Result<void>();
}

}  // namespace api
