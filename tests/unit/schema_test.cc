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

TEST(MergeCustomFields, AddsAndEditsButNeverDropsOrRetypes) {
  std::vector<CustomField> stored = {{.key = "Team"}, {.key = "Vip", .type = CustomType::kBytes}};
  Roles admin(false, true);
  auto added =
      MergeCustomFields(stored, {{.key = "New"}, {.key = "Team", .writers = admin}}, false);
  ASSERT_TRUE(added);
  ASSERT_EQ(added->size(), 3u);
  EXPECT_EQ((*added)[2].key, "New");
  EXPECT_TRUE((*added)[0].writers.Has(Role::kUser)) << "what is stored wins";
  auto edited = MergeCustomFields(stored, {{.key = "Team", .writers = admin}}, true);
  ASSERT_TRUE(edited);
  EXPECT_EQ(edited->size(), 2u);
  EXPECT_FALSE((*edited)[0].writers.Has(Role::kUser));
  for (const CustomField& wrong : {CustomField{.key = "Vip"}, CustomField{.key = "a1"},
                                   CustomField{.key = "X", .readers = Roles()}}) {
    EXPECT_FALSE(MergeCustomFields(stored, {wrong}, true)) << wrong.key;
  }
  EXPECT_FALSE(MergeCustomFields(stored, {{.key = "A"}, {.key = "A"}}, true));
  std::vector<CustomField> many;
  for (char c = 'a'; c < 'a' + 19; ++c) many.push_back({.key = std::string(1, c)});
  EXPECT_FALSE(MergeCustomFields(stored, many, true)) << "21 in all";
  many.pop_back();
  EXPECT_TRUE(MergeCustomFields(stored, many, true));
}

}  // namespace
}  // namespace profile
