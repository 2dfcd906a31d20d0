// docs/protocol/wire-contract.md §9.

#include "tests/sim/model.h"
#include "tests/sim/wire.h"

namespace sim {
namespace {

Value Text(const std::string& text) { return {Value::Kind::kText, text, 0}; }

std::string Result(int code) {
  std::string info(code == 0 ? "" : NameOf(code));
  return R"("ResultCode":)" + std::to_string(code) + R"(,"ResultInfo":")" + info + '"';
}

std::string UserId(const std::string& account) { return R"("UserID":)" + JsonString(account); }

// 1 to 100.
bool IsCountRight(std::size_t count) { return count >= 1 && count <= 100; }

}  // namespace

Model::Account* Model::Find(std::size_t app, const std::string& account) {
  auto found = apps_[app].accounts.find(account);
  if (found == apps_[app].accounts.end() || !found->second.exists) return nullptr;
  return &found->second;
}

// A new account, or a deleted one that comes back with an empty profile. Its sequences go on, so
// that nobody who remembers the old profile takes the new one for it.
void Model::Create(std::size_t app, const std::string& account) {
  auto [at, is_new] = apps_[app].accounts.try_emplace(account);
  Account& record = at->second;
  record.exists = true;
  record.tiny_id.reset();
  record.values.clear();
  if (is_new) return;
  ++record.standard_seq;
  ++record.custom_seq;
}

// 0, or what is wrong with the account to import.
int Model::CheckImport(const Caller& caller, const Import& import) const {
  if (!IsAccountId(import.account)) return 70402;
  const auto& fields = apps_[caller.app].fields;
  const AppSpec& spec = apps_[caller.app].spec;
  int code = 0;
  if (import.nick) {
    code = CheckValue(*FindField(spec, fields, "Tag_Profile_IM_Nick"), Text(*import.nick));
  }
  if (code == 0 && import.face_url) {
    code = CheckValue(*FindField(spec, fields, "Tag_Profile_IM_Image"), Text(*import.face_url));
  }
  return code;
}

void Model::Apply(const Caller& caller, const Import& import) {
  if (Find(caller.app, import.account) == nullptr) Create(caller.app, import.account);
  const App& app = apps_[caller.app];
  std::vector<std::pair<const Field*, Value>> values;
  if (import.nick) {
    values.emplace_back(FindField(app.spec, app.fields, "Tag_Profile_IM_Nick"), Text(*import.nick));
  }
  if (import.face_url) {
    values.emplace_back(FindField(app.spec, app.fields, "Tag_Profile_IM_Image"),
                        Text(*import.face_url));
  }
  Set(caller.app, import.account, values);
}

Answer Model::Run(const Caller& caller, const AccountImport& body) {
  int code = CheckImport(caller, body.import);
  if (code == 70402) return {Fail(70402, Envelope::kPlain, body.import.account)};
  if (code != 0) return {Fail(code, Envelope::kPlain)};
  Apply(caller, body.import);
  return {OkObject()};
}

Answer Model::Run(const Caller& caller, const MultiImport& body) {
  if (!IsCountRight(body.imports.size())) return {Fail(70402, Envelope::kPlain)};
  std::string failed;
  for (const Import& import : body.imports) {
    if (CheckImport(caller, import) == 0) {
      Apply(caller, import);
    } else {
      AddToList(failed, JsonString(import.account));
    }
  }
  return {OkObject(R"(,"FailAccounts":[)" + failed + ']')};
}

Answer Model::Run(const Caller& caller, const AccountCheck& body) {
  if (!IsCountRight(body.accounts.size())) return {Fail(70402, Envelope::kPlain)};
  std::string items;
  for (const std::string& account : body.accounts) {
    std::string item = UserId(account) + ',' + Result(IsAccountId(account) ? 0 : 70402);
    bool exists = Find(caller.app, account) != nullptr;
    if (IsAccountId(account)) {
      item += exists ? R"(,"AccountStatus":"Imported")" : R"(,"AccountStatus":"NotImported")";
    }
    AddToList(items, '{' + item + '}');
  }
  return {OkObject(R"(,"ResultItem":[)" + items + ']')};
}

void Model::Revoke(std::size_t app, const std::string& account) {
  apps_[app].accounts.at(account).revoked_s = now_ms_ / 1000;
  EndSessions(app, account, std::nullopt, 91101);
}

Answer Model::Run(const Caller& caller, const AccountDelete& body) {
  if (!IsCountRight(body.accounts.size())) return {Fail(70402, Envelope::kPlain)};
  std::string items;
  for (const std::string& account : body.accounts) {
    int code = 0;
    if (!IsAccountId(account) || account == apps_[caller.app].spec.admin) {
      code = 70402;
    } else if (Find(caller.app, account) == nullptr) {
      code = 70107;
    } else {
      Account& record = *Find(caller.app, account);
      record.exists = false;
      record.values.clear();
      Revoke(caller.app, account);
    }
    AddToList(items, '{' + Result(code) + ',' + UserId(account) + '}');
  }
  return {OkObject(R"(,"ResultItem":[)" + items + ']')};
}

Answer Model::Run(const Caller& caller, const Kick& body) {
  if (!IsAccountId(body.account)) return {Fail(70402, Envelope::kPlain, body.account)};
  if (Find(caller.app, body.account) == nullptr) {
    return {Fail(70107, Envelope::kPlain, body.account)};
  }
  Revoke(caller.app, body.account);
  return {OkObject()};
}

}  // namespace sim
