#pragma once

// What a client reads about an error: one table from code to names and sentences.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/errors.h"

namespace api {

struct ErrorText {
  base::Code code;
  std::string_view name;     // ErrorInfo and ResultInfo: stable, clients may have learned it
  std::string_view english;  // one sentence for people: ErrorDisplay where it is wanted
  std::string_view chinese;
};

const ErrorText& TextOf(base::Code code);

// Which transport a call came by. Their clients understand some codes differently.
enum class Door : std::uint8_t { kHttp, kSocket };

// The code for `door` in the place of one that the other transport answers.
base::Code CodeFor(Door door, base::Code code);

// Whether answers of a service carry "ErrorDisplay" (profile and sns do).
// docs/protocol/wire-contract.md §2.4.
enum class Envelope { kPlain, kWithDisplay };

// The language of "ErrorDisplay", a sentence for people; the real service leaves it empty.
enum class Display { kNone, kEnglish, kChinese };

// Appends `"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""` and the display, without braces.
void AppendOk(std::string& out, Envelope envelope);

// Appends the whole answer that is OK and has nothing else to say.
void WriteOk(std::string& out, Envelope envelope = Envelope::kPlain);

// The whole FAIL answer. ErrorInfo is the name, or `name: detail` where there is one.
std::string FailAnswer(const base::Error& error, Envelope envelope, Display display);

}  // namespace api
