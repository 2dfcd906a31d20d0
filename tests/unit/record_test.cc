#include "profile/record.h"

#include <gtest/gtest.h>
#include <zlib.h>

#include "base/bytes.h"

namespace profile {
namespace {

RecordDraft Sample() {
  RecordDraft draft;
  draft.header = {144115200000000007, 1700000000, 3, 2, 5, false};
  draft.fields = {{"\x01", "\"Alice\""}, {"\x03", "20190419"}, {"Team", "\"red\""}};
  return draft;
}

TEST(Record, ReadsBackWhatWasWritten) {
  auto record = Record::Decode(Sample().Encode());
  ASSERT_TRUE(record);
  EXPECT_EQ(record->header().tiny_id, 144115200000000007u);
  EXPECT_EQ(record->header().kick_time_s, 1700000000);
  EXPECT_EQ(record->header().standard_seq, 3u);
  EXPECT_EQ(record->header().custom_seq, 2u);
  EXPECT_EQ(record->header().notice_seq, 5u);
  EXPECT_TRUE(record->Exists());
  EXPECT_EQ(record->Find("\x01"), "\"Alice\"");
  EXPECT_EQ(record->Find("Team"), "\"red\"");
  EXPECT_EQ(record->Find("\x02"), std::nullopt);
  EXPECT_EQ(record->Edit().Encode(), Sample().Encode());
}

TEST(Record, CarriesWhatALaterVersionWrote) {
  RecordDraft later = Sample();
  later.header_tail = "more about the account";
  later.later_sections = std::string("\x09\x03") + "new";
  auto record = Record::Decode(later.Encode());
  ASSERT_TRUE(record);
  RecordDraft draft = record->Edit();
  draft.fields["\x01"] = "\"Bob\"";
  auto again = Record::Decode(draft.Encode());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->Edit().header_tail, later.header_tail);
  EXPECT_EQ(again->Edit().later_sections, later.later_sections);
  EXPECT_EQ(again->Find("\x01"), "\"Bob\"");
}

TEST(Record, NoticesEveryFlippedBit) {
  std::string bytes = Sample().Encode();
  for (std::size_t i = 0; i < bytes.size() * 8; ++i) {
    std::string flipped = bytes;
    flipped[i / 8] = static_cast<char>(flipped[i / 8] ^ (1 << (i % 8)));
    auto record = Record::Decode(flipped);
    ASSERT_FALSE(record) << "bit " << i;
    EXPECT_EQ(record.error().code, base::Code::kStorageFailed);
  }
}

// Cut or malformed bytes with a right checksum: as a faulty writer would leave them.
TEST(Record, RefusesMalformedSectionsEvenWithARightChecksum) {
  std::string bytes = Sample().Encode();
  bytes.resize(bytes.size() - 4);
  auto seal = [](std::string body) {
    auto sum =
        crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
    base::AppendFixed(body, static_cast<std::uint32_t>(sum));
    return body;
  };
  EXPECT_TRUE(Record::Decode(seal(bytes)));
  EXPECT_FALSE(Record::Decode(seal("\x01")));  // no header
  EXPECT_FALSE(Record::Decode(seal(std::string("\x01\x01\x05") + "short")));
  EXPECT_FALSE(Record::Decode(seal(bytes + "\x02\x03")));  // a section that ends early
  EXPECT_FALSE(Record::Decode(seal(bytes + std::string("\x02\x02\x05x"))));  // a key longer than it
  EXPECT_FALSE(Record::Decode(seal(bytes + "\x02")));
  EXPECT_FALSE(Record::Decode(seal("\x02" + bytes.substr(1))));  // a later format
  EXPECT_FALSE(Record::Decode(""));
}

}  // namespace
}  // namespace profile
