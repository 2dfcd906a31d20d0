#include "profile/value.h"

#include <gtest/gtest.h>

#include "profile/schema.h"

namespace profile {
namespace {

class ValueTest : public testing::Test {
 protected:
  // The fragment, or the code it was refused with.
  std::string Check(std::string_view tag, const Value& value) {
    auto fragment = CheckValue(*schema_.Find(tag), value);
    return fragment ? *fragment : std::to_string(static_cast<int>(fragment.error().code));
  }

  Schema schema_{1};
};

constexpr std::string_view kNick = "Tag_Profile_IM_Nick";
constexpr std::string_view kGender = "Tag_Profile_IM_Gender";
constexpr std::string_view kLevel = "Tag_Profile_IM_Level";

// docs/protocol/errors.md §1
TEST_F(ValueTest, CountsTheLimitInUtf8Bytes) {
  std::string chinese;
  for (int i = 0; i < 166; ++i) chinese += "字";  // 498 bytes
  EXPECT_EQ(Check(kNick, chinese + "ab"), '"' + chinese + "ab\"");
  EXPECT_EQ(Check(kNick, chinese + "abc"), "40601");
  EXPECT_EQ(Check(kNick, chinese + "字"), "40601");
}

TEST_F(ValueTest, KeepsTextVerbatimAndRefusesNul) {
  EXPECT_EQ(Check(kNick, "<script> \"x\" 😀"), R"("<script> \"x\" 😀")");
  EXPECT_EQ(Check(kNick, std::string_view("a\0b", 3)), "40605");
  EXPECT_EQ(Check(kNick, ""), "\"\"");
}

TEST_F(ValueTest, TakesOnlyTheChoicesOfAnEnum) {
  EXPECT_EQ(Check(kGender, "Gender_Type_Male"), "\"Gender_Type_Male\"");
  EXPECT_EQ(Check(kGender, "gender_type_male"), "40605");
  EXPECT_EQ(Check(kGender, ""), "40605");
  EXPECT_EQ(Check(kGender, std::string(501, 'x')), "40601") << "too long comes before not allowed";
  EXPECT_EQ(Check(kGender, std::int64_t{1}), "40610");
}

TEST_F(ValueTest, TakesIntegersOfThe32BitRange) {
  EXPECT_EQ(Check(kLevel, std::int64_t{0}), "0");
  EXPECT_EQ(Check(kLevel, std::int64_t{4294967295}), "4294967295");
  EXPECT_EQ(Check(kLevel, std::int64_t{4294967296}), "40605");
  EXPECT_EQ(Check(kLevel, std::int64_t{-1}), "40605");
  EXPECT_EQ(Check(kLevel, OutOfRange{}), "40605");
  EXPECT_EQ(Check(kLevel, "1"), "40610");
  EXPECT_EQ(Check(kLevel, OtherType{}), "40610");
}

TEST_F(ValueTest, LimitsTheLocationWhereTheOperatorSaysSo) {
  EXPECT_EQ(schema_.LimitLocation(16), "");
  EXPECT_EQ(Check("Tag_Profile_IM_Location", std::string(16, 'x')).size(), 18u);
  EXPECT_EQ(Check("Tag_Profile_IM_Location", std::string(17, 'x')), "40605");
  EXPECT_EQ(Check("Tag_Profile_IM_Location", std::string(501, 'x')), "40601");
}

TEST_F(ValueTest, HasDefaultsForTheEnumsAlone) {
  EXPECT_EQ(schema_.Find(kGender)->default_fragment, "\"Gender_Type_Unknown\"");
  EXPECT_EQ(schema_.Find("Tag_Profile_IM_AllowType")->default_fragment,
            "\"AllowType_Type_AllowAny\"");
  EXPECT_EQ(schema_.Find("Tag_Profile_IM_AdminForbidType")->default_fragment,
            "\"AdminForbid_Type_None\"");
  EXPECT_EQ(schema_.Find(kNick)->default_fragment, "");
}

}  // namespace
}  // namespace profile
