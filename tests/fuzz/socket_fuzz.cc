// Any bytes as a message through a WebSocket, signed in or not: what is sent back is a frame, whose
// head is the request's own, and whose body is an answer.

#include <zlib.h>

#include "tests/fuzz/input.h"
#include "tests/fuzz/rfc8259.h"
#include "tests/fuzz/server.h"

namespace {

using fuzz::Expect;

// In a message: stands for a UserSig of alice, which no input could hit upon.
constexpr std::string_view kPlace = "@sig";

std::string Unpack(const std::string& frame) {
  if (!frame.starts_with("COMP")) return frame;
  std::string text(8 << 20, '\0');
  uLongf size = text.size();
  int status = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                          reinterpret_cast<const Bytef*>(frame.data() + 4), frame.size() - 4);
  Expect(status == Z_OK, "a compressed frame can be unpacked");
  text.resize(size);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  int kind = input.Byte();
  fuzz::Server& server = fuzz::FreshServer();
  std::string message(input.Rest());
  if (std::size_t place = message.find(kPlace); place != std::string::npos) {
    std::string_view query = server.Query(1);
    message.replace(place, kPlace.size(), query.substr(query.rfind('=') + 1));
  }
  for (const std::string& frame : server.Tell(message, kind % 2 == 1)) {
    std::string text = Unpack(frame);
    Expect(fuzz::IsRfc8259(text), "a frame is JSON");
    base::JsonParser parser;
    auto root = parser.Parse(text);
    auto head = root->Find("head");
    Expect(head.Find("servcmd").Is(base::JsonValue::Type::kString), "with a command");
    Expect(!head.Find("seq").IsMissing(), "and a number");
    bool is_push = !root->Find("body").Find("ErrorCode").Is(base::JsonValue::Type::kInteger);
    if (!is_push) fuzz::CheckAnswer(root->Find("body").Text());
  }
  return 0;
}
