// What the functions of webim::Client take and answer. Members keep the spelling they have on the
// wire (To_Account, ProfileItem, …: docs/protocol/wire-contract.md §7); text is UTF-8 everywhere.
// All of it is plain data: copy it, move it, keep it; no object refers to another. Members of
// options have initializers, so that naming only some ({.server = …}) draws no warning.
#pragma once

#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace webim {

// A JSON value as text, for the kinds a profile field does not have today (null, true, 1.5, lists,
// objects). As an option it must be well-formed JSON, else the call fails with kErrorOptions.
struct Json {
  std::string text;
  friend bool operator==(const Json&, const Json&) = default;
};

template <class T>
concept FieldInteger = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char> &&
                       !std::same_as<T, wchar_t> && !std::same_as<T, char8_t> &&
                       !std::same_as<T, char16_t> && !std::same_as<T, char32_t>;

// The value of one field: text, or a whole number. Made implicitly, so that an option list reads
// {{kTagNick, "Alice"}, {kTagLevel, 3}}.
class FieldValue {
 public:
  // A number that is not negative is always the std::uint64_t.
  using Variant = std::variant<std::string, std::uint64_t, std::int64_t, Json>;

  FieldValue() = default;  // the empty text
  FieldValue(std::string text) : variant_(std::move(text)) {}
  FieldValue(std::string_view text) : variant_(std::string(text)) {}
  FieldValue(const char* text) : variant_(std::string(text)) {}
  FieldValue(std::nullptr_t) = delete;
  FieldValue(Json json) : variant_(std::move(json)) {}
  template <FieldInteger T>
  FieldValue(T number) {
    if (std::cmp_less(number, 0)) {
      variant_ = static_cast<std::int64_t>(number);
    } else {
      variant_ = static_cast<std::uint64_t>(number);
    }
  }

  // The text, or null when the value is no text.
  const std::string* string() const { return std::get_if<std::string>(&variant_); }
  // The number, or nothing when the value is no number or a negative one.
  std::optional<std::uint64_t> number() const;
  const Variant& variant() const { return variant_; }
  // For showing to a person: the text as it is, a number in decimal, anything else as JSON.
  std::string ToString() const;

  friend bool operator==(const FieldValue&, const FieldValue&) = default;

 private:
  Variant variant_;
};

struct TagValue {
  std::string Tag;  // webim/tags.h
  FieldValue Value;
  friend bool operator==(const TagValue&, const TagValue&) = default;
};

// Who logs in. A default LoginInfo counts as none given (kErrorNoLoginInfo). Without an identifier
// the login is anonymous: it makes no request, and only logout works afterwards.
struct LoginInfo {
  std::uint64_t sdkAppID = 0;     // the application; 0 is refused (kErrorNoSdkAppId)
  std::uint64_t accountType = 0;  // any number but 0 (kErrorNoAccountType); the server ignores it
  std::string identifier{};       // the account, 1…32 bytes
  std::string userSig{};          // signed by the application's backend, docs/protocol/usersig.md
  std::string identifierNick{};   // accepted and not used: the answer has the nick of the profile
  friend bool operator==(const LoginInfo&, const LoginInfo&) = default;
};

// For what the server sends unasked. This version subscribes to nothing: there is nothing to set.
struct Listeners {};

struct LoginOptions {
  // "http://host[:port][/prefix]" or "https://…". Needed for all but an anonymous login.
  std::string server{};
  // Limit for each request, from the start of waiting for a connection to the last byte of the
  // answer; a login makes two. When it is over the call fails with kErrorNetwork.
  std::uint32_t timeout_ms = 15'000;
  // PEM file with the authorities to trust for https; "" = those of the machine.
  std::string ca_file{};
  // Check the server's certificate and its name. Off only against a development server.
  bool verify_peer = true;
};

struct SetProfilePortraitOptions {
  std::vector<TagValue> ProfileItem{};  // 1…100 fields; all are stored or none
};

struct GetProfilePortraitOptions {
  std::vector<std::string> To_Account{};                // 1…100 accounts
  std::vector<std::string> TagList{};                   // the fields wanted, at least one
  std::optional<std::uint64_t> LastStandardSequence{};  // docs/protocol/fields.md §6
};

// One account's part of the answer. ResultCode 0: ProfileItem has the fields that are set, in the
// order of TagList. Otherwise ResultCode says why not, and ProfileItem is empty.
struct UserProfile {
  std::string To_Account;
  std::vector<TagValue> ProfileItem;
  std::int64_t ResultCode = 0;
  std::string ResultInfo;

  // The value of a field, or null when the answer does not have it.
  const FieldValue* Find(std::string_view tag) const;
  friend bool operator==(const UserProfile&, const UserProfile&) = default;
};

// What every answer has (docs/protocol/wire-contract.md §2.4).
struct Answer {
  std::string ActionStatus;    // "OK" or "FAIL"
  std::int64_t ErrorCode = 0;  // 0, a code of docs/protocol/errors.md, or an ErrorCode below
  std::string ErrorInfo;
  std::string ErrorDisplay;
  // The whole answer as JSON text, members unknown to this version included.
  std::string json;
};

struct LoginAnswer : Answer {
  std::optional<std::string> identifierNick;  // the profile's nick, when one is set
  std::optional<std::string> headurl;         // the profile's image, when one is set
};

struct PortraitAnswer : Answer {
  std::vector<UserProfile> UserProfileItem;  // in the order of To_Account
  std::vector<std::string> Fail_Account;
  std::vector<std::string> Invalid_Account;
  std::optional<std::uint64_t> CurrentStandardSequence;
};

// What an error callback gets. ErrorCode kErrorPartial: some accounts of a getProfilePortrait
// failed; then the profiles of the others are here as in the answer, each failed one's ResultInfo
// starts with "[code]", and ErrorInfo is one line "账号:<id>,[code]info\n" for each of them (§7.1).
//
// ErrorInfo otherwise is the server's own text. (webim.js 1.7 puts the request's address there,
// which carries the session's key; this library never shows it.)
struct Error : PortraitAnswer {
  std::string SrcErrorInfo;  // the server's ErrorInfo when the server refused, else ""
};

// Codes made here and not by the server; ErrorInfo ends with "[code]". Those above -100 are the
// ones of webim.js (docs/protocol/wire-contract.md §§4, 5).
enum LocalErrorCode : std::int64_t {
  kErrorPartial = 99999,
  // No answer: not reached, cut off, too late, HTTP status other than 200, no JSON of this
  // protocol, certificate refused, or the Client was destroyed. After a set: it may be stored.
  kErrorNetwork = -2,
  kErrorNotLoggedIn = -4,
  kErrorNoLoginInfo = -6,
  kErrorNoSdkAppId = -7,
  kErrorNoAccountType = -8,
  kErrorNoUserSig = -9,
  kErrorNoTinyId = -10,  // the server's answer to login has none
  kErrorNoA2Key = -11,   // the same
  kErrorOptions = -101,  // options that cannot be sent: not JSON, no server address, no ca_file
  kErrorBusy = -102,     // RuntimeOptions::max_pending calls are under way; nothing was sent
};

// What the forms without callbacks answer: one of the two.
template <class T>
struct Result {
  std::optional<T> answer;
  std::optional<Error> error;
  bool ok() const { return answer.has_value(); }
};

}  // namespace webim
