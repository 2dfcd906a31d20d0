#include "profile/set.h"

#include <gtest/gtest.h>

#include "profile/schema.h"

namespace profile {
namespace {

class SetTest : public testing::Test {
 protected:
  SetTest() { EXPECT_EQ(schema_.AddCustomField({.key = "Team"}), ""); }

  FieldChange To(std::string_view tag, std::string fragment) {
    return {schema_.Find(tag), std::move(fragment)};
  }

  Schema schema_{1};
  RecordDraft draft_;
};

constexpr std::string_view kNick = "Tag_Profile_IM_Nick";
constexpr std::string_view kGender = "Tag_Profile_IM_Gender";
constexpr std::string_view kTeam = "Tag_Profile_Custom_Team";

// docs/protocol/fields.md §6
TEST_F(SetTest, CountsEachSequenceOnceASet) {
  auto changed = ApplySet(draft_, {To(kNick, "\"A\""), To("Tag_Profile_IM_Level", "3")});
  EXPECT_EQ(changed.size(), 2u);
  EXPECT_EQ(draft_.header.standard_seq, 1u);
  EXPECT_EQ(draft_.header.custom_seq, 0u);
  ApplySet(draft_, {To(kNick, "\"B\""), To(kTeam, "\"red\"")});
  EXPECT_EQ(draft_.header.standard_seq, 2u);
  EXPECT_EQ(draft_.header.custom_seq, 1u);
  EXPECT_EQ(draft_.header.notice_seq, 2u);
}

TEST_F(SetTest, ThatChangesNothingCountsNothing) {
  ApplySet(draft_, {To(kNick, "\"A\"")});
  RecordDraft before = draft_;
  EXPECT_TRUE(ApplySet(draft_, {To(kNick, "\"A\"")}).empty());
  EXPECT_TRUE(ApplySet(draft_, {To(kGender, "\"Gender_Type_Unknown\"")}).empty()) << "the default";
  EXPECT_TRUE(ApplySet(draft_, {To(kTeam, "\"\"")}).empty()) << "unset already";
  EXPECT_EQ(draft_.Encode(), before.Encode());
}

TEST_F(SetTest, LetsTheLastOfRepeatedTagsWin) {
  auto changed = ApplySet(draft_, {To(kNick, "\"A\""), To(kNick, "\"B\"")});
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(draft_.fields.at("\x01"), "\"B\"");
}

// docs/protocol/fields.md §4
TEST_F(SetTest, KeepsAnEmptyStandardStringAndUnsetsAnEmptyCustomOne) {
  ApplySet(draft_, {To(kNick, "\"\""), To(kTeam, "\"red\"")});
  EXPECT_EQ(draft_.fields.at("\x01"), "\"\"");
  auto changed = ApplySet(draft_, {To(kTeam, "\"\"")});
  ASSERT_EQ(changed.size(), 1u);
  EXPECT_EQ(changed[0].fragment, "\"\"") << "the log says that it was cleared";
  EXPECT_FALSE(draft_.fields.contains("Team"));
}

}  // namespace
}  // namespace profile
