// Any bytes as JSON: accepted if and only if they are, and what was read writes the same again.

#include "base/json.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/rfc8259.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::Expect;
  std::string text(reinterpret_cast<const char*>(data), size);
  static base::JsonParser parser;
  auto root = parser.Parse(text);
  Expect(root.has_value() == fuzz::IsRfc8259(text), "accepted if and only if it is JSON");
  if (!root) return 0;
  std::string written = root->Text();
  auto again = parser.Parse(written);
  Expect(again.has_value(), "what is written is JSON");
  Expect(again->Text() == written, "and writes the same again");
  if (root->Is(base::JsonValue::Type::kString)) {
    std::string value(again->String());
    std::string escaped;
    base::AppendJsonString(escaped, value);
    Expect(base::DecodeJsonString(escaped) == value, "a string survives our own escaping");
    auto last = parser.Parse(escaped);
    Expect(last && last->String() == value, "which is JSON");
  }
  return 0;
}
