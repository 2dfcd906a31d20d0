#include "profile/account_id.h"

#include <gtest/gtest.h>

namespace profile {
namespace {

bool IsAccepted(std::string_view text) { return AccountId::Parse(text).has_value(); }

// docs/protocol/fields.md §8
TEST(AccountId, TakesOneTo32PrintableBytes) {
  EXPECT_TRUE(IsAccepted("a"));
  EXPECT_TRUE(IsAccepted(std::string(32, 'x')));
  EXPECT_TRUE(IsAccepted("with space inside~!"));
  EXPECT_FALSE(IsAccepted(""));
  EXPECT_FALSE(IsAccepted(std::string(33, 'x')));
  EXPECT_FALSE(IsAccepted("tab\there"));
  EXPECT_FALSE(IsAccepted(std::string_view("nul\0here", 8)));
  EXPECT_FALSE(IsAccepted("\x7f"));
}

TEST(AccountId, RefusesSpacesAtTheEndsAndReservedNames) {
  EXPECT_FALSE(IsAccepted(" a"));
  EXPECT_FALSE(IsAccepted("a "));
  EXPECT_FALSE(IsAccepted("@TIM#SYSTEM"));
  EXPECT_FALSE(IsAccepted("@TLS#NOT_FOUND"));
  EXPECT_TRUE(IsAccepted("@tim#other"));
}

TEST(AccountId, TakesUtf8OnlyWhereTheAppAllowsIt) {
  EXPECT_FALSE(IsAccepted("李雷_1"));
  EXPECT_TRUE(AccountId::Parse("李雷_1", AccountId::Alphabet::kUtf8).has_value());
}

TEST(AccountId, IsCaseSensitive) {
  EXPECT_FALSE(*AccountId::Parse("Bob") == *AccountId::Parse("bob"));
}

}  // namespace
}  // namespace profile
