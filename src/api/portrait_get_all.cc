#include <unordered_set>

#include "api/decode.h"
#include "api/handlers.h"
#include "api/profiles.h"
#include "api/socket_session.h"
#include "base/json_string.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;

struct Wanted {
  std::string account;
  std::int64_t standard_seq = 0;  // as the caller last saw it; 0: never
  std::int64_t custom_seq = 0;
};

Result<std::int64_t> ReadSequence(JsonValue item, std::string_view member) {
  JsonValue sequence = item.Find(member);
  if (sequence.IsMissing()) return 0;
  if (!sequence.Is(JsonValue::Type::kInteger)) {
    return Fail(Code::kInvalidParameters, std::string(member) + " is not an integer");
  }
  return sequence.Integer();
}

Result<Wanted> ReadItem(JsonValue item) {
  constexpr Code kShape = Code::kInvalidParameters;
  if (!item.Is(JsonValue::Type::kObject)) return Fail(kShape, "UserItem holds no object");
  auto account = ReadAccount(item, "To_Account", kShape);
  if (!account) return tl::unexpected(account.error());
  if (!*account) return Fail(kShape, "To_Account is missing");
  auto standard_seq = ReadSequence(item, "StandardSequence");
  if (!standard_seq) return tl::unexpected(standard_seq.error());
  auto custom_seq = ReadSequence(item, "CustomSequence");
  if (!custom_seq) return tl::unexpected(custom_seq.error());
  return Wanted{std::string(**account), *standard_seq, *custom_seq};
}

// The items, without those of an account that was asked for before. The order of the checks is
// that of portrait_get.
Result<std::vector<Wanted>> Decode(JsonValue body, const Caller& caller) {
  constexpr Code kShape = Code::kInvalidParameters;
  if (!body.Is(JsonValue::Type::kObject)) return Fail(kShape);
  auto from = ReadAccount(body, "From_Account", kShape);
  if (!from) return tl::unexpected(from.error());
  JsonValue items = body.Find("UserItem");
  if (!items.IsMissing() && !items.Is(JsonValue::Type::kArray)) {
    return Fail(kShape, "UserItem is not an array");
  }
  std::vector<Wanted> wanted;
  Result<void> result;
  auto read = [&](JsonValue json) {
    auto item = ReadItem(json);
    if (!item) return result = tl::unexpected(item.error()), false;
    wanted.push_back(*std::move(item));
    return true;
  };
  if (!items.IsMissing()) items.ForEach(read);
  if (!result) return tl::unexpected(result.error());
  auto allowed = CheckFromAccount(from->value_or(caller.account.View()), caller);
  if (!allowed) return tl::unexpected(allowed.error());
  if (wanted.empty()) return Fail(Code::kNoToAccount);
  if (wanted.size() > kMaxAccounts) {
    return Fail(kShape, "UserItem has " + std::to_string(wanted.size()) +
                            " accounts, the limit is " + std::to_string(kMaxAccounts));
  }
  std::unordered_set<std::string> seen;
  std::erase_if(wanted, [&](const Wanted& item) { return !seen.insert(item.account).second; });
  return wanted;
}

void WriteItem(std::string& out, const Wanted& wanted, const Found& found, const Caller& caller) {
  if (found.record == nullptr) {
    // The real name would look to the SDKs like an account with nothing set.
    out += R"({"To_Account":"@TLS#NOT_FOUND","ResultCode":)";
    out += std::to_string(static_cast<int>(found.code)) + ",\"ResultInfo\":\"";
    out += TextOf(found.code).name;
    out += "\"}";
    return;
  }
  const profile::RecordHeader& header = found.record->header();
  out += R"({"To_Account":)";
  base::AppendJsonString(out, wanted.account);
  out += R"(,"StandardSequence":)" + std::to_string(header.standard_seq);
  out += R"(,"CustomSequence":)" + std::to_string(header.custom_seq);
  out += R"(,"ResultCode":0,"ResultInfo":"","ProfileItem":)";
  WholeProfile which{.reader = caller.role, .with_unset_custom = caller.app->socket_unset_custom};
  which.with_standard = wanted.standard_seq == 0 || wanted.standard_seq != header.standard_seq;
  which.with_custom = wanted.custom_seq == 0 || wanted.custom_seq != header.custom_seq;
  AppendWholeProfile(out, *found.record, *caller.schema, which);
  out += '}';
}

}  // namespace

Answer PortraitGetAll(Request request, std::string& out) {
  const Caller& caller = request.caller;
  auto wanted = Decode(request.body, caller);
  if (!wanted) co_return tl::unexpected(wanted.error());
  std::vector<std::string> accounts;
  for (const Wanted& item : *wanted) accounts.push_back(item.account);
  // Watching begins before reading, so that no change falls between the two.
  if (request.socket != nullptr) request.socket->Watch(caller, accounts);
  Profiles profiles = PeekProfiles(request.services, *caller.app, accounts);
  if (!profiles.missing.empty()) {
    co_await ReadMissing(request.services, caller.app->id, profiles);
  }
  const std::vector<Found>& found = profiles.found;

  out += '{';
  AppendOk(out, Envelope::kWithDisplay);
  out += R"(,"CurrentStandardSequence":0,"UserProfileItem":[)";
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (i > 0) out += ',';
    WriteItem(out, (*wanted)[i], found[i], caller);
  }
  out += "],";
  AppendFailed(out, accounts, found);
  out += '}';
  co_return Result<void>();
}

}  // namespace api
