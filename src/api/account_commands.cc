#include <algorithm>

#include "api/account.h"
#include "api/await.h"
#include "api/decode.h"
#include "api/handlers.h"
#include "api/update.h"
#include "base/json_string.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;
using store::Store;

Result<std::vector<std::string>> ReadNames(JsonValue body, std::string_view member) {
  std::vector<std::string> names;
  auto read = ForEachItem(body, member, [&](JsonValue item) -> Result<void> {
    auto name = ReadAccountName(item);
    if (!name) return tl::unexpected(name.error());
    names.push_back(*std::move(name));
    return {};
  });
  if (!read) return tl::unexpected(read.error());
  return names;
}

// `"ResultCode":…,"ResultInfo":…`
void WriteResult(std::string& out, Code code) {
  out += "\"ResultCode\":" + std::to_string(static_cast<int>(code)) + ",\"ResultInfo\":\"";
  if (code != Code::kOk) out += TextOf(code).name;
  out += '"';
}

// `"UserID":…`
void WriteName(std::string& out, const std::string& name) {
  out += "\"UserID\":";
  base::AppendJsonString(out, name);
}

// Every UserSig issued up to now is void, whatever the clock did before, and every session over.
void Revoke(store::Update& update, std::int64_t now_ms) {
  auto& kick_time_s = update.record->header.kick_time_s;
  kick_time_s = std::max(kick_time_s, now_ms / 1000);
  update.end_sessions = true;
}

store::Decide DecideKick(std::string name, std::int64_t now_ms) {
  return [name = std::move(name), now_ms](const profile::Record* current,
                                          const store::UpdateContext&) -> Result<store::Update> {
    if (current == nullptr || !current->Exists()) {
      return Fail(Code::kAccountNotFound, base::Quoted(name));
    }
    store::Update update;
    update.record = current->Edit();
    Revoke(update, now_ms);
    return update;
  };
}

// Leaves a tombstone: nothing of the profile, but what keeps an older UserSig from bringing it
// back.
store::Decide DecideDelete(std::int64_t now_ms) {
  return [now_ms](const profile::Record* current,
                  const store::UpdateContext&) -> Result<store::Update> {
    if (current == nullptr || !current->Exists()) return Fail(Code::kAccountNotFound);
    store::Update update;
    update.record = current->Edit();
    update.record->fields.clear();
    update.record->header.deleted = true;
    Revoke(update, now_ms);
    return update;
  };
}

}  // namespace

Result<std::string> ReadAccountName(JsonValue object) {
  for (std::string_view member : {"UserID", "Identifier"}) {
    auto name = ReadAccount(object, member, Code::kAccountParameters);
    if (!name) return tl::unexpected(name.error());
    if (*name) return std::string(**name);
  }
  return Fail(Code::kAccountParameters, "UserID is missing");
}

Result<profile::AccountId> ParseAccount(std::string_view name, const auth::App& app) {
  auto id = profile::AccountId::Parse(name, app.alphabet);
  if (id) return *id;
  return Fail(Code::kAccountParameters, base::Quoted(name) + " is not an account id");
}

Result<void> CheckCount(std::size_t count, std::string_view member) {
  if (count >= 1 && count <= kMaxAccountItems) return {};
  return Fail(Code::kAccountParameters, std::string(member) + " has " + std::to_string(count) +
                                            " items, 1 to 100 are allowed");
}

Result<void> ForEachItem(JsonValue body, std::string_view member,
                         const std::function<Result<void>(JsonValue)>& each) {
  if (!body.Is(JsonValue::Type::kObject)) return Fail(Code::kAccountParameters);
  JsonValue array = body.Find(member);
  if (!array.Is(JsonValue::Type::kArray)) {
    return Fail(Code::kAccountParameters, std::string(member) + " is not an array");
  }
  if (auto count = CheckCount(array.ArraySize(), member); !count) return count;
  Result<void> result;
  array.ForEach([&](JsonValue item) {
    result = item.Is(JsonValue::Type::kObject)
                 ? each(item)
                 : Fail(Code::kAccountParameters,
                        std::string(member) + " holds something else than an object");
    return result.has_value();
  });
  return result;
}

Answer AccountCheck(Request request, std::string& out) {
  const auth::App& app = *request.caller.app;
  auto names = ReadNames(request.body, "CheckItem");
  if (!names) co_return tl::unexpected(names.error());

  std::function<void(std::size_t, store::Callback<bool>)> start = [&](std::size_t i,
                                                                      store::Callback<bool> done) {
    auto id = ParseAccount((*names)[i], app);
    if (!id) return done(tl::unexpected(id.error()));
    request.services.store.ReadAccounts(app.id, {*id}, [done](Result<Store::Records> records) {
      if (!records) return done(tl::unexpected(records.error()));
      const auto& record = records->front();
      if (!record) return done(tl::unexpected(record.error()));
      done(*record != nullptr && (*record)->Exists());
    });
  };
  auto results = co_await AwaitAll<bool>(names->size(), start);
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"ResultItem":[)";
  for (std::size_t i = 0; i < results.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    WriteName(out, (*names)[i]);
    out += ',';
    WriteResult(out, results[i] ? Code::kOk : results[i].error().code);
    if (results[i]) {
      out += R"(,"AccountStatus":")";
      out += *results[i] ? "Imported\"" : "NotImported\"";
    }
    out += '}';
  }
  out += "]}";
  co_return Result<void>();
}

Answer Kick(Request request, std::string& out) {
  const auth::App& app = *request.caller.app;
  if (!request.body.Is(JsonValue::Type::kObject)) co_return Fail(Code::kAccountParameters);
  auto name = ReadAccountName(request.body);
  if (!name) co_return tl::unexpected(name.error());
  auto id = ParseAccount(*name, app);
  if (!id) co_return tl::unexpected(id.error());
  store::Decide decide = DecideKick(*name, request.services.clock.NowMs());
  auto updated = co_await UpdateAccount(request.services, app.id, *id, decide);
  if (!updated) co_return tl::unexpected(updated.error());
  WriteOk(out);
  co_return Result<void>();
}

Answer AccountDelete(Request request, std::string& out) {
  const auth::App& app = *request.caller.app;
  auto names = ReadNames(request.body, "DeleteItem");
  if (!names) co_return tl::unexpected(names.error());

  std::int64_t now_ms = request.services.clock.NowMs();
  std::function<void(std::size_t, store::Callback<store::Updated>)> start =
      [&](std::size_t i, store::Callback<store::Updated> done) {
        auto id = ParseAccount((*names)[i], app);
        if (!id) return done(tl::unexpected(id.error()));
        if (app.IsAdmin(id->View())) return done(Fail(Code::kAccountParameters));
        request.services.store.UpdateAccount(app.id, *id, DecideDelete(now_ms), std::move(done));
      };
  auto results = co_await AwaitAll<store::Updated>(names->size(), start);
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"ResultItem":[)";
  for (std::size_t i = 0; i < results.size(); ++i) {
    out += i > 0 ? ",{" : "{";
    WriteResult(out, results[i] ? Code::kOk : results[i].error().code);
    out += ',';
    WriteName(out, (*names)[i]);
    out += '}';
  }
  out += "]}";
  co_return Result<void>();
}

}  // namespace api
