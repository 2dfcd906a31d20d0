#include "api/account.h"
#include "api/await.h"
#include "api/decode.h"
#include "api/handlers.h"
#include "api/update.h"
#include "base/json_string.h"
#include "profile/value.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;

// An account to import. `problem` is set where it cannot be.
struct Import {
  std::string name;
  std::optional<store::AccountId> id = {};
  std::vector<profile::FieldChange> changes = {};
  std::optional<base::Error> problem = {};
};

// Nick and FaceUrl: both optional, both checked like the fields they become.
Result<void> ReadField(JsonValue object, std::string_view member, const char* tag,
                       const profile::Schema& schema, std::vector<profile::FieldChange>& changes) {
  JsonValue value = object.Find(member);
  if (value.IsMissing()) return {};
  if (!value.Is(JsonValue::Type::kString)) {
    return Fail(Code::kAccountParameters, std::string(member) + " is not a string");
  }
  const profile::Field* field = schema.Find(tag);
  auto fragment = profile::CheckValue(*field, ToValue(value));
  if (!fragment) return tl::unexpected(fragment.error());
  changes.push_back({field, *std::move(fragment)});
  return {};
}

// Fails for what makes the whole request malformed; what is wrong with the account alone is its
// problem.
Result<Import> ReadImport(JsonValue object, const Caller& caller) {
  auto name = ReadAccountName(object);
  if (!name) return tl::unexpected(name.error());
  Import import{.name = *std::move(name)};
  auto id = ParseAccount(import.name, *caller.app);
  if (!id) {
    import.problem = id.error();
    return import;
  }
  import.id = *id;
  Result<void> read =
      ReadField(object, "Nick", "Tag_Profile_IM_Nick", *caller.schema, import.changes);
  if (read)
    read = ReadField(object, "FaceUrl", "Tag_Profile_IM_Image", *caller.schema, import.changes);
  if (!read) import.problem = read.error();
  return import;
}

store::Decide DecideImport(std::vector<profile::FieldChange> changes, ChangeOrigin origin) {
  return [changes = std::move(changes), origin = std::move(origin)](
             const profile::Record* current,
             const store::UpdateContext& context) -> Result<store::Update> {
    bool exists = current != nullptr && current->Exists();
    profile::RecordDraft draft =
        exists ? current->Edit() : NewRecord(current, context.fresh_tiny_id);
    auto changed = profile::ApplySet(draft, changes);
    store::Update update;
    if (exists && changed.empty()) return update;
    if (!changed.empty()) {
      update.change = origin.ToChange(draft.header.notice_seq, std::move(changed));
    }
    update.record = std::move(draft);
    return update;
  };
}

// The old form {"Accounts":["a"]} or the new one {"AccountList":[{"UserID":"a"}]}.
Result<std::vector<Import>> ReadImports(JsonValue body, const Caller& caller) {
  std::vector<Import> imports;
  if (!body.Is(JsonValue::Type::kObject)) return Fail(Code::kAccountParameters);
  if (body.Find("AccountList").IsMissing()) {
    auto names = ReadStrings(body, "Accounts", Code::kAccountParameters, true);
    if (!names) return tl::unexpected(names.error());
    if (auto count = CheckCount(names->size(), "Accounts"); !count) {
      return tl::unexpected(count.error());
    }
    for (std::string_view name : *names) {
      Import import{.name = std::string(name)};
      auto id = ParseAccount(import.name, *caller.app);
      if (id) import.id = *id;
      if (!id) import.problem = id.error();
      imports.push_back(std::move(import));
    }
    return imports;
  }
  auto read = ForEachItem(body, "AccountList", [&](JsonValue item) -> Result<void> {
    auto import = ReadImport(item, caller);
    if (!import) return tl::unexpected(import.error());
    imports.push_back(*std::move(import));
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return imports;
}

}  // namespace

Answer AccountImport(Request request, std::string& out) {
  const auth::App& app = *request.caller.app;
  if (!request.body.Is(JsonValue::Type::kObject)) co_return Fail(Code::kAccountParameters);
  auto import = ReadImport(request.body, request.caller);
  if (!import) co_return tl::unexpected(import.error());
  if (import->problem) co_return tl::unexpected(*import->problem);
  store::Decide decide = DecideImport(std::move(import->changes), OriginOf(request, *import->id));
  auto updated = co_await UpdateAccount(request.services, app.id, *import->id, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  WriteOk(out);
  co_return Result<void>();
}

Answer MultiAccountImport(Request request, std::string& out) {
  const auth::App& app = *request.caller.app;
  auto imports = ReadImports(request.body, request.caller);
  if (!imports) co_return tl::unexpected(imports.error());

  std::function<void(std::size_t, store::Callback<store::Updated>)> start =
      [&](std::size_t i, store::Callback<store::Updated> done) {
        Import& import = (*imports)[i];
        if (import.problem) return done(tl::unexpected(*import.problem));
        request.services.store.UpdateAccount(
            app.id, *import.id,
            DecideImport(std::move(import.changes), OriginOf(request, *import.id)),
            std::move(done));
      };
  auto updated = co_await AwaitAll<store::Updated>(imports->size(), start);
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"FailAccounts":[)";
  bool first = true;
  for (std::size_t i = 0; i < updated.size(); ++i) {
    if (updated[i]) continue;
    if (!first) out += ',';
    base::AppendJsonString(out, (*imports)[i].name);
    first = false;
  }
  out += "]}";
  co_return Result<void>();
}

}  // namespace api
