#include <gtest/gtest.h>

#include <set>

#include "api/commands.h"
#include "api/errors.h"
#include "api/front_http.h"
#include "api/query.h"

namespace api {
namespace {

TEST(Query, DecodesNamesAndValues) {
  auto query = Query::Parse("a=1&b=%E6%9D%8E+x%2A&empty=&flag&a=2&&%63=d");
  ASSERT_TRUE(query);
  EXPECT_EQ(query->Find("a"), "1");
  EXPECT_EQ(query->Find("b"), "李 x*");
  EXPECT_EQ(query->Find("empty"), "");
  EXPECT_EQ(query->Find("flag"), "");
  EXPECT_EQ(query->Find("c"), "d");
  EXPECT_EQ(query->Find("A"), std::nullopt);
}

TEST(Query, RefusesWhatCannotBeDecoded) {
  EXPECT_FALSE(Query::Parse("a=%"));
  EXPECT_FALSE(Query::Parse("a=%4"));
  EXPECT_FALSE(Query::Parse("a=%zz"));
  EXPECT_FALSE(Query::Parse("a=%ff"));
  std::string many;
  for (int i = 0; i < 65; ++i) many += "a=1&";
  EXPECT_FALSE(Query::Parse(many));
}

TEST(ApiPath, IsAnythingBelowV1ToV4) {
  for (const char* path : {"/v1/x", "/v4/profile/portrait_get", "/v4", "/v2/"})
    EXPECT_TRUE(IsApiPath(path));
  for (const char* path : {"/", "/v5/x", "/v0/x", "/v44/x", "/index.html", "/v"}) {
    EXPECT_FALSE(IsApiPath(path)) << path;
  }
}

TEST(Commands, AreEachFoundByTheirPath) {
  std::set<std::string_view> paths;
  for (const Command& command : Commands()) {
    const Command* through_http = FindCommand(command.path, Door::kHttp);
    const Command* through_socket = FindCommand(command.path, Door::kSocket);
    EXPECT_EQ(through_http, command.doors == Doors::kSocket ? nullptr : &command);
    EXPECT_EQ(through_socket, command.doors == Doors::kHttp ? nullptr : &command);
    EXPECT_TRUE(paths.insert(command.path).second) << command.path;
  }
  EXPECT_EQ(FindCommand("v4/profile/portrait_got", Door::kHttp), nullptr);
}

TEST(FailAnswer, NamesTheRuleAndEscapesIt) {
  EXPECT_EQ(
      FailAnswer({base::Code::kInvalidParameters, ""}, Envelope::kWithDisplay, Display::kNone),
      R"({"ActionStatus":"FAIL","ErrorCode":40001,)"
      R"("ErrorInfo":"Err_Profile_Comm_Decode_Fail","ErrorDisplay":""})");
  EXPECT_EQ(FailAnswer({base::Code::kInvalidTag, "\"x\""}, Envelope::kPlain, Display::kEnglish),
            R"({"ActionStatus":"FAIL","ErrorCode":40009,)"
            R"("ErrorInfo":"Err_Profile_Invalid_Tag: \"x\""})");
}

TEST(FailAnswer, SpeaksToPeopleInTheLanguageThatIsConfigured) {
  base::Error error{base::Code::kInvalidTag, ""};
  EXPECT_NE(FailAnswer(error, Envelope::kWithDisplay, Display::kEnglish)
                .find(R"("ErrorDisplay":"There is no such field.")"),
            std::string::npos);
  EXPECT_NE(FailAnswer(error, Envelope::kWithDisplay, Display::kChinese)
                .find(R"("ErrorDisplay":"资料字段不存在。")"),
            std::string::npos);
}

}  // namespace
}  // namespace api
