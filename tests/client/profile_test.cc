// setProfilePortrait and getProfilePortrait as docs/protocol/wire-contract.md §§5 and 7 have them.
#include <gtest/gtest.h>

#include "tests/client/support.h"

namespace webim::test {
namespace {

// Answers `path` with `body`, everything else plainly.
FakeHandler Only(std::string path, std::string body) {
  return [path, body](const FakeRequest& request) {
    const bool matches = request.Path() == path && request.Parameter("a2") != "" &&
                         request.body.find("Tag_Profile_IM_Image") == std::string::npos;
    return matches ? FakeAnswer{.body = body} : AnswerPlainly(request);
  };
}

constexpr char kGetPath[] = "/v4/profile/portrait_get";
constexpr char kSetPath[] = "/v4/profile/portrait_set";

TEST(ProfileTest, SetSendsTheItemsInTheNameOfTheAccount) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  const auto result =
      client.setProfilePortrait({{{kTagNick, "小明"}, {kTagBirthDay, 20190419}}}).get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.answer->json, R"({"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""})");
  const FakeRequest set = server.last_request();
  EXPECT_EQ(set.Path(), kSetPath);
  EXPECT_EQ(set.Parameter("tinyid"), "144115200000000017");
  EXPECT_EQ(set.body, R"({"From_Account":"alice","ProfileItem":[)"
                      R"({"Tag":"Tag_Profile_IM_Nick","Value":"小明"},)"
                      R"({"Tag":"Tag_Profile_IM_BirthDay","Value":20190419}]})");
}

TEST(ProfileTest, SetChecksNothingItself) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  ASSERT_TRUE(client.setProfilePortrait({}).get().ok());
  EXPECT_EQ(server.last_request().body, R"({"From_Account":"alice","ProfileItem":[]})");
}

TEST(ProfileTest, TakesOptionsAsJson) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  ASSERT_TRUE(client
                  .setProfilePortraitJson(
                      R"({"ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":["any"]}]})")
                  .get()
                  .ok());
  EXPECT_EQ(server.last_request().body, R"({"From_Account":"alice","ProfileItem":[)"
                                        R"({"Tag":"Tag_Profile_IM_Nick","Value":["any"]}]})");
  const auto result =
      client.getProfilePortraitJson(R"({"To_Account":["alice"],"TagList":["Tag_Profile_IM_Nick"]})")
          .get();
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result.answer->json.starts_with(R"({"UserProfileItem":[{"To_Account":"alice")"));
  EXPECT_EQ(client.setProfilePortraitJson("[]").get().error->ErrorCode, kErrorOptions);
  EXPECT_EQ(client.getProfilePortraitJson("{").get().error->ErrorCode, kErrorOptions);
}

TEST(ProfileTest, GetAnswersTheProfiles) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  const auto result =
      client.getProfilePortrait({{"alice"}, {kTagNick, "Tag_Profile_Custom_Test"}, 5}).get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(server.last_request().body,
            R"({"From_Account":"alice","To_Account":["alice"],)"
            R"("TagList":["Tag_Profile_IM_Nick","Tag_Profile_Custom_Test"],)"
            R"("LastStandardSequence":5})");
  ASSERT_EQ(result.answer->UserProfileItem.size(), 1U);
  EXPECT_EQ(result.answer->UserProfileItem[0].To_Account, "alice");
  EXPECT_EQ(*result.answer->UserProfileItem[0].Find(kTagNick), FieldValue("Alice"));
  EXPECT_EQ(result.answer->CurrentStandardSequence, std::nullopt);
}

TEST(ProfileTest, GetHandsFailedAccountsToTheErrorCallbackWithTheOthersInside) {
  FakeServer server(Only(
      kGetPath,
      R"({"UserProfileItem":[{"To_Account":"alice","ProfileItem":)"
      R"([{"Tag":"Tag_Profile_IM_Nick","Value":"Alice"}],"ResultCode":0,"ResultInfo":""},)"
      R"({"To_Account":"ghost","ResultCode":40003,"ResultInfo":"Err_Profile_Invalid_Account"}],)"
      R"("Fail_Account":["ghost"],"Invalid_Account":[],)"
      R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""})"));
  Client client;
  LogIn(client, {.server = server.url()});
  const auto result = client.getProfilePortrait({{"alice", "ghost"}, {kTagNick}}).get();
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error->ActionStatus, "FAIL");
  EXPECT_EQ(result.error->ErrorCode, 99999);
  EXPECT_EQ(result.error->ErrorInfo, "账号:ghost,[40003]Err_Profile_Invalid_Account\n");
  EXPECT_EQ(result.error->Fail_Account, std::vector<std::string>{"ghost"});
  ASSERT_EQ(result.error->UserProfileItem.size(), 2U);
  EXPECT_EQ(*result.error->UserProfileItem[0].Find(kTagNick), FieldValue("Alice"));
}

TEST(ProfileTest, HandsOnTheServersRefusal) {
  FakeServer server(Only(kSetPath,
                         R"({"ActionStatus":"FAIL","ErrorCode":40009,)"
                         R"("ErrorInfo":"Err_Profile_Invalid_Tag: X","ErrorDisplay":"d"})"));
  Client client;
  LogIn(client, {.server = server.url()});
  const Error error = *client.setProfilePortrait({{{"X", "y"}}}).get().error;
  EXPECT_EQ(error.ErrorCode, 40009);
  EXPECT_EQ(error.ErrorInfo, "Err_Profile_Invalid_Tag: X");
  EXPECT_EQ(error.SrcErrorInfo, "Err_Profile_Invalid_Tag: X");
  EXPECT_EQ(error.ErrorDisplay, "d");
  EXPECT_EQ(error.json.find("a2secret"), std::string::npos);
}

TEST(ProfileTest, GoesByActionStatusAndNotByErrorCode) {
  FakeServer server(Only(kSetPath, R"({"ActionStatus":"OK","ErrorCode":40006,"ErrorInfo":"odd"})"));
  Client client;
  LogIn(client, {.server = server.url()});
  const auto result = client.setProfilePortrait({{{kTagNick, "x"}}}).get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.answer->ErrorCode, 40006);
}

TEST(ProfileTest, NeedsALoginFirst) {
  Client client;
  const Error error = *client.setProfilePortrait({{{kTagNick, "x"}}}).get().error;
  EXPECT_EQ(error.ErrorCode, kErrorNotLoggedIn);
  EXPECT_EQ(error.ErrorInfo, "not logged in[-4]");
}

}  // namespace
}  // namespace webim::test
