// https: whom the client trusts, and from which version on.
#include <gtest/gtest.h>

#include "tests/client/support.h"

namespace webim::test {
namespace {

class TlsTest : public testing::Test {
 protected:
  Result<LoginAnswer> LoginAt(const FakeServer& server, const LoginOptions& options,
                              const std::string& host = "127.0.0.1") {
    LoginOptions with_server = options;
    with_server.server = "https://" + host + ":" + std::to_string(server.port());
    return client_.login(Alice(), {}, with_server).get();
  }

  const Identity identity_ = MakeIdentity("IP:127.0.0.1,DNS:localhost");
  TempFolder folder_;
  const std::string ca_file_ = folder_.Write("ca.pem", identity_.certificate);
  Client client_;
};

TEST_F(TlsTest, TrustsTheGivenAuthorityByAddressAndByName) {
  FakeServer server(AnswerPlainly, {.identity = &identity_});
  EXPECT_TRUE(LoginAt(server, {.ca_file = ca_file_}).ok());
  EXPECT_TRUE(LoginAt(server, {.ca_file = ca_file_}, "localhost").ok());
  EXPECT_TRUE(client_.setProfilePortrait({{{kTagNick, "x"}}}).get().ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(TlsTest, TrustsNobodyElse) {
  FakeServer server(AnswerPlainly, {.identity = &identity_});
  const auto result = LoginAt(server, {});
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error->ErrorCode, kErrorNetwork);
  EXPECT_NE(result.error->ErrorInfo.find("certificate verify failed"), std::string::npos)
      << result.error->ErrorInfo;
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, RefusesACertificateForAnotherHost) {
  const Identity other = MakeIdentity("DNS:im.example.com,IP:127.0.0.2");
  FakeServer server(AnswerPlainly, {.identity = &other});
  const std::string other_file = folder_.Write("other.pem", other.certificate);
  EXPECT_EQ(LoginAt(server, {.ca_file = other_file}).error->ErrorCode, kErrorNetwork);
  EXPECT_EQ(LoginAt(server, {.ca_file = other_file}, "localhost").error->ErrorCode, kErrorNetwork);
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, ChecksNothingWhenToldSo) {
  const Identity other = MakeIdentity("DNS:im.example.com");
  FakeServer server(AnswerPlainly, {.identity = &other});
  EXPECT_TRUE(LoginAt(server, {.verify_peer = false}).ok());
}

TEST_F(TlsTest, DoesNotLendAnUncheckedConnectionToACheckingClient) {
  const Identity other = MakeIdentity("DNS:im.example.com");
  FakeServer server(AnswerPlainly, {.identity = &other});
  const Runtime runtime;
  const std::string url = server.url();
  Client careless{runtime};
  EXPECT_TRUE(careless.login(Alice(), {}, {.server = url, .verify_peer = false}).get().ok());
  Client careful{runtime};
  EXPECT_FALSE(careful.login(Alice(), {}, {.server = url, .ca_file = ca_file_}).get().ok());
}

TEST_F(TlsTest, SpeaksNothingOlderThanTls12) {
  FakeServer server(AnswerPlainly, {.identity = &identity_, .only_tls_1_1 = true});
  const auto result = LoginAt(server, {.verify_peer = false});
  ASSERT_FALSE(result.ok());
  EXPECT_TRUE(result.error->ErrorInfo.starts_with("TLS handshake: ")) << result.error->ErrorInfo;
}

TEST_F(TlsTest, FailsAgainstAPlainServer) {
  FakeServer server;
  const auto result = LoginAt(server, {.timeout_ms = 2'000, .ca_file = ca_file_});
  EXPECT_EQ(result.error->ErrorCode, kErrorNetwork);
}

TEST_F(TlsTest, RepeatsOnAFreshConnectionAsWithoutTls) {
  FakeServer server(
      [](const FakeRequest& request) {
        FakeAnswer answer = AnswerPlainly(request);
        answer.act = FakeAnswer::Act::kAnswerAndClose;
        return answer;
      },
      {.identity = &identity_});
  EXPECT_TRUE(LoginAt(server, {.ca_file = ca_file_}).ok());
  EXPECT_EQ(server.connections(), 2);
}

}  // namespace
}  // namespace webim::test
