#include "tests/sim/answer.h"

#include <algorithm>
#include <utility>

#include "tests/sim/wire.h"

namespace sim {
namespace {

constexpr std::pair<int, std::string_view> kNames[] = {
    {40001, "Err_Profile_Comm_Decode_Fail"},
    {40002, "Err_Profile_No_To_Account"},
    {40003, "Err_Profile_Invalid_Account"},
    {40004, "Err_Profile_Need_Admin"},
    {40007, "Err_Profile_No_Read_Permission"},
    {40008, "Err_Profile_No_Write_Permission"},
    {40009, "Err_Profile_Invalid_Tag"},
    {40601, "Err_Profile_Value_Too_Long"},
    {40605, "Err_Profile_Value_Error"},
    {40610, "Err_Profile_Value_Type_Mismatch"},
    {60003, "ERR_SVR_COMM_REQ_JSON_PARSE_FAILED"},
    {60004, "ERR_SVR_COMM_INVALID_ACCOUNT"},
    {60005, "ERR_SVR_COMM_INVALID_ACCOUNT_EX"},
    {60008, "long polling timeout"},
    {60010, "ERR_SVR_COMM_ID_NOT_ADMIN"},
    {70001, "ERR_SVR_ACCOUNT_USERSIG_EXPIRED"},
    {70002, "ERR_SVR_ACCOUNT_USERSIG_EMPTY"},
    {70003, "ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED"},
    {70005, "ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED_EX"},
    {70009, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_PUBLICKEY"},
    {70013, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_ID"},
    {70014, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_SDKAPPID"},
    {70052, "ERR_SVR_ACCOUNT_INVALID_USERSIG"},
    {70107, "Err_TLS_PT_Open_Login_Account_Not_Exist"},
    {70402, "ERR_SVR_ACCOUNT_INVALID_PARAMETERS"},
    {70403, "ERR_SVR_ACCOUNT_ADMIN_REQUIRED"},
    {91101, "ERR_SVR_MSG_LONGPOLLING_COUNT_LIMIT"},
};

// How much of `got`, from its start, can fill the hole.
std::size_t FillOf(char hole, std::string_view got) {
  auto fits = [hole](char c) {
    bool is_digit = c >= '0' && c <= '9';
    if (hole == kDigits) return is_digit;
    if (hole == kHex64) return is_digit || (c >= 'a' && c <= 'f');
    return is_digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
  };
  auto size =
      static_cast<std::size_t>(std::find_if_not(got.begin(), got.end(), fits) - got.begin());
  if (size == 0) return std::string_view::npos;
  if (hole == kDigits && (got[0] == '0' || size > 19)) return std::string_view::npos;
  if (hole == kHex64 && size != 64) return std::string_view::npos;
  if (hole == kInstance && size > 64) return std::string_view::npos;
  return size;
}

// The same for a detail: what stands before the end of the JSON string.
std::size_t DetailOf(std::string_view named, std::string_view got) {
  std::size_t size = 0;
  while (size < got.size() && got[size] != '"') size += got[size] == '\\' ? 2u : 1u;
  std::string_view detail = got.substr(0, size);
  if (detail.empty()) return named.empty() ? 0 : std::string_view::npos;
  std::string json = JsonString(named);
  bool fits = detail.size() > 2 && detail.substr(0, 2) == ": " &&
              detail.find(json.substr(1, json.size() - 2)) != std::string_view::npos;
  return fits ? size : std::string_view::npos;
}

}  // namespace

std::string Ok(Envelope envelope) {
  std::string text = R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"")";
  return envelope == Envelope::kWithDisplay ? text + R"(,"ErrorDisplay":"")" : text;
}

std::string OkObject(std::string_view members) { return '{' + Ok() + std::string(members) + '}'; }

std::string_view NameOf(int code) {
  for (const auto& [known, name] : kNames) {
    if (known == code) return name;
  }
  return "a code without a name";
}

std::string FailBare(int code, Envelope envelope) {
  std::string text = R"({"ActionStatus":"FAIL","ErrorCode":)" + std::to_string(code);
  text += R"(,"ErrorInfo":")" + std::string(NameOf(code)) + '"';
  return text + (envelope == Envelope::kWithDisplay ? R"(,"ErrorDisplay":""})" : "}");
}

std::string Fail(int code, Envelope envelope, std::string_view named) {
  std::string text = FailBare(code, envelope);
  std::string detail = kDetail + std::string(named) + kDetail;
  std::size_t name = text.find(R"("ErrorInfo":")") + 13;
  return text.insert(name + NameOf(code).size(), detail);
}

std::optional<std::vector<std::string>> Match(std::string_view expected, std::string_view got) {
  std::vector<std::string> fills;
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    char c = expected[i];
    if (c < kDetail || c > kInstance) {
      if (at >= got.size() || got[at] != c) return std::nullopt;
      ++at;
      continue;
    }
    std::size_t size = std::string_view::npos;
    if (c == kDetail) {
      std::size_t end = expected.find(kDetail, i + 1);
      size = DetailOf(expected.substr(i + 1, end - i - 1), got.substr(at));
      i = end;
    } else {
      size = FillOf(c, got.substr(at));
    }
    if (size == std::string_view::npos) return std::nullopt;
    if (c != kDetail) fills.emplace_back(got.substr(at, size));
    at += size;
  }
  if (at != got.size()) return std::nullopt;
  return fills;
}

std::string Readable(std::string_view expected) {
  std::string text;
  bool is_open = false;
  for (char c : expected) {
    switch (c) {
      case kDetail:
        is_open = !is_open;
        text += is_open ? "<: detail that names " : ">";
        break;
      case kDigits: text += "<number>"; break;
      case kHex64: text += "<64 hex digits>"; break;
      case kInstance: text += "<id>"; break;
      default: text += c;
    }
  }
  return text;
}

}  // namespace sim
