// Options to request bodies, answers to structs: the only part that knows JSON.
// Functions of this file keep no state and may be called from any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "webim/types.h"

namespace webim::internal {

// The members a request body gets besides From_Account, which only the session knows: text such as
// `"ProfileItem":[…]`, or "" where there is none. Nothing when the options cannot be sent.
std::optional<std::string> SetMembers(const SetProfilePortraitOptions& options);
std::optional<std::string> SetMembers(std::string_view options_json);
std::optional<std::string> GetMembers(const GetProfilePortraitOptions& options);
std::optional<std::string> GetMembers(std::string_view options_json);

// {"From_Account":<identifier>,<members>}
std::string PortraitBody(std::string_view identifier, std::string_view members);

struct Reply {
  enum class Kind {
    kMalformed,  // no JSON object with an ActionStatus
    kRefused,    // `fields` is what the error callback gets
    kOk,
  };
  Kind kind = Kind::kMalformed;
  Error fields;  // all the answer says; the other answer types are parts of it
  std::string TinyId;
  std::string A2Key;
};

// Reads the body of an answer. Members of another JSON type than docs/protocol says count as
// absent. ActionStatus decides, as in webim.js; ErrorCode does not (wire-contract §5).
Reply DecodeReply(std::string body);

// The same for portrait_get: an "OK" with failed accounts becomes a refusal (wire-contract §7.1).
Reply DecodePortraitReply(std::string body);

// What this library says itself: `text` with "[code]" at its end.
Error MakeLocalError(LocalErrorCode code, std::string_view text);
Answer MakeLocalAnswer(std::string_view info);
LoginAnswer MakeLoginAnswer(std::string_view info, const UserProfile& self);

}  // namespace webim::internal
