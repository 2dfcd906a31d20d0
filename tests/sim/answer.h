#pragma once

// Answers as the documents foretell them: exact text but for what a server chooses itself.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sim {

// An expected answer. Its text has holes, each with a form of its own; what fills them is handed
// to `learn`, which answers what is wrong with it or "".
struct Answer {
  std::string text;
  std::function<std::string(const std::vector<std::string>&)> learn = {};
  std::uint64_t notice_seq = 0;  // the highest one among its notices
};

// Holes, to be put into a text.
inline constexpr char kDetail = '\x01';    // kDetail + named + kDetail: see Fail
inline constexpr char kDigits = '\x02';    // 1 to 19 digits, no leading zero
inline constexpr char kHex64 = '\x03';     // 64 lower-case hexadecimal digits
inline constexpr char kInstance = '\x04';  // 1 to 64 letters, digits, '-' or '_'

// What the envelope of a service looks like: with ErrorDisplay for profile and sns.
enum class Envelope { kPlain, kWithDisplay };

// `"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""` and the display.
std::string Ok(Envelope envelope = Envelope::kPlain);
// The whole object, with `members` behind the envelope: `,"A":1`.
std::string OkObject(std::string_view members = "");

// The name of a code. docs/protocol/errors.md.
std::string_view NameOf(int code);

// A FAIL answer whose ErrorInfo is the name alone.
std::string FailBare(int code, Envelope envelope);
// A FAIL answer whose ErrorInfo is the name and, behind ": ", a detail that has `named` in it. With
// nothing to name the detail may be missing.
std::string Fail(int code, Envelope envelope, std::string_view named = "");

// What fills the holes of `expected` (details left out), or nothing: the answer is another one.
std::optional<std::vector<std::string>> Match(std::string_view expected, std::string_view got);

// For people: holes as <…>.
std::string Readable(std::string_view expected);

}  // namespace sim
