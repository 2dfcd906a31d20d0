#include "base/json.h"

#include <gtest/gtest.h>

#include "base/base64.h"
#include "base/errors.h"
#include "base/json_string.h"

namespace base {
namespace {

bool IsJson(std::string_view text) {
  JsonParser parser;
  return parser.Parse(text).has_value();
}

std::string Nested(std::size_t depth, std::string_view inside) {
  return std::string(depth, '[') + std::string(inside) + std::string(depth, ']');
}

// docs/protocol/fields.md §1
TEST(Json, NestsUpTo64Deep) {
  for (std::string_view inside : {"", "1", "\"[[[\""}) {
    EXPECT_TRUE(IsJson(Nested(64, inside))) << inside;
    EXPECT_FALSE(IsJson(Nested(65, inside))) << inside;
  }
  EXPECT_FALSE(IsJson(std::string(10000, '[')));
}

TEST(Json, MayHaveManyContainersThatAreNotDeep) {
  std::string text = "[";
  for (int i = 0; i < 1000; ++i) text += "{\"a[\":[]},";
  EXPECT_TRUE(IsJson(text + "[]]"));
}

TEST(Json, IsRefusedWithBrokenText) {
  EXPECT_FALSE(IsJson(""));
  EXPECT_FALSE(IsJson("\"\xff\xfe\""));
  EXPECT_FALSE(IsJson(R"("\ud800")"));
  EXPECT_FALSE(IsJson(R"("\ud800x")"));
  EXPECT_FALSE(IsJson(R"("\udc00")"));
  EXPECT_TRUE(IsJson(R"("\ud83d\ude00")"));
  EXPECT_FALSE(IsJson("{} {}"));
  EXPECT_FALSE(IsJson("\xef\xbb\xbf{}"));
  EXPECT_FALSE(IsJson("{'a':1}"));
}

TEST(Json, IsRefusedWithNumbersThatNothingHolds) {
  EXPECT_TRUE(IsJson("[9223372036854775807,-9223372036854775808,18446744073709551615,1e308]"));
  EXPECT_FALSE(IsJson("[1e309]"));
  EXPECT_FALSE(IsJson("[01]"));
  EXPECT_FALSE(IsJson("[1.]"));
}

// What JavaScript makes of 2 ** 64 and 1e20.
TEST(Json, TakesAnIntegerThatOnlyADoubleHoldsForOne) {
  JsonParser parser;
  auto root =
      parser.Parse(R"({"18446744073709551616":"\"99999999999999999999\\","a":18446744073709552000,)"
                   R"("b":[-9223372036854775809,100000000000000000000, 9223372036854775807]})");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Find("18446744073709551616").String(), R"("99999999999999999999\)");
  EXPECT_EQ(root->Find("a").Double(), 18446744073709552000.0);
  EXPECT_EQ(root->Find("b").Text(), "[-9.223372036854776e+18,1e+20,9223372036854775807]");
  EXPECT_FALSE(IsJson("[" + std::string(400, '9') + "]"));
  EXPECT_FALSE(IsJson("[099999999999999999999]"));
  EXPECT_FALSE(IsJson("[-]"));
  EXPECT_FALSE(IsJson("[99999999999999999999e]"));
}

TEST(Json, FindsTheFirstMemberOfAName) {
  JsonParser parser;
  auto root = parser.Parse(R"({"a":1,"b":"x","a":2})");
  ASSERT_TRUE(root);
  EXPECT_EQ(root->Find("a").Integer(), 1);
  EXPECT_EQ(root->Find("b").String(), "x");
  EXPECT_TRUE(root->Find("c").IsMissing());
}

TEST(JsonString, EscapesWhatJsonAndOldBrowsersNeed) {
  std::string out;
  AppendJsonString(out, "q\" b\\ n\n r\r t\t c\x01 \u2028\u2029 \u2027 é <b>");
  EXPECT_EQ(out, "\"q\\\" b\\\\ n\\n r\\r t\\t c\\u0001 \\u2028\\u2029 \u2027 é <b>\"");
  EXPECT_EQ(DecodeJsonString(out), "q\" b\\ n\n r\r t\t c\x01 \u2028\u2029 \u2027 é <b>");
}

TEST(Base64, RoundTripsAndRefusesWhatIsNot) {
  for (const char* text : {"", "a", "ab", "abc", "abcd"}) {
    EXPECT_EQ(DecodeBase64(EncodeBase64(text)), text);
  }
  EXPECT_EQ(DecodeBase64("YQ"), "a");
  EXPECT_FALSE(DecodeBase64("YQ=").has_value());
  EXPECT_FALSE(DecodeBase64("Y").has_value());
  EXPECT_FALSE(DecodeBase64("YQ==YQ==").has_value());
  EXPECT_FALSE(DecodeBase64("Y Q=").has_value());
}

TEST(Quoted, CutsAndCleansWhatAClientSent) {
  EXPECT_EQ(Quoted("a\nb"), "\"a?b\"");
  EXPECT_EQ(Quoted("éé", 3), "\"é...\"");
}

}  // namespace
}  // namespace base
