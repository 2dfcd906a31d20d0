// libwebim and portraitd together, from login to logout.
#include "tests/client/portraitd.h"

#include <gtest/gtest.h>

#include "tests/client/support.h"
#include "webim/webim.h"

namespace webim::test {
namespace {

class PortraitdTest : public testing::Test {
 protected:
  void LogInAs(Client& client, const std::string& account) {
    const auto result =
        client.login(server_.InfoFor(account), {}, {.server = server_.http()}).get();
    ASSERT_TRUE(result.ok()) << result.error->ErrorInfo;
  }

  TempFolder folder_;
  Portraitd server_{folder_.path() / "data"};
  Client client_;
};

TEST_F(PortraitdTest, ReadsBackWhatItSet) {
  LogInAs(client_, "alice");
  const std::vector<TagValue> items = {
      {kTagNick, "小明 \"<b>\" \\ \n 😀"}, {kTagGender, kGenderFemale},
      {kTagBirthDay, 20190419},           {kTagLocation, ""},
      {kTagLevel, 4294967295U},           {kTagAllowType, kAllowTypeDenyAny},
      {"Tag_Profile_Custom_Team", "red"}};
  const auto set = client_.setProfilePortrait({items}).get();
  ASSERT_TRUE(set.ok()) << set.error->ErrorInfo;
  EXPECT_EQ(set.answer->json,
            R"({"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""})");
  std::vector<std::string> tags;
  for (const TagValue& item : items) {
    tags.push_back(item.Tag);
  }
  const auto get = client_.getProfilePortrait({{"alice"}, tags}).get();
  ASSERT_TRUE(get.ok()) << get.error->ErrorInfo;
  ASSERT_EQ(get.answer->UserProfileItem.size(), 1U);
  EXPECT_EQ(get.answer->UserProfileItem[0], (UserProfile{"alice", items, 0, ""}));
}

TEST_F(PortraitdTest, AnswersTheNickAndImageAtTheNextLogin) {
  LogInAs(client_, "alice");
  const SetProfilePortraitOptions options{
      {{kTagNick, "Alice"}, {kTagImage, "http://img.example/a.png"}}};
  ASSERT_TRUE(client_.setProfilePortrait(options).get().ok());
  Client again;
  const auto login = again.login(server_.InfoFor("alice"), {}, {.server = server_.http()}).get();
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login.answer->identifierNick, "Alice");
  EXPECT_EQ(login.answer->headurl, "http://img.example/a.png");
}

TEST_F(PortraitdTest, WorksOverHttpsWithTheServersCertificateTrusted) {
  const LoginInfo alice = server_.InfoFor("alice");
  const auto untrusted = client_.login(alice, {}, {.server = server_.https()}).get();
  EXPECT_EQ(untrusted.error.value_or(Error{}).ErrorCode, kErrorNetwork);
  const auto trusted =
      client_.login(alice, {}, {.server = server_.https(), .ca_file = server_.certificate()}).get();
  ASSERT_TRUE(trusted.ok()) << trusted.error->ErrorInfo;
  EXPECT_TRUE(client_.setProfilePortrait({{{kTagNick, "Alice"}}}).get().ok());
  EXPECT_TRUE(client_.getProfilePortrait({{"alice"}, {kTagNick}}).get().ok());
  EXPECT_TRUE(client_.logout().get().ok());
}

TEST_F(PortraitdTest, ShowsWhichAccountsFailedAndTheProfilesOfTheOthers) {
  LogInAs(client_, "alice");
  ASSERT_TRUE(client_.setProfilePortrait({{{kTagNick, "Alice"}}}).get().ok());
  const auto get = client_.getProfilePortrait({{"alice", "ghost"}, {kTagNick}}).get();
  ASSERT_FALSE(get.ok());
  EXPECT_EQ(get.error->ErrorCode, kErrorPartial);
  EXPECT_EQ(get.error->ErrorInfo, "账号:ghost,[40003]Err_Profile_Invalid_Account\n");
  EXPECT_EQ(get.error->Fail_Account, std::vector<std::string>{"ghost"});
  EXPECT_EQ(get.error->Invalid_Account, std::vector<std::string>{});
  ASSERT_EQ(get.error->UserProfileItem.size(), 2U);
  EXPECT_EQ(*get.error->UserProfileItem[0].Find(kTagNick), FieldValue("Alice"));
  EXPECT_EQ(get.error->UserProfileItem[1].ResultCode, 40003);
}

TEST_F(PortraitdTest, HandsOnRefusalsAndStoresNothingThen) {
  LogInAs(client_, "alice");
  const auto code_of = [&](const std::vector<TagValue>& items) {
    return client_.setProfilePortrait({items}).get().error.value_or(Error{}).ErrorCode;
  };
  EXPECT_EQ(code_of({{kTagNick, "new"}, {"Tag_Profile_IM_Unknown", "x"}}), 40009);
  EXPECT_EQ(code_of({{kTagNick, "new"}, {kTagAdminForbidType, kAdminForbidTypeSendOut}}), 40008);
  EXPECT_EQ(code_of({{kTagNick, "new"}, {kTagLocation, std::string(501, 'x')}}), 40601);
  EXPECT_EQ(code_of({{kTagNick, "new"}, {kTagGender, "other"}}), 40605);
  EXPECT_EQ(code_of({{kTagNick, "new"}, {kTagLevel, "3"}}), 40610);
  EXPECT_EQ(code_of({{kTagNick, Json{"null"}}}), 40610);
  EXPECT_EQ(code_of({}), 40001);
  const auto get = client_.getProfilePortrait({{"alice"}, {kTagNick}}).get();
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(get.answer->UserProfileItem[0].Find(kTagNick), nullptr);
}

TEST_F(PortraitdTest, SendsJsonOptionsAsTheyAre) {
  LogInAs(client_, "alice");
  ASSERT_TRUE(client_
                  .setProfilePortraitJson(
                      R"({"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Alice"}]})")
                  .get()
                  .ok());
  const auto get =
      client_
          .getProfilePortraitJson(R"({"To_Account":["alice"],"TagList":["Tag_Profile_IM_Nick"]})")
          .get();
  ASSERT_TRUE(get.ok());
  EXPECT_EQ(get.answer->json,
            R"({"UserProfileItem":[{"To_Account":"alice","ProfileItem":[{"Tag":)"
            R"("Tag_Profile_IM_Nick","Value":"Alice"}],"ResultCode":0,"ResultInfo":""}],)"
            R"("Fail_Account":[],"Invalid_Account":[],)"
            R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""})");
  EXPECT_EQ(client_.getProfilePortraitJson("{}").get().error.value_or(Error{}).ErrorCode, 40002);
}

TEST_F(PortraitdTest, HasTheSequenceWhenItIsAskedFor) {
  LogInAs(client_, "alice");
  ASSERT_TRUE(client_.setProfilePortrait({{{kTagNick, "Alice"}}}).get().ok());
  const auto first = client_.getProfilePortrait({{"alice"}, {kTagNick}, 0}).get();
  ASSERT_TRUE(first.ok());
  ASSERT_TRUE(first.answer->CurrentStandardSequence.has_value());
  EXPECT_FALSE(first.answer->UserProfileItem[0].ProfileItem.empty());
  const auto unchanged =
      client_.getProfilePortrait({{"alice"}, {kTagNick}, first.answer->CurrentStandardSequence})
          .get();
  ASSERT_TRUE(unchanged.ok());
  EXPECT_TRUE(unchanged.answer->UserProfileItem[0].ProfileItem.empty());
}

TEST_F(PortraitdTest, RefusesAUserSigOfAnotherAccount) {
  LoginInfo info = server_.InfoFor("alice");
  info.identifier = "bob";
  const auto login = client_.login(info, {}, {.server = server_.http()}).get();
  EXPECT_EQ(login.error.value_or(Error{}).ErrorCode, 70013);
}

TEST_F(PortraitdTest, EndsOneSessionAtLogoutAndNotTheOthers) {
  LogInAs(client_, "alice");
  Client other;
  LogInAs(other, "alice");
  EXPECT_TRUE(client_.logout().get().ok());
  EXPECT_TRUE(other.setProfilePortrait({{{kTagNick, "Alice"}}}).get().ok());
}

}  // namespace
}  // namespace webim::test
