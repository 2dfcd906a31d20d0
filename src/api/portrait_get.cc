#include <algorithm>
#include <cstring>

#include "api/decode.h"
#include "api/handlers.h"
#include "api/profiles.h"
#include "base/json_string.h"
#include "profile/value.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;

// What an answer is likely to take.
constexpr std::size_t kEnvelopeBytes = 256;
constexpr std::size_t kUsualItemBytes = 96;

// A tag as it was asked for, and the field it names.
struct WantedField {
  std::string_view tag;  // valid until the command first suspends
  const profile::Field* field = nullptr;
  std::size_t place = 0;   // in the selection
  std::string alias = {};  // the item up to its value, where the tag is not the field's own
  std::string_view opening() const { return alias.empty() ? field->item_opening : alias; }
};

struct Wanted {
  std::vector<std::string> accounts;  // without repeats, in the order asked for
  std::vector<WantedField> fields;    // the same
  profile::FieldSelection selection;
  std::optional<std::int64_t> last_standard_sequence;
};

Result<std::vector<WantedField>> FindFields(const std::vector<std::string_view>& tags,
                                            const Caller& caller) {
  std::vector<WantedField> fields;
  fields.reserve(tags.size());
  for (std::string_view tag : tags) {
    const profile::Field* field = caller.schema->Find(tag);
    if (field == nullptr) return Fail(Code::kInvalidTag, UnknownTag(tag));
    fields.push_back({tag, field});
    if (tag != field->tag) {
      fields.back().alias =
          R"({"Tag":")" + std::string(tag) + R"(","Value":)";  // nothing to escape
    }
  }
  for (const WantedField& wanted : fields) {
    if (!wanted.field->readers.Has(caller.role)) {
      return Fail(Code::kNoReadPermission, std::string(wanted.tag));
    }
  }
  return fields;
}

// Steps 2 to 9 of wire-contract.md §7.1.
Result<Wanted> Decode(JsonValue body, const Caller& caller) {
  constexpr Code kShape = Code::kInvalidParameters;
  if (!body.Is(JsonValue::Type::kObject)) return Fail(kShape);
  auto from = ReadAccount(body, "From_Account", kShape);
  if (!from) return tl::unexpected(from.error());
  auto accounts = ReadStrings(body, "To_Account", kShape, true);
  if (!accounts) return tl::unexpected(accounts.error());
  auto tags = ReadStrings(body, "TagList", kShape, false);
  if (!tags) return tl::unexpected(tags.error());
  Wanted wanted;
  if (JsonValue last = body.Find("LastStandardSequence"); !last.IsMissing()) {
    if (!last.Is(JsonValue::Type::kInteger)) return Fail(kShape);
    wanted.last_standard_sequence = last.Integer();
  }

  if (auto allowed = CheckFromAccount(from->value_or(caller.account.View()), caller); !allowed) {
    return tl::unexpected(allowed.error());
  }
  if (accounts->empty()) return Fail(Code::kNoToAccount);
  if (accounts->size() > kMaxAccounts) {
    return Fail(kShape, "To_Account has " + std::to_string(accounts->size()) +
                            " accounts, the limit is " + std::to_string(kMaxAccounts));
  }
  if (tags->empty()) return Fail(kShape);
  RemoveRepeats(*tags);
  auto fields = FindFields(*tags, caller);
  if (!fields) return tl::unexpected(fields.error());
  wanted.fields = *std::move(fields);
  for (WantedField& field : wanted.fields) {
    field.place = wanted.selection.Add(field.field->record_key);
  }
  RemoveRepeats(*accounts);
  wanted.accounts.assign(accounts->begin(), accounts->end());
  return wanted;
}

void WriteMissing(std::string& out, Code code) {
  out += ",\"ResultCode\":" + std::to_string(static_cast<int>(code)) + ",\"ResultInfo\":\"";
  out += TextOf(code).name;
  out += "\"}";
}

char* Copy(char* at, std::string_view text) {
  std::memcpy(at, text.data(), text.size());
  return at + text.size();
}

// Writes the items of accounts, one after the other.
class ItemWriter {
 public:
  explicit ItemWriter(const Wanted& wanted)
      : wanted_(wanted), fragments_(wanted.selection.size()) {}

  void Write(std::string& out, const std::string& account, const Found& found) {
    out += R"({"To_Account":)";
    base::AppendJsonString(out, account);
    if (found.record == nullptr) return WriteMissing(out, found.code);
    out += R"(,"ProfileItem":[)";
    wanted_.selection.Find(*found.record, fragments_);
    AppendItems(out);
    out += R"(],"ResultCode":0,"ResultInfo":""})";
  }

 private:
  std::string_view FragmentOf(const WantedField& field) const {
    std::string_view fragment = fragments_[field.place];
    return fragment.empty() ? field.field->default_fragment : fragment;
  }

  // Most of an answer is written here: the room is made once for all items.
  void AppendItems(std::string& out) {
    constexpr std::size_t kAround = 2;  // the comma and the brace
    std::size_t size = 0;
    for (const WantedField& field : wanted_.fields) {
      std::size_t fragment = FragmentOf(field).size();
      if (fragment > 0) size += field.opening().size() + fragment + kAround;
    }
    if (size == 0) return;
    std::size_t start = out.size();
    out.resize(start + size);
    char* at = out.data() + start;
    for (const WantedField& field : wanted_.fields) {
      std::string_view fragment = FragmentOf(field);
      if (fragment.empty()) continue;
      at = Copy(Copy(at, field.opening()), fragment);
      *at++ = '}';
      *at++ = ',';
    }
    out.pop_back();  // the last comma
  }

  const Wanted& wanted_;
  std::vector<std::string_view> fragments_;  // of one account
};

// The 2015 protocol's saving: an account whose standard fields are as the caller last saw them is
// answered without fields (docs/protocol/fields.md §6).
bool IsUnchanged(const Wanted& wanted, const std::vector<Found>& found) {
  if (wanted.accounts.size() != 1 || found[0].record == nullptr) return false;
  std::int64_t last = wanted.last_standard_sequence.value_or(0);
  return last > 0 && last == found[0].record->header().standard_seq &&
         std::none_of(wanted.fields.begin(), wanted.fields.end(),
                      [](const WantedField& field) { return field.field->custom; });
}

void Write(Wanted& wanted, const std::vector<Found>& found, std::string& out) {
  if (IsUnchanged(wanted, found)) wanted.fields.clear();
  out.reserve(kEnvelopeBytes + found.size() * (1 + wanted.fields.size()) * kUsualItemBytes);
  out += R"({"UserProfileItem":[)";
  ItemWriter writer(wanted);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) out += ',';
    writer.Write(out, wanted.accounts[i], found[i]);
  }
  out += "],";
  AppendFailed(out, wanted.accounts, found);
  if (wanted.last_standard_sequence) {
    bool single = found.size() == 1 && found[0].record != nullptr;
    std::uint32_t current = single ? found[0].record->header().standard_seq : 0;
    out += ",\"CurrentStandardSequence\":" + std::to_string(current);
  }
  out += ',';
  AppendOk(out, Envelope::kWithDisplay);
  out += '}';
}

Answer ReadAndWrite(Services& services, store::AppId app, Wanted wanted, Profiles profiles,
                    std::string& out) {
  co_await ReadMissing(services, app, profiles);
  Write(wanted, profiles.found, out);
  co_return Result<void>();
}

}  // namespace

std::string UnknownTag(std::string_view tag) {
  return base::Quoted(tag) + " is neither a standard tag nor a configured custom one";
}

base::Result<void> CheckFromAccount(std::string_view from, const Caller& caller) {
  if (caller.role == profile::Role::kAdmin || from == caller.account.View()) return {};
  return Fail(Code::kNeedAdmin, "From_Account " + base::Quoted(from) + " is not the caller " +
                                    base::Quoted(caller.account.View()));
}

Answer PortraitGet(Request request, std::string& out) {
  auto wanted = Decode(request.body, request.caller);
  if (!wanted) return Result<void>(tl::unexpected(wanted.error()));
  const auth::App& app = *request.caller.app;
  Profiles profiles = PeekProfiles(request.services, app, wanted->accounts);
  if (!profiles.missing.empty()) {
    return ReadAndWrite(request.services, app.id, *std::move(wanted), std::move(profiles), out);
  }
  Write(*wanted, profiles.found, out);
  return Result<void>();
}

}  // namespace api
