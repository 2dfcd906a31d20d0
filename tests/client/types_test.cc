// Field values and their look-up.
#include "webim/types.h"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>

#include "webim/tags.h"

namespace webim {
namespace {

TEST(FieldValueTest, IsTextOrNumber) {
  EXPECT_EQ(*FieldValue("Alice").string(), "Alice");
  EXPECT_EQ(*FieldValue(std::string_view("Alice")).string(), "Alice");
  EXPECT_EQ(FieldValue("Alice").number(), std::nullopt);
  EXPECT_EQ(FieldValue(20190419).number(), 20190419U);
  EXPECT_EQ(FieldValue(0).number(), 0U);
  EXPECT_EQ(FieldValue(std::numeric_limits<std::uint64_t>::max()).number(),
            std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(FieldValue(20190419).string(), nullptr);
}

TEST(FieldValueTest, KeepsANegativeNumberApart) {
  EXPECT_EQ(FieldValue(-1).number(), std::nullopt);
  EXPECT_EQ(std::get<std::int64_t>(FieldValue(-1).variant()), -1);
}

TEST(FieldValueTest, IsNotMadeFromWhatIsNoFieldValue) {
  EXPECT_FALSE((std::is_constructible_v<FieldValue, bool>));
  EXPECT_FALSE((std::is_constructible_v<FieldValue, char>));
  EXPECT_FALSE((std::is_constructible_v<FieldValue, double>));
  EXPECT_FALSE((std::is_constructible_v<FieldValue, std::nullptr_t>));
}

TEST(FieldValueTest, ShowsItselfToAPerson) {
  EXPECT_EQ(FieldValue("小明").ToString(), "小明");
  EXPECT_EQ(FieldValue(7).ToString(), "7");
  EXPECT_EQ(FieldValue(-7).ToString(), "-7");
  EXPECT_EQ(FieldValue(Json{"[1.5]"}).ToString(), "[1.5]");
  EXPECT_EQ(FieldValue().ToString(), "");
}

TEST(UserProfileTest, FindsAFieldByItsTag) {
  const UserProfile user{"alice", {{kTagNick, "Alice"}, {kTagLevel, 3}}, 0, ""};
  EXPECT_EQ(*user.Find(kTagLevel), FieldValue(3));
  EXPECT_EQ(user.Find(kTagRole), nullptr);
}

}  // namespace
}  // namespace webim
