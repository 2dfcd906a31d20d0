// Options to JSON, answers from JSON: shapes of docs/protocol/wire-contract.md §§2.4, 5, 7.
#include "src/client/codec.h"

#include <gtest/gtest.h>

#include "webim/tags.h"

namespace webim::internal {
namespace {

TEST(CodecTest, WritesAllKindsOfValuesAndEscapesText) {
  const SetProfilePortraitOptions options{{{kTagNick, "\"小明\"\n"},
                                           {kTagLevel, 18446744073709551615U},
                                           {kTagRole, -1},
                                           {"Tag_Profile_Custom_Test", Json{" [true, null] "}}}};
  EXPECT_EQ(SetMembers(options),
            R"("ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"\"小明\"\n"},)"
            R"({"Tag":"Tag_Profile_IM_Level","Value":18446744073709551615},)"
            R"({"Tag":"Tag_Profile_IM_Role","Value":-1},)"
            R"({"Tag":"Tag_Profile_Custom_Test","Value":[true,null]}])");
}

TEST(CodecTest, RefusesAJsonValueThatIsNone) {
  EXPECT_EQ(SetMembers({{{kTagNick, Json{"{"}}}}), std::nullopt);
  EXPECT_EQ(SetMembers({{{kTagNick, Json{""}}}}), std::nullopt);
  EXPECT_EQ(SetMembers({{{kTagNick, Json{"1,2"}}}}), std::nullopt);
}

TEST(CodecTest, SendsTheSequenceOnlyWhenGiven) {
  EXPECT_EQ(GetMembers({{"alice"}, {kTagNick}}),
            R"("To_Account":["alice"],"TagList":["Tag_Profile_IM_Nick"])");
  EXPECT_EQ(GetMembers({{"alice"}, {kTagNick}, 0}),
            R"("To_Account":["alice"],"TagList":["Tag_Profile_IM_Nick"],"LastStandardSequence":0)");
}

TEST(CodecTest, PicksTheKnownMembersOfJsonOptions) {
  EXPECT_EQ(SetMembers(R"({"From_Account":"bob","ProfileItem":[{"Tag":1}],"X":2})"),
            R"("ProfileItem":[{"Tag":1}])");
  EXPECT_EQ(GetMembers(R"({"TagList":"t","To_Account":null,"LastStandardSequence":"1"})"),
            R"("To_Account":null,"TagList":"t","LastStandardSequence":"1")");
  EXPECT_EQ(GetMembers("{}"), "");
}

TEST(CodecTest, RefusesJsonOptionsThatAreNoObject) {
  for (const char* text : {"", "[]", "null", "\"x\"", "{", "{} {}", "{\"ProfileItem\":\"\xff\"}"}) {
    EXPECT_EQ(SetMembers(text), std::nullopt) << text;
    EXPECT_EQ(GetMembers(text), std::nullopt) << text;
  }
}

TEST(CodecTest, PutsTheSenderFirst) {
  EXPECT_EQ(PortraitBody("a\"b", R"("TagList":[])"), R"({"From_Account":"a\"b","TagList":[]})");
  EXPECT_EQ(PortraitBody("alice", ""), R"({"From_Account":"alice"})");
}

TEST(CodecTest, ReadsAnAnswerAndKeepsItsText) {
  const std::string body =
      R"({ "UserProfileItem":[{"To_Account":"alice","ProfileItem":[)"
      R"({"Tag":"Tag_Profile_IM_Nick","Value":"Alice"},{"Tag":"Tag_Profile_IM_Level","Value":3},)"
      R"({"Tag":"T","Value":-3},{"Tag":"U","Value":null},)"
      R"({"Tag":"V","Value":18446744073709551615}],)"
      R"("ResultCode":0,"ResultInfo":""}],"Fail_Account":[],"Invalid_Account":[],)"
      R"("CurrentStandardSequence":7,"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"",)"
      R"("ErrorDisplay":"shown","New":1})";
  const Reply reply = DecodePortraitReply(body);
  ASSERT_EQ(reply.kind, Reply::Kind::kOk);
  EXPECT_EQ(reply.fields.json, body);
  EXPECT_EQ(reply.fields.ErrorDisplay, "shown");
  EXPECT_EQ(reply.fields.CurrentStandardSequence, 7U);
  ASSERT_EQ(reply.fields.UserProfileItem.size(), 1U);
  EXPECT_EQ(reply.fields.UserProfileItem[0], (UserProfile{"alice",
                                                          {{kTagNick, "Alice"},
                                                           {kTagLevel, 3},
                                                           {"T", -3},
                                                           {"U", Json{"null"}},
                                                           {"V", 18446744073709551615U}},
                                                          0,
                                                          ""}));
}

TEST(CodecTest, DecidesByActionStatusAlone) {
  EXPECT_EQ(DecodeReply(R"({"ActionStatus":"OK","ErrorCode":70001})").kind, Reply::Kind::kOk);
  EXPECT_EQ(DecodeReply(R"({"ActionStatus":"FAIL","ErrorCode":0})").kind, Reply::Kind::kRefused);
  EXPECT_EQ(DecodeReply(R"({"ActionStatus":"ok"})").kind, Reply::Kind::kRefused);
}

TEST(CodecTest, KeepsTheServersTextWhenItRefuses) {
  const Reply reply =
      DecodeReply(R"({"ActionStatus":"FAIL","ErrorCode":40001,)"
                  R"("ErrorInfo":"Err_Profile_Comm_Decode_Fail","ErrorDisplay":""})");
  EXPECT_EQ(reply.kind, Reply::Kind::kRefused);
  EXPECT_EQ(reply.fields.ErrorCode, 40001);
  EXPECT_EQ(reply.fields.ErrorInfo, "Err_Profile_Comm_Decode_Fail");
  EXPECT_EQ(reply.fields.SrcErrorInfo, "Err_Profile_Comm_Decode_Fail");
  EXPECT_EQ(reply.fields.json, R"({"ActionStatus":"FAIL","ErrorCode":40001,)"
                               R"("ErrorInfo":"Err_Profile_Comm_Decode_Fail","ErrorDisplay":"",)"
                               R"("SrcErrorInfo":"Err_Profile_Comm_Decode_Fail"})");
}

TEST(CodecTest, TurnsFailedAccountsIntoTheErrorOfTheSdk) {
  const Reply reply = DecodePortraitReply(
      R"({"UserProfileItem":[)"
      R"({"To_Account":"alice","ProfileItem":[],"ResultCode":0,"ResultInfo":""},)"
      R"({"To_Account":"ghost","ResultCode":40003,"ResultInfo":"Err_Profile_Invalid_Account"},)"
      R"({"To_Account":"gone","ResultCode":40003,"ResultInfo":"Err_Profile_Invalid_Account"}],)"
      R"("Fail_Account":["ghost"],"Invalid_Account":["gone","unlisted"],)"
      R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""})");
  EXPECT_EQ(reply.kind, Reply::Kind::kRefused);
  EXPECT_EQ(reply.fields.json,
            R"({"UserProfileItem":[)"
            R"({"To_Account":"alice","ProfileItem":[],"ResultCode":0,"ResultInfo":""},)"
            R"({"To_Account":"ghost","ResultCode":40003,)"
            R"("ResultInfo":"[40003]Err_Profile_Invalid_Account"},)"
            R"({"To_Account":"gone","ResultCode":40003,)"
            R"("ResultInfo":"[40003]Err_Profile_Invalid_Account"}],)"
            R"("Fail_Account":["ghost"],"Invalid_Account":["gone","unlisted"],)"
            R"("ActionStatus":"FAIL","ErrorCode":99999,"ErrorInfo":)"
            R"("账号:ghost,[40003]Err_Profile_Invalid_Account\n)"
            R"(账号:gone,[40003]Err_Profile_Invalid_Account\n","ErrorDisplay":""})");
  EXPECT_EQ(reply.fields.ErrorCode, kErrorPartial);
  EXPECT_EQ(reply.fields.SrcErrorInfo, "");
  ASSERT_EQ(reply.fields.UserProfileItem.size(), 3U);
  EXPECT_EQ(reply.fields.UserProfileItem[1].ResultInfo, "[40003]Err_Profile_Invalid_Account");
}

TEST(CodecTest, ConvertsFailedAccountsOfPortraitGetOnly) {
  const std::string body = R"({"ActionStatus":"OK","Fail_Account":["bob"]})";
  EXPECT_EQ(DecodeReply(body).kind, Reply::Kind::kOk);
  EXPECT_EQ(DecodePortraitReply(body).kind, Reply::Kind::kRefused);
}

TEST(CodecTest, TakesMembersOfAnotherTypeAsAbsent) {
  const Reply reply = DecodePortraitReply(
      R"({"ActionStatus":"OK","ErrorCode":"7","ErrorInfo":1,"UserProfileItem":[1,)"
      R"({"To_Account":2,"ProfileItem":[3,{"Tag":"T"},{"Tag":4,"Value":5}],"ResultCode":"x"}],)"
      R"("Fail_Account":[6],"Invalid_Account":{},"CurrentStandardSequence":"8","TinyId":9})");
  ASSERT_EQ(reply.kind, Reply::Kind::kOk);
  EXPECT_EQ(reply.fields.ErrorCode, 0);
  EXPECT_EQ(reply.fields.CurrentStandardSequence, std::nullopt);
  EXPECT_EQ(reply.TinyId, "");
  ASSERT_EQ(reply.fields.UserProfileItem.size(), 1U);
  EXPECT_EQ(reply.fields.UserProfileItem[0], (UserProfile{"", {{"", 5}}, 0, ""}));
}

TEST(CodecTest, SeesWhatIsNoAnswer) {
  for (const char* body :
       {"", "<html>", "[]", "{}", R"({"ActionStatus":1})", R"({"ActionStatus":)"}) {
    EXPECT_EQ(DecodeReply(body).kind, Reply::Kind::kMalformed) << body;
  }
  const std::string deep = R"({"ActionStatus":"OK","x":)" + std::string(10'000, '[');
  EXPECT_EQ(DecodeReply(deep).kind, Reply::Kind::kMalformed);
}

TEST(CodecTest, MarksItsOwnErrorsWithTheirCode) {
  const Error error = MakeLocalError(kErrorNetwork, "connecting: refused");
  EXPECT_EQ(error.ActionStatus, "FAIL");
  EXPECT_EQ(error.ErrorCode, -2);
  EXPECT_EQ(error.ErrorInfo, "connecting: refused[-2]");
  EXPECT_EQ(error.json,
            R"({"ActionStatus":"FAIL","ErrorCode":-2,"ErrorInfo":"connecting: refused[-2]"})");
}

}  // namespace
}  // namespace webim::internal
