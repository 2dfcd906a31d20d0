// Connections: what counts as no answer, keeping, repeating, bounds.
#include <gtest/gtest.h>

#include "tests/client/support.h"

namespace webim::test {
namespace {

using Act = FakeAnswer::Act;

// Answers logins plainly and the set, get or logout made afterwards as told.
FakeHandler AfterLogin(FakeAnswer answer) {
  return [answer, answers = 0](const FakeRequest& request) mutable {
    return ++answers <= 2 ? AnswerPlainly(request) : answer;
  };
}

const SetProfilePortraitOptions kNick{{{kTagNick, "x"}}};

// The error of a set that is answered so, with a time limit nothing else reaches.
Error SetAnswered(FakeAnswer answer, const RuntimeOptions& limits = RuntimeOptions{}) {
  FakeServer server(AfterLogin(std::move(answer)));
  Client client{Runtime(limits)};
  LogIn(client, {.server = server.url()});
  return client.setProfilePortrait(kNick).get().error.value_or(Error{});
}

TEST(TransportTest, TakesStatus200Only) {
  EXPECT_EQ(SetAnswered({.status = 503}).ErrorInfo, "HTTP status 503[-2]");
  EXPECT_EQ(SetAnswered({.status = 201}).ErrorInfo, "HTTP status 201[-2]");
  EXPECT_EQ(SetAnswered({.status = 302}).ErrorCode, kErrorNetwork);
}

TEST(TransportTest, TakesAnswersOfTheProtocolOnly) {
  for (const char* body : {"", "<html>", "[]", "{}"}) {
    EXPECT_EQ(SetAnswered({.body = body}).ErrorInfo, "the answer is not JSON of this protocol[-2]");
  }
}

TEST(TransportTest, TakesNoAnswerThatIsTooLong) {
  const FakeAnswer big{.body = R"({"ActionStatus":"OK","x":")" + std::string(2000, 'x') + "\"}"};
  EXPECT_EQ(SetAnswered(big, {.max_answer_bytes = 1000}).ErrorCode, kErrorNetwork);
  EXPECT_EQ(SetAnswered(big, {.max_answer_bytes = 3000}).ErrorCode, 0);
}

TEST(TransportTest, TakesNoAnswerThatIsCutOff) {
  EXPECT_EQ(SetAnswered({.act = Act::kCutOff}).ErrorCode, kErrorNetwork);
}

TEST(TransportTest, SaysWhenTheServerIsNotThere) {
  std::string url;
  {
    FakeServer server;
    url = server.url();
  }
  Client client;
  const Error error = *client.login(Alice(), {}, {.server = url}).get().error;
  EXPECT_EQ(error.ErrorInfo, "connecting: Connection refused[-2]");
}

TEST(TransportTest, SaysWhenTheHostHasNoAddress) {
  Client client;
  // A label of 64 bytes cannot be asked for: the resolver says so without asking anyone.
  const std::string url = "http://" + std::string(64, 'a') + ".invalid";
  const Error error = *client.login(Alice(), {}, {.server = url}).get().error;
  EXPECT_EQ(error.ErrorCode, kErrorNetwork);
  EXPECT_TRUE(error.ErrorInfo.starts_with("looking up the server: ")) << error.ErrorInfo;
}

TEST(TransportTest, GivesUpWhenTheTimeIsOverAndHangsUp) {
  FakeServer server(AfterLogin({.act = Act::kStaySilent}));
  Client client;
  LogIn(client, {.server = server.url()});
  Client hurried;
  const auto result = hurried.login(Alice(), {}, {.server = server.url(), .timeout_ms = 50}).get();
  EXPECT_EQ(result.error->ErrorInfo, "no answer within 50 ms[-2]");
  server.AwaitClosed(1);
}

TEST(TransportTest, CountsTheWaitForAConnectionIntoTheTime) {
  FakeServer server(AfterLogin({.act = Act::kHold}));
  const Runtime one_connection({.max_connections = 1});
  Client patient{one_connection};
  LogIn(patient, {.server = server.url()});
  auto held = patient.setProfilePortrait(kNick);
  server.AwaitRequests(3);
  Client hurried{one_connection};
  const auto late = hurried.login(Alice(), {}, {.server = server.url(), .timeout_ms = 50}).get();
  EXPECT_EQ(late.error->ErrorInfo, "no answer within 50 ms[-2]");
  server.Release();
  EXPECT_TRUE(held.get().ok());
  EXPECT_TRUE(patient.setProfilePortrait(kNick).get().ok());
  EXPECT_EQ(server.requests().size(), 4U);
}

TEST(TransportTest, KeepsItsConnection) {
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(client.setProfilePortrait(kNick).get().ok());
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(TransportTest, SharesConnectionsBetweenTheClientsOfARuntime) {
  FakeServer server;
  const Runtime runtime;
  for (int i = 0; i < 3; ++i) {
    Client client{runtime};
    LogIn(client, {.server = server.url()});
  }
  EXPECT_EQ(server.connections(), 1);
}

TEST(TransportTest, ClosesAConnectionThatRestsTooLong) {
  FakeServer server;
  Client client{Runtime({.idle_timeout_ms = 20})};
  LogIn(client, {.server = server.url()});
  server.AwaitClosed(1);
}

TEST(TransportTest, OpensAnotherConnectionWhenToldTheLastOneCloses) {
  FakeServer server([](const FakeRequest& request) {
    FakeAnswer answer = AnswerPlainly(request);
    answer.announce_close = true;
    return answer;
  });
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, SeesThatTheServerClosedAKeptConnectionAndSendsOnlyOnce) {
  FakeServer server([](const FakeRequest& request) {
    FakeAnswer answer = AnswerPlainly(request);
    answer.act = Act::kAnswerAndClose;
    return answer;
  });
  Client client;
  LogIn(client, {.server = server.url()});
  server.AwaitClosed(2);
  EXPECT_TRUE(client.logout().get().ok());
  EXPECT_EQ(server.requests().size(), 3U);
  EXPECT_EQ(server.connections(), 3);
}

// Drops whatever comes after the login on its connection; answers on any other.
FakeAnswer DropOnFirstConnection(const FakeRequest& request) {
  FakeAnswer answer = AnswerPlainly(request);
  const bool login = request.Parameter("a2").empty() ||
                     request.body.find("Tag_Profile_IM_Image") != std::string::npos;
  if (request.connection == 1 && !login) {
    answer.act = Act::kDrop;
  }
  return answer;
}

TEST(TransportTest, RepeatsASetOnceWhenAKeptConnectionBreaksUnanswered) {
  FakeServer server(DropOnFirstConnection);
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_TRUE(client.setProfilePortrait(kNick).get().ok());
  const auto requests = server.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[2].body, requests[3].body);
  EXPECT_EQ(requests[3].connection, 2);
}

TEST(TransportTest, DoesNotRepeatALogout) {
  FakeServer server(DropOnFirstConnection);
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_EQ(client.logout().get().error->ErrorCode, kErrorNetwork);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(TransportTest, DoesNotRepeatWhatHadPartOfAnAnswer) {
  FakeServer server(AfterLogin({.act = Act::kCutOff}));
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_EQ(client.setProfilePortrait(kNick).get().error->ErrorCode, kErrorNetwork);
  EXPECT_EQ(server.requests().size(), 3U);
}

TEST(TransportTest, RepeatsOnlyOnce) {
  FakeServer server(AfterLogin({.act = Act::kDrop}));
  Client client;
  LogIn(client, {.server = server.url()});
  EXPECT_EQ(client.setProfilePortrait(kNick).get().error->ErrorCode, kErrorNetwork);
  EXPECT_EQ(server.requests().size(), 4U);
  EXPECT_EQ(client.setProfilePortrait(kNick).get().error->ErrorCode, kErrorNetwork);
  EXPECT_EQ(server.requests().size(), 5U) << "a new connection that breaks is no reason to repeat";
}

TEST(TransportTest, OpensNoMoreConnectionsThanAllowed) {
  FakeServer server(AfterLogin({.act = Act::kHold}));
  Client client{Runtime({.max_connections = 2})};
  LogIn(client, {.server = server.url()});
  std::vector<std::future<Result<Answer>>> sets;
  for (int i = 0; i < 8; ++i) {
    sets.push_back(client.setProfilePortrait(kNick));
  }
  server.AwaitRequests(4);
  server.Release();
  for (auto& set : sets) {
    EXPECT_TRUE(set.get().ok());
  }
  EXPECT_EQ(server.requests().size(), 10U);
  EXPECT_EQ(server.connections(), 2);
}

TEST(TransportTest, RefusesCallsBeyondItsBoundAndTakesThemAgainLater) {
  FakeServer server(AfterLogin({.act = Act::kHold}));
  Client client{Runtime({.max_pending = 2})};
  LogIn(client, {.server = server.url()});
  auto first = client.setProfilePortrait(kNick);
  auto second = client.setProfilePortrait(kNick);
  EXPECT_EQ(client.setProfilePortrait(kNick).get().error->ErrorCode, kErrorBusy);
  EXPECT_EQ(client.logout().get().error->ErrorCode, kErrorBusy);
  server.Release();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_TRUE(client.setProfilePortrait(kNick).get().ok());
}

}  // namespace
}  // namespace webim::test
