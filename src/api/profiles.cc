#include "api/profiles.h"

#include "api/await.h"
#include "base/json_string.h"
#include "profile/value.h"

namespace api {
namespace {

using base::Code;
using store::Store;

void AppendNames(std::string& out, std::string_view member,
                 const std::vector<std::string>& accounts, const std::vector<Found>& found,
                 bool invalid) {
  out += member;
  bool first = true;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    if (found[i].record != nullptr || found[i].invalid != invalid) continue;
    if (!first) out += ',';
    base::AppendJsonString(out, accounts[i]);
    first = false;
  }
  out += ']';
}

Found ToFound(store::RecordPtr record) {
  if (record == nullptr) return {nullptr, Code::kInvalidAccount, false};
  if (!record->Exists()) return {nullptr, Code::kInvalidAccount, true};
  return {std::move(record), Code::kOk, false};
}

std::string_view Cleared(const profile::Field& field) {
  if (!field.default_fragment.empty()) return field.default_fragment;
  return field.kind == profile::ValueKind::kUint32 ? "0" : "\"\"";
}

}  // namespace

asio::awaitable<base::Result<store::RecordPtr>> ReadRecord(Services& services, store::AppId app,
                                                           store::AccountId account) {
  if (auto at_hand = services.store.PeekAccount(app, account)) co_return *std::move(at_hand);
  std::function<void(store::Callback<Store::Records>)> start =
      [&](store::Callback<Store::Records> done) {
        services.store.ReadAccounts(app, {account}, std::move(done));
      };
  auto records = co_await Await<Store::Records>(start);
  if (!records) co_return tl::unexpected(records.error());
  co_return std::move(records->front());
}

Profiles PeekProfiles(Services& services, const auth::App& app,
                      const std::vector<std::string>& accounts) {
  Profiles profiles;
  profiles.found.assign(accounts.size(), Found{nullptr, Code::kInvalidAccount, true});
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    auto id = store::AccountId::Parse(accounts[i], app.alphabet);
    if (!id) continue;
    if (auto record = services.store.PeekAccount(app.id, *id)) {
      profiles.found[i] = ToFound(*std::move(record));
    } else {
      profiles.missing.push_back(*id);
      profiles.places.push_back(i);
    }
  }
  return profiles;
}

asio::awaitable<void> ReadMissing(Services& services, store::AppId app, Profiles& profiles) {
  std::function<void(store::Callback<Store::Records>)> start =
      [&](store::Callback<Store::Records> done) {
        services.store.ReadAccounts(app, std::move(profiles.missing), std::move(done));
      };
  auto records = co_await Await<Store::Records>(start);
  for (std::size_t i = 0; i < profiles.places.size(); ++i) {
    Found& found = profiles.found[profiles.places[i]];
    bool is_read = records && (*records)[i];
    found =
        is_read ? ToFound(*std::move((*records)[i])) : Found{nullptr, Code::kStorageFailed, false};
  }
}

asio::awaitable<store::RecordPtr> ReadExisting(Services& services, store::AppId app,
                                               store::AccountId account) {
  auto record = co_await ReadRecord(services, app, account);
  if (!record || *record == nullptr || !(*record)->Exists()) co_return nullptr;
  co_return *std::move(record);
}

void AppendFailed(std::string& out, const std::vector<std::string>& accounts,
                  const std::vector<Found>& found) {
  AppendNames(out, R"("Fail_Account":[)", accounts, found, false);
  AppendNames(out, R"(,"Invalid_Account":[)", accounts, found, true);
}

void AppendWholeProfile(std::string& out, const profile::Record& record,
                        const profile::Schema& schema, const WholeProfile& which) {
  out += '[';
  bool first = true;
  for (const profile::Field& field : schema.fields()) {
    if (!field.readers.Has(which.reader)) continue;
    if (!(field.custom ? which.with_custom : which.with_standard)) continue;
    auto stored = record.Find(field.record_key);
    if (!stored && field.custom && !which.with_unset_custom) continue;
    out += first ? R"({"Tag":")" : R"(,{"Tag":")";
    first = false;
    out += field.tag;
    if (which.form == FieldForm::kValue) {
      out += R"(","Value":)";
    } else {
      bool is_number = field.kind == profile::ValueKind::kUint32;
      out += is_number ? R"(","ValueNum":)" : R"(","ValueBytes":)";
    }
    out += stored ? *stored : Cleared(field);
    out += '}';
  }
  out += ']';
}

}  // namespace api
