#include "api/await.h"
#include "api/decode.h"
#include "api/handlers.h"
#include "api/update.h"
#include "profile/value.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;

constexpr Code kShape = Code::kInvalidParameters;
constexpr std::size_t kMaxItems = 100;

// One ProfileItem: 40009, 40008, then what profile::CheckValue finds.
Result<profile::FieldChange> CheckItem(std::string_view tag, JsonValue value,
                                       const Caller& caller) {
  const profile::Field* field = caller.schema->Find(tag);
  if (field == nullptr) return Fail(Code::kInvalidTag, UnknownTag(tag));
  if (!field->writers.Has(caller.role)) return Fail(Code::kNoWritePermission, std::string(tag));
  auto fragment = profile::CheckValue(*field, ToValue(value));
  if (!fragment) return tl::unexpected(fragment.error());
  return profile::FieldChange{field, *std::move(fragment)};
}

// Every item has the right shape before any is looked at more closely.
Result<std::vector<profile::FieldChange>> CheckItems(JsonValue items, const Caller& caller) {
  if (!items.Is(JsonValue::Type::kArray) || items.ArraySize() == 0) return Fail(kShape);
  if (items.ArraySize() > kMaxItems) {
    return Fail(kShape, "ProfileItem has " + std::to_string(items.ArraySize()) +
                            " items, the limit is " + std::to_string(kMaxItems));
  }
  Result<void> result;
  items.ForEach([&](JsonValue item) {
    bool fits = item.Is(JsonValue::Type::kObject) &&
                item.Find("Tag").Is(JsonValue::Type::kString) && !item.Find("Value").IsMissing();
    if (!fits) result = Fail(kShape);
    return fits;
  });
  std::vector<profile::FieldChange> changes;
  if (!result) return tl::unexpected(result.error());
  items.ForEach([&](JsonValue item) {
    auto change = CheckItem(item.Find("Tag").String(), item.Find("Value"), caller);
    if (change) {
      changes.push_back(*std::move(change));
    } else {
      result = tl::unexpected(change.error());
    }
    return result.has_value();
  });
  if (!result) return tl::unexpected(result.error());
  return changes;
}

tl::unexpected<base::Error> NoSuchAccount(std::string_view account) {
  return Fail(Code::kInvalidAccount, base::Quoted(account));
}

// Writes the changes, all of them or none, with their entry in the change log.
store::Decide DecideSet(std::vector<profile::FieldChange> changes, ChangeOrigin origin) {
  return [changes = std::move(changes), origin = std::move(origin)](
             const profile::Record* current, const store::UpdateContext&) -> Result<store::Update> {
    if (current == nullptr || !current->Exists()) return NoSuchAccount(origin.account.View());
    profile::RecordDraft draft = current->Edit();
    store::Update update;
    auto changed = profile::ApplySet(draft, changes);
    if (changed.empty()) return update;
    update.change = origin.ToChange(draft.header.notice_seq, std::move(changed));
    update.record = std::move(draft);
    return update;
  };
}

}  // namespace

Answer PortraitSet(Request request, std::string& out) {
  const Caller& caller = request.caller;
  if (!request.body.Is(JsonValue::Type::kObject)) co_return Fail(kShape);
  auto from = ReadAccount(request.body, "From_Account", kShape);
  if (!from) co_return tl::unexpected(from.error());
  std::string account(from->value_or(""));
  if (account.empty()) co_return Fail(kShape);
  if (auto allowed = CheckFromAccount(account, caller); !allowed) co_return allowed;
  auto id = store::AccountId::Parse(account, caller.app->alphabet);
  if (!id) co_return NoSuchAccount(account);

  auto changes = CheckItems(request.body.Find("ProfileItem"), caller);
  if (!changes) {
    // Whether the account exists comes first (40003), and is known without troubling the writer.
    bool exists = co_await AccountExists(request.services, caller.app->id, *id);
    if (!exists) co_return NoSuchAccount(account);
    co_return tl::unexpected(changes.error());
  }
  auto updated = co_await UpdateAccount(request.services, caller.app->id, *id,
                                        DecideSet(*std::move(changes), OriginOf(request, *id)));
  if (!updated) co_return tl::unexpected(updated.error());
  WriteOk(out, Envelope::kWithDisplay);
  co_return Result<void>();
}

}  // namespace api
