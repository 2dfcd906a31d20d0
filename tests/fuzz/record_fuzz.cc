// Any bytes as what a store keeps: decoded or refused, and what is decoded is written the same
// again. Records end with a check sum, which is put right here, or no input would come past it.

#include <zlib.h>

#include "profile/record.h"
#include "store/codec.h"
#include "tests/fuzz/input.h"

namespace {

using fuzz::Expect;

void CheckRecord(std::string bytes) {
  auto broken = profile::Record::Decode(bytes);
  if (broken) Expect(broken->Edit().Encode().size() == bytes.size(), "nothing is lost");
  auto crc = static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(crc >> (8 * i));
  auto record = profile::Record::Decode(bytes);
  if (!record) return;
  std::string written = record->Edit().Encode();
  auto again = profile::Record::Decode(written);
  Expect(again.has_value(), "what is written can be read");
  Expect(again->Edit().Encode() == written, "and is the same");
  Expect(again->Edit().fields == record->Edit().fields, "with the same fields");
  Expect(again->header().tiny_id == record->header().tiny_id &&
             again->header().notice_seq == record->header().notice_seq &&
             again->Exists() == record->Exists(),
         "of the same account");
  for (const auto& [key, fragment] : record->Edit().fields) {
    Expect(again->Find(key) == fragment, "each is found");
  }
}

template <class Decode, class Encode>
void CheckRoundTrip(std::string_view bytes, Decode decode, Encode encode) {
  auto value = decode(bytes);
  if (!value) return;
  std::string written = encode(*value);
  auto again = decode(written);
  Expect(again.has_value() && encode(*again) == written, "what is written reads the same again");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Input input(data, size);
  std::uint8_t kind = input.Byte() % 5;
  std::string_view bytes = input.Rest();
  switch (kind) {
    case 0: CheckRecord(std::string(bytes)); break;
    case 1:
      CheckRoundTrip(
          bytes, [](std::string_view text) { return store::DecodeSession({}, text); },
          store::EncodeSession);
      break;
    case 2:
      CheckRoundTrip(
          bytes, [](std::string_view text) { return store::DecodeInstance("tab", text); },
          store::EncodeInstance);
      break;
    case 3:
      CheckRoundTrip(bytes, store::DecodeChange, store::EncodeChange);
      store::ChangeTimeMs(bytes);
      break;
    default: CheckRoundTrip(bytes, store::DecodeFields, store::EncodeFields);
  }
  return 0;
}
