#include "api/errors.h"

#include "base/check.h"
#include "base/json_string.h"

namespace api {
namespace {

using base::Code;

// docs/protocol/errors.md. A code is answered only if it stands here.
// clang-format off
constexpr ErrorText kTexts[] = {
    {Code::kInvalidParameters, "Err_Profile_Comm_Decode_Fail",
     "The request has a wrong shape.", "请求参数错误。"},
    {Code::kNoToAccount, "Err_Profile_No_To_Account",
     "No account was asked for.", "请求中没有指定用户。"},
    {Code::kInvalidAccount, "Err_Profile_Invalid_Account",
     "The account does not exist.", "用户不存在。"},
    {Code::kNeedAdmin, "Err_Profile_Need_Admin",
     "Only an administrator may do this for another account.", "需要管理员权限。"},
    {Code::kStorageFailed, "Err_Profile_PortraitGet_Read_Custom_Data_Fail",
     "The server could not read or write its data; try again.", "服务器内部错误，请重试。"},
    {Code::kNoReadPermission, "Err_Profile_No_Read_Permission",
     "You may not read this field.", "没有读取该资料字段的权限。"},
    {Code::kNoWritePermission, "Err_Profile_No_Write_Permission",
     "You may not change this field.", "没有修改该资料字段的权限。"},
    {Code::kInvalidTag, "Err_Profile_Invalid_Tag",
     "There is no such field.", "资料字段不存在。"},
    {Code::kValueTooLong, "Err_Profile_Value_Too_Long",
     "The value is longer than 500 bytes.", "资料字段的值超过 500 字节。"},
    {Code::kValueError, "Err_Profile_Value_Error",
     "The value is not allowed for this field.", "资料字段的值不合法。"},
    {Code::kValueTypeMismatch, "Err_Profile_Value_Type_Mismatch",
     "The value has the wrong type for this field.", "资料字段的值类型不匹配。"},

    {Code::kInvalidUrl, "ERR_SVR_COMM_INVALID_HTTP_URL",
     "The request's address or size is not acceptable.", "HTTP 请求解析错误。"},
    {Code::kNotJson, "ERR_SVR_COMM_REQ_JSON_PARSE_FAILED",
     "The request body is not JSON.", "请求包体不是合法的 JSON。"},
    {Code::kNoCredentials, "ERR_SVR_COMM_INVALID_ACCOUNT",
     "The request does not say who is asking.", "请求中缺少帐号或签名。"},
    {Code::kDeadSession, "ERR_SVR_COMM_INVALID_ACCOUNT_EX",
     "The session has ended; sign in again.", "登录已失效，请重新登录。"},
    {Code::kInvalidSdkAppId, "ERR_SVR_COMM_INVALID_SDKAPPID",
     "The sdkappid is not a number.", "SDKAppID 错误。"},
    {Code::kPollIsOver, "long polling timeout",
     "Nothing new.", "没有新通知。"},
    {Code::kUnknownCommand, "ERR_SVR_COMM_INVALID_RES",
     "There is no such command.", "请求的接口不存在。"},
    {Code::kIdNotAdmin, "ERR_SVR_COMM_ID_NOT_ADMIN",
     "Only an administrator may use this command with a UserSig.", "请求需要管理员帐号。"},
    {Code::kAppTooFrequent, "ERR_SVR_COMM_SDKAPPID_FREQ_LIMIT",
     "This application sends too many requests.", "该应用的请求过于频繁。"},
    {Code::kNoSdkAppId, "ERR_SVR_COMM_SDKAPPID_MISS",
     "The request names no sdkappid.", "请求中缺少 SDKAppID。"},
    {Code::kAccountNotString, "ERR_SVR_COMM_INVALID_ID_FORMAT",
     "An account must be given as a string.", "帐号必须是字符串。"},
    {Code::kAppDisabled, "ERR_SVR_COMM_SDKAPPID_FORBIDDEN",
     "This application is switched off.", "该应用已被禁用。"},

    {Code::kCommandDisabled, "ERR_SVR_COMM_REQ_FORBIDDEN",
     "This command is switched off.", "该接口已被禁用。"},
    {Code::kTooFrequent, "ERR_SVR_COMM_REQ_FREQ_LIMIT",
     "Too many requests; wait a moment.", "请求过于频繁，请稍后再试。"},

    {Code::kA2Expired, "a2 expired",
     "The session has ended; sign in again.", "登录状态已失效，请重新登录。"},

    {Code::kUserSigExpired, "ERR_SVR_ACCOUNT_USERSIG_EXPIRED",
     "The UserSig has expired.", "UserSig 已过期。"},
    {Code::kUserSigEmpty, "ERR_SVR_ACCOUNT_USERSIG_EMPTY",
     "The UserSig is empty.", "UserSig 为空。"},
    {Code::kUserSigBroken, "ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED",
     "The UserSig is damaged or the account id is not allowed.", "UserSig 校验失败，可能被截断。"},
    {Code::kUserSigUnsupported, "ERR_SVR_ACCOUNT_USERSIG_CHECK_FAILED_EX",
     "The UserSig has an unsupported version or time.", "UserSig 校验失败。"},
    {Code::kUserSigWrongKey, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_PUBLICKEY",
     "The UserSig was signed with another key.", "UserSig 与密钥不匹配。"},
    {Code::kUserSigWrongIdentifier, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_ID",
     "The UserSig belongs to another account.", "UserSig 与帐号不匹配。"},
    {Code::kUserSigWrongApp, "ERR_SVR_ACCOUNT_USERSIG_MISMATCH_SDKAPPID",
     "The UserSig belongs to another application.", "UserSig 与 SDKAppID 不匹配。"},
    {Code::kNoKeyForApp, "ERR_SVR_ACCOUNT_USERSIG_PUBLICKEY_NOT_FOUND",
     "The application has no key.", "应用未配置密钥。"},
    {Code::kUnknownApp, "ERR_SVR_ACCOUNT_SDKAPPID_NOT_FOUND",
     "There is no such application.", "SDKAppID 不存在。"},
    {Code::kTooManyFailures, "ERR_SVR_ACCOUNT_FREQ_LIMIT",
     "Too many wrong UserSigs; try again in a minute.", "签名错误次数过多，请一分钟后重试。"},
    {Code::kUserSigRevoked, "ERR_SVR_ACCOUNT_INVALID_USERSIG",
     "The UserSig is no longer valid; get a new one.", "UserSig 已经失效，请重新生成。"},
    {Code::kAccountNotFound, "Err_TLS_PT_Open_Login_Account_Not_Exist",
     "The account has not been imported.", "帐号不存在。"},
    {Code::kAccountParameters, "ERR_SVR_ACCOUNT_INVALID_PARAMETERS",
     "A parameter is missing or not allowed.", "参数错误。"},
    {Code::kAccountNeedAdmin, "ERR_SVR_ACCOUNT_ADMIN_REQUIRED",
     "Only an administrator may use this command.", "请求需要管理员权限。"},
    {Code::kInternal, "ERR_SVR_ACCOUNT_INTERNAL_ERROR",
     "The server failed; try again.", "服务器内部错误，请重试。"},

    {Code::kPollHasEnded, "ERR_SVR_MSG_LONGPOLLING_COUNT_LIMIT",
     "This page gets no more notices; sign in again.", "该实例已下线，请重新登录。"},
};
// clang-format on

std::string_view DisplayOf(const ErrorText& text, Display display) {
  switch (display) {
    case Display::kNone: return "";
    case Display::kEnglish: return text.english;
    case Display::kChinese: return text.chinese;
  }
  CHECK(false);
}

}  // namespace

const ErrorText& TextOf(Code code) {
  for (const ErrorText& text : kTexts) {
    if (text.code == code) return text;
  }
  CHECK(false);
}

base::Code CodeFor(Door door, base::Code code) {
  // With 60005 today's SDKs stay signed in with a dead session for ever.
  // docs/protocol/websocket-contract.md §2.5.
  return door == Door::kSocket && code == Code::kDeadSession ? Code::kA2Expired : code;
}

void AppendOk(std::string& out, Envelope envelope) {
  out += R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"")";
  if (envelope == Envelope::kWithDisplay) out += R"(,"ErrorDisplay":"")";
}

void WriteOk(std::string& out, Envelope envelope) {
  out += '{';
  AppendOk(out, envelope);
  out += '}';
}

std::string FailAnswer(const base::Error& error, Envelope envelope, Display display) {
  const ErrorText& text = TextOf(error.code);
  std::string info(text.name);
  if (!error.detail.empty()) info += ": " + error.detail;
  std::string out = R"({"ActionStatus":"FAIL","ErrorCode":)";
  out += std::to_string(static_cast<int>(error.code));
  out += R"(,"ErrorInfo":)";
  base::AppendJsonString(out, info);
  if (envelope == Envelope::kWithDisplay) {
    out += R"(,"ErrorDisplay":)";
    base::AppendJsonString(out, DisplayOf(text, display));
  }
  out += '}';
  return out;
}

}  // namespace api
