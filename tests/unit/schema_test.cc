#include "profile/schema.h"

#include <gtest/gtest.h>

namespace profile {
namespace {

// docs/protocol/fields.md §3
TEST(Schema, NamesACustomFieldByItsShortAndItsOldName) {
  Schema schema(888888);
  ASSERT_EQ(schema.AddCustomField({.key = "Test"}), "");
  const Field* field = schema.Find("Tag_Profile_Custom_Test");
  ASSERT_NE(field, nullptr);
  EXPECT_EQ(schema.Find("Tag_Profile_Custom_888888_Test"), field);
  EXPECT_EQ(schema.Find("Tag_Profile_Custom_888889_Test"), nullptr);
  EXPECT_EQ(schema.Find("Tag_Profile_Custom_888888_"), nullptr);
  EXPECT_EQ(schema.Find("Tag_Profile_Custom_test"), nullptr);
  EXPECT_EQ(schema.Find("Tag_Profile_IM_Birthday"), nullptr);
  EXPECT_EQ(schema.Find("Tag_SNS_IM_Remark"), nullptr);
}

TEST(Schema, RefusesKeysThatAreNotOneToEightLetters) {
  Schema schema(1);
  for (const char* key : {"", "abcdefghi", "a1", "a_b", "名", "a b"}) {
    EXPECT_NE(schema.AddCustomField({.key = key}), "") << key;
  }
  EXPECT_EQ(schema.AddCustomField({.key = "abcdefgh"}), "");
  EXPECT_NE(schema.AddCustomField({.key = "abcdefgh"}), "") << "twice";
}

TEST(Schema, HoldsAtMostTwentyCustomFields) {
  Schema schema(1);
  for (char c = 'a'; c < 'a' + 20; ++c) {
    EXPECT_EQ(schema.AddCustomField({.key = std::string(1, c)}), "");
  }
  EXPECT_NE(schema.AddCustomField({.key = "z"}), "");
}

TEST(Schema, LetsAnOperatorSayWhoWritesAStandardTag) {
  Schema schema(1);
  EXPECT_FALSE(schema.Find("Tag_Profile_IM_AdminForbidType")->writers.Has(Role::kUser));
  EXPECT_EQ(schema.OverrideWriters("Tag_Profile_IM_Level", Roles(false, true)), "");
  EXPECT_FALSE(schema.Find("Tag_Profile_IM_Level")->writers.Has(Role::kUser));
  EXPECT_NE(schema.OverrideWriters("Tag_Profile_IM_None", Roles::All()), "");
}

}  // namespace
}  // namespace profile
