// docs/protocol/wire-contract.md §§7.1, 7.2 and docs/protocol/fields.md §§4 to 6.

#include <algorithm>

#include "tests/sim/model.h"
#include "tests/sim/wire.h"

namespace sim {
namespace {

constexpr Envelope kDisplay = Envelope::kWithDisplay;

// What an error names of a tag, in whatever spelling.
std::string LastWord(const std::string& tag) { return tag.substr(tag.rfind('_') + 1); }

std::vector<std::string> WithoutRepeats(const std::vector<std::string>& names) {
  std::vector<std::string> once;
  for (const std::string& name : names) {
    if (std::count(once.begin(), once.end(), name) == 0) once.push_back(name);
  }
  return once;
}

std::string List(const std::vector<std::string>& names) {
  std::string json;
  for (const std::string& name : names) AddToList(json, JsonString(name));
  return '[' + json + ']';
}

}  // namespace

std::string Model::ItemOf(const App& app, const std::string& account,
                          const std::vector<std::string>& tags) const {
  auto found = app.accounts.find(account);
  std::string json = R"({"To_Account":)" + JsonString(account);
  if (found == app.accounts.end() || !found->second.exists) {
    return json + R"(,"ResultCode":40003,"ResultInfo":"Err_Profile_Invalid_Account"})";
  }
  std::string fields;
  for (const std::string& tag : tags) {
    const Field& field = *FindField(app.spec, app.fields, tag);
    auto value = found->second.values.find(field.tag);
    std::string text;
    if (value != found->second.values.end()) {
      text = value->second;
    } else if (field.kind == Field::Kind::kEnum) {
      text = JsonString(field.choices.front());
    } else {
      continue;
    }
    AddToList(fields, R"({"Tag":")" + tag + R"(","Value":)" + text + '}');
  }
  return json + R"(,"ProfileItem":[)" + fields + R"(],"ResultCode":0,"ResultInfo":""})";
}

Answer Model::Run(const Caller& caller, const PortraitGet& body) {
  const App& app = apps_[caller.app];
  std::string from = body.from.value_or(caller.account);
  if (from != caller.account && !caller.is_admin) return {Fail(40004, kDisplay, from)};
  if (body.to.empty()) return {Fail(40002, kDisplay)};
  if (body.to.size() > 100) return {Fail(40001, kDisplay, "To_Account")};
  if (body.tags.empty()) return {FailBare(40001, kDisplay)};
  for (const std::string& tag : body.tags) {
    if (FindField(app.spec, app.fields, tag) == nullptr) return {Fail(40009, kDisplay, tag)};
  }
  for (const std::string& tag : body.tags) {
    bool may_read = FindField(app.spec, app.fields, tag)->MayRead(caller.is_admin);
    if (!may_read) return {Fail(40007, kDisplay, LastWord(tag))};
  }
  std::vector<std::string> accounts = WithoutRepeats(body.to);
  std::vector<std::string> tags = WithoutRepeats(body.tags);

  auto first = app.accounts.find(accounts.front());
  bool is_one = accounts.size() == 1 && first != app.accounts.end() && first->second.exists;
  std::uint32_t current = is_one ? first->second.standard_seq : 0;
  bool has_custom = std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) {
    return FindField(app.spec, app.fields, tag)->is_custom;
  });
  bool is_unchanged =
      is_one && !has_custom && body.last_sequence.value_or(0) > 0 && *body.last_sequence == current;
  if (is_unchanged) tags.clear();

  std::string items;
  std::vector<std::string> failed, invalid;
  for (const std::string& account : accounts) {
    AddToList(items, ItemOf(app, account, tags));
    auto found = app.accounts.find(account);
    bool is_unknown = IsAccountId(account) && found == app.accounts.end();
    if (is_unknown) {
      failed.push_back(account);
    } else if (found == app.accounts.end() || !found->second.exists) {
      invalid.push_back(account);
    }
  }
  std::string text = R"({"UserProfileItem":[)" + items + R"(],"Fail_Account":)" + List(failed) +
                     R"(,"Invalid_Account":)" + List(invalid);
  if (body.last_sequence) text += R"(,"CurrentStandardSequence":)" + std::to_string(current);
  return {text + ',' + Ok(kDisplay) + '}'};
}

Answer Model::Run(const Caller& caller, const PortraitSet& body) {
  const App& app = apps_[caller.app];
  std::string from = body.from.value_or("");
  if (from.empty()) return {FailBare(40001, kDisplay)};
  if (from != caller.account && !caller.is_admin) return {Fail(40004, kDisplay, from)};
  if (Find(caller.app, from) == nullptr) return {Fail(40003, kDisplay, from)};
  if (body.items.empty()) return {FailBare(40001, kDisplay)};
  if (body.items.size() > 100) return {Fail(40001, kDisplay, "ProfileItem")};
  std::vector<std::pair<const Field*, Value>> values;
  for (const Item& item : body.items) {
    const Field* field = FindField(app.spec, app.fields, item.tag);
    if (field == nullptr) return {Fail(40009, kDisplay, item.tag)};
    if (!field->MayWrite(caller.is_admin)) return {Fail(40008, kDisplay, LastWord(item.tag))};
    int code = CheckValue(*field, item.value);
    if (code != 0) return {Fail(code, kDisplay, LastWord(item.tag))};
    values.emplace_back(field, item.value);
  }
  Set(caller.app, from, values);
  return {'{' + Ok(kDisplay) + '}'};
}

void Model::Set(std::size_t app, const std::string& account,
                const std::vector<std::pair<const Field*, Value>>& values) {
  Account& record = apps_[app].accounts.at(account);
  Account::Change change;
  bool standard = false;
  bool custom = false;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Field& field = *values[i].first;
    auto names_it = [&](const auto& later) { return later.first == &field; };
    auto next = values.begin() + static_cast<std::ptrdiff_t>(i) + 1;
    if (std::any_of(next, values.end(), names_it)) continue;  // the last one wins
    std::string wanted = ToJson(values[i].second);
    bool is_cleared = field.is_custom && wanted == R"("")";
    auto stored = record.values.find(field.tag);
    std::string shown;  // "": unset
    if (stored != record.values.end()) {
      shown = stored->second;
    } else if (field.kind == Field::Kind::kEnum) {
      shown = JsonString(field.choices.front());
    }
    if (shown == (is_cleared ? "" : wanted)) continue;
    if (is_cleared) record.values.erase(field.tag);
    if (!is_cleared) record.values[field.tag] = wanted;
    (field.is_custom ? custom : standard) = true;
    change.emplace_back(field.tag, wanted);
  }
  if (change.empty()) return;
  if (standard) ++record.standard_seq;
  if (custom) ++record.custom_seq;
  record.changes[++record.notice_seq] = change;
  apps_[app].log.push_back({account, record.notice_seq, now_ms_});
  TellPolls(app, account);
}

}  // namespace sim
