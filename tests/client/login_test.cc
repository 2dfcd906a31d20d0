// login and logout as docs/protocol/wire-contract.md §§2.5, 3, 4, 6.2 and 6.8 have them.
#include <gtest/gtest.h>

#include "tests/client/support.h"

namespace webim::test {
namespace {

FakeHandler Login(std::string body) {
  return [body](const FakeRequest&) { return FakeAnswer{.body = body}; };
}

TEST(LoginTest, SendsTheUserSigOnceAndThenTheSession) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 2U);
  const FakeRequest& login = requests[0];
  EXPECT_EQ(login.Path(), "/v4/openim/login");
  EXPECT_EQ(login.body, R"({"State":"Online"})");
  EXPECT_EQ(login.Parameter("sdkappid"), "1400000001");
  EXPECT_EQ(login.Parameter("accounttype"), "1");
  EXPECT_EQ(login.Parameter("identifier"), "alice");
  EXPECT_EQ(login.Parameter("usersig"), "eJw*sig_");
  EXPECT_EQ(login.Parameter("contenttype"), "json");
  EXPECT_NE(login.Parameter("reqtime"), "");
  EXPECT_EQ(login.Parameter("a2"), "");
  EXPECT_EQ(login.host, "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(login.content_type, "application/json");
  const FakeRequest& self = requests[1];
  EXPECT_EQ(self.Path(), "/v4/profile/portrait_get");
  EXPECT_EQ(self.body, R"({"From_Account":"alice","To_Account":["alice"],)"
                       R"("TagList":["Tag_Profile_IM_Nick","Tag_Profile_IM_Image"]})");
  EXPECT_EQ(self.Parameter("tinyid"), "144115200000000017");
  EXPECT_EQ(self.Parameter("a2"), "a2secret");
  EXPECT_EQ(self.Parameter("usersig"), "");
}

TEST(LoginTest, AnswersTheNickAndTheImageOfTheProfile) {
  FakeServer server;
  Client client;
  const auto result = client.login(Alice(), {}, {.server = server.url()}).get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.answer->ActionStatus, "OK");
  EXPECT_EQ(result.answer->ErrorInfo, "login success");
  EXPECT_EQ(result.answer->identifierNick, "Alice");
  EXPECT_EQ(result.answer->headurl, std::nullopt);
  EXPECT_EQ(result.answer->json,
            R"({"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"login success",)"
            R"("identifierNick":"Alice","headurl":null})");
}

TEST(LoginTest, EncodesWhatGoesIntoTheAddress) {
  FakeServer server;
  Client client;
  LoginInfo info = Alice();
  info.identifier = "a&b c";
  info.userSig = "x+/=\r\n";
  ASSERT_TRUE(client.login(info, {}, {.server = server.url() + "/im/"}).get().ok());
  const FakeRequest login = server.requests()[0];
  EXPECT_EQ(login.Path(), "/im/v4/openim/login");
  EXPECT_EQ(login.Parameter("identifier"), "a%26b%20c");
  EXPECT_EQ(login.Parameter("usersig"), "x%2B%2F%3D%0D%0A");
}

TEST(LoginTest, RefusesWhatIsMissingBeforeAnyRequest) {
  FakeServer server;
  Client client;
  const auto code_of = [&](const LoginInfo& info) {
    return client.login(info, {}, {.server = server.url()}).get().error->ErrorCode;
  };
  EXPECT_EQ(code_of({}), kErrorNoLoginInfo);
  LoginInfo info = Alice();
  info.sdkAppID = 0;
  EXPECT_EQ(code_of(info), kErrorNoSdkAppId);
  info = Alice();
  info.accountType = 0;
  EXPECT_EQ(code_of(info), kErrorNoAccountType);
  info = Alice();
  info.userSig = "";
  EXPECT_EQ(code_of(info), kErrorNoUserSig);
  EXPECT_EQ(server.connections(), 0);
}

TEST(LoginTest, RefusesOptionsItCannotUse) {
  Client client;
  const auto error_of = [&](const LoginOptions& options) {
    return *client.login(Alice(), {}, options).get().error;
  };
  EXPECT_EQ(error_of({}).ErrorCode, kErrorOptions);
  EXPECT_EQ(error_of({.server = "im.example.com"}).ErrorCode, kErrorOptions);
  const Error no_file = error_of({.server = "https://127.0.0.1:1", .ca_file = "/does/not/exist"});
  EXPECT_EQ(no_file.ErrorCode, kErrorOptions);
  EXPECT_TRUE(no_file.ErrorInfo.starts_with("reading the trusted certificates"))
      << no_file.ErrorInfo;
}

TEST(LoginTest, OfNobodySucceedsWithoutARequest) {
  Client client;
  const auto login = client.login({.sdkAppID = 1400000001, .accountType = 1}, {}, {}).get();
  ASSERT_TRUE(login.ok());
  EXPECT_EQ(login.answer->ErrorInfo, "login success(no login state)");
  EXPECT_EQ(client.getProfilePortrait({{"alice"}, {kTagNick}}).get().error->ErrorCode,
            kErrorNotLoggedIn);
  EXPECT_TRUE(client.logout().get().ok());
}

TEST(LoginTest, HandsOnTheServersRefusal) {
  FakeServer server(Login(R"({"ActionStatus":"FAIL","ErrorCode":70009,"ErrorInfo":"wrong key"})"));
  Client client;
  const Error error = *client.login(Alice(), {}, {.server = server.url()}).get().error;
  EXPECT_EQ(error.ErrorCode, 70009);
  EXPECT_EQ(error.ErrorInfo, "wrong key");
  EXPECT_EQ(error.SrcErrorInfo, "wrong key");
  EXPECT_EQ(error.json.find(Alice().userSig), std::string::npos);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(LoginTest, NeedsBothPartsOfTheSession) {
  FakeServer no_id(Login(R"({"ActionStatus":"OK","ErrorCode":0,"A2Key":"k"})"));
  FakeServer no_key(Login(R"({"ActionStatus":"OK","ErrorCode":0,"TinyId":"1"})"));
  Client client;
  EXPECT_EQ(client.login(Alice(), {}, {.server = no_id.url()}).get().error->ErrorCode,
            kErrorNoTinyId);
  EXPECT_EQ(client.login(Alice(), {}, {.server = no_key.url()}).get().error->ErrorCode,
            kErrorNoA2Key);
}

TEST(LoginTest, FailsWhenTheOwnProfileCannotBeRead) {
  FakeServer server([](const FakeRequest& request) {
    FakeAnswer answer = AnswerPlainly(request);
    if (request.Path() == "/v4/profile/portrait_get") {
      answer.body = R"({"ActionStatus":"FAIL","ErrorCode":40006,"ErrorInfo":"storage"})";
    }
    return answer;
  });
  Client client;
  EXPECT_EQ(client.login(Alice(), {}, {.server = server.url()}).get().error->ErrorCode, 40006);
  EXPECT_EQ(client.getProfilePortrait({{"alice"}, {kTagNick}}).get().error->ErrorCode,
            kErrorNotLoggedIn);
}

TEST(LoginTest, KeepsTheSessionInUseWhenTheNextLoginFails) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_FALSE(client.login({}, {}, {}).get().ok());
  EXPECT_TRUE(client.getProfilePortrait({{"alice"}, {kTagNick}}).get().ok());
}

TEST(LogoutTest, EndsTheSession) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  ASSERT_TRUE(client.logout().get().ok());
  const FakeRequest logout = server.last_request();
  EXPECT_EQ(logout.Path(), "/v4/openim/longpollinglogout");
  EXPECT_EQ(logout.body, R"({"LongPollingId":null})");
  EXPECT_EQ(logout.Parameter("a2"), "a2secret");
  EXPECT_EQ(client.setProfilePortrait({{{kTagNick, "x"}}}).get().error->ErrorCode,
            kErrorNotLoggedIn);
}

TEST(LogoutTest, WithoutASessionSendsNothing) {
  Client client;
  const auto result = client.logout().get();
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result.answer->ActionStatus, "OK");
}

TEST(LogoutTest, KeepsTheSessionWhenItFails) {
  FakeServer server([](const FakeRequest& request) {
    FakeAnswer answer = AnswerPlainly(request);
    answer.status = request.Path() == "/v4/openim/longpollinglogout" ? 503 : 200;
    return answer;
  });
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_EQ(client.logout().get().error->ErrorCode, kErrorNetwork);
  EXPECT_TRUE(client.getProfilePortrait({{"alice"}, {kTagNick}}).get().ok());
}

}  // namespace
}  // namespace webim::test
