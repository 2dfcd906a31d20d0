#pragma once

// The error codes of the wire and the Result every layer returns. Lower layers choose the code; the
// text a client reads is made from it in one place, api/errors.cc. Source: docs/protocol/errors.md.

#include <string>
#include <tl/expected.hpp>
#include <utility>

namespace base {

// The value is the ErrorCode on the wire.
enum class Code : int {
  kOk = 0,

  // Profile, errors.md §1.
  kInvalidParameters = 40001,
  kNoToAccount = 40002,
  kInvalidAccount = 40003,
  kNeedAdmin = 40004,
  kStorageFailed =
      40006,  // the outcome of a write is unknown: all of it or none; a retry settles it
  kNoReadPermission = 40007,
  kNoWritePermission = 40008,
  kInvalidTag = 40009,
  kValueTooLong = 40601,
  kValueError = 40605,
  kValueTypeMismatch = 40610,

  // Gateway, errors.md §2.
  kInvalidUrl = 60002,
  kNotJson = 60003,
  kNoCredentials = 60004,
  kDeadSession = 60005,
  kInvalidSdkAppId = 60006,
  kPollIsOver = 60008,  // a long poll's hold has ended: nothing new
  kUnknownCommand = 60009,
  kIdNotAdmin = 60010,
  kAppTooFrequent = 60011,
  kNoSdkAppId = 60012,
  kAccountNotString = 60015,
  kAppDisabled = 60016,
  kCommandDisabled = 60017,
  kTooFrequent = 60018,

  // Only through a WebSocket, websocket-contract.md §2.5.
  kA2Expired = 20002,

  // Account and UserSig, errors.md §3.
  kUserSigExpired = 70001,
  kUserSigEmpty = 70002,
  kUserSigBroken = 70003,
  kUserSigUnsupported = 70005,
  kUserSigWrongKey = 70009,
  kUserSigWrongIdentifier = 70013,
  kUserSigWrongApp = 70014,
  kNoKeyForApp = 70016,
  kUnknownApp = 70020,
  kTooManyFailures = 70050,
  kUserSigRevoked = 70052,
  kAccountNotFound = 70107,
  kAccountParameters = 70402,
  kAccountNeedAdmin = 70403,
  kInternal = 70500,

  // errors.md §4. On a long poll alone: the page stops polling for good.
  kPollHasEnded = 91101,
};

// What went wrong. `detail` names the account, tag and rule for the person who reads the answer; it
// is empty where there is nothing to name and never holds a secret or a field's value.
struct Error {
  Code code = Code::kInternal;
  std::string detail;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> Fail(Code code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

// `text` in double quotes, cut to `max_bytes` and with control bytes replaced: for naming a
// client's input in a detail.
std::string Quoted(std::string_view text, std::size_t max_bytes = 64);

}  // namespace base
