// Threads, callbacks and destruction, as webim/client.h promises them.
#include <gtest/gtest.h>

#include <atomic>
#include <deque>
#include <latch>
#include <memory>
#include <optional>
#include <thread>

#include "tests/client/support.h"

namespace webim::test {
namespace {

const SetProfilePortraitOptions kNick{{{kTagNick, "x"}}};
const GetProfilePortraitOptions kWhoIsAlice{{"alice"}, {kTagNick}};

// Logs in plainly; all else is held until released, or as told.
FakeHandler HoldAfterLogin(FakeAnswer::Act act = FakeAnswer::Act::kHold) {
  return [act, answers = 0](const FakeRequest& request) mutable {
    FakeAnswer answer = AnswerPlainly(request);
    answer.act = ++answers <= 2 ? FakeAnswer::Act::kAnswer : act;
    return answer;
  };
}

TEST(LifetimeTest, CallbacksRunOnOneThreadThatIsNotTheCallers) {
  FakeServer server;
  const Runtime runtime;
  Client first{runtime};
  Client second{runtime};
  std::promise<std::thread::id> in_first;
  std::promise<std::thread::id> in_second;
  first.login(Alice(), {}, {.server = server.url()},
              [&](const LoginAnswer&) { in_first.set_value(std::this_thread::get_id()); });
  second.setProfilePortrait(kNick, nullptr,
                            [&](const Error&) { in_second.set_value(std::this_thread::get_id()); });
  const std::thread::id thread = in_first.get_future().get();
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_EQ(thread, in_second.get_future().get());
}

TEST(LifetimeTest, ACallbackMayMakeTheNextCall) {
  FakeServer server;
  Client client;
  std::promise<std::string> nick;
  const ErrorCallback fail = [&](const Error& error) { nick.set_value(error.ErrorInfo); };
  client.login(
      Alice(), {}, {.server = server.url()},
      [&](const LoginAnswer&) {
        client.setProfilePortrait(
            kNick,
            [&](const Answer&) {
              client.getProfilePortrait(
                  kWhoIsAlice,
                  [&](const PortraitAnswer& answer) {
                    nick.set_value(answer.UserProfileItem[0].Find(kTagNick)->ToString());
                  },
                  fail);
            },
            fail);
      },
      fail);
  EXPECT_EQ(nick.get_future().get(), "Alice");
}

TEST(LifetimeTest, EmptyCallbacksAreLeftOut) {
  FakeServer server;
  Client client;
  client.setProfilePortrait(kNick, nullptr);
  client.login(Alice(), {}, {.server = server.url()}, nullptr);
  client.logout(nullptr);
  EXPECT_TRUE(client.logout().get().ok());
}

TEST(LifetimeTest, DestructionEndsWhatIsUnderWayBeforeItReturns) {
  FakeServer server(HoldAfterLogin(FakeAnswer::Act::kStaySilent));
  std::atomic<int> ended = 0;
  {
    Client client{Runtime({.max_connections = 1})};
    LogIn(client, {.server = server.url()});
    for (int i = 0; i < 3; ++i) {  // one under way, two waiting for its connection
      client.setProfilePortrait(
          kNick, [](const Answer&) { ADD_FAILURE() << "no answer was given"; },
          [&](const Error& error) {
            EXPECT_EQ(error.ErrorInfo, "the client was destroyed[-2]");
            ++ended;
          });
    }
    server.AwaitRequests(3);
  }
  EXPECT_EQ(ended, 3);
  server.AwaitClosed(1);
}

TEST(LifetimeTest, DestructionLeavesOtherClientsOfTheRuntimeAlone) {
  FakeServer server(HoldAfterLogin());
  const Runtime runtime;
  Client stays{runtime};
  LogIn(stays, {.server = server.url()});
  auto held = stays.setProfilePortrait(kNick);
  server.AwaitRequests(3);
  {
    Client goes{runtime};
    EXPECT_FALSE(goes.setProfilePortrait(kNick).get().ok());
  }
  server.Release();
  EXPECT_TRUE(held.get().ok());
}

TEST(LifetimeTest, AClientMayBeDestroyedInItsOwnCallback) {
  FakeServer server(HoldAfterLogin());
  auto client = std::make_unique<Client>();
  LogIn(*client, {.server = server.url()});
  std::atomic<int> ended = 0;
  std::promise<int> ended_in_destructor;
  client->setProfilePortrait(kNick, nullptr, [&](const Error&) { ++ended; });
  server.AwaitRequests(3);
  client->login({}, {}, {}, nullptr, [&](const Error&) {
    client.reset();
    ended_in_destructor.set_value(ended);
  });
  EXPECT_EQ(ended_in_destructor.get_future().get(), 1);
}

TEST(LifetimeTest, AClientMayDieWithTheLastCopyOfItsCallback) {
  FakeServer server;
  std::promise<void> answered;
  {
    auto client = std::make_shared<Client>();
    client->login(Alice(), {}, {.server = server.url()},
                  [client, &answered](const LoginAnswer&) { answered.set_value(); });
  }
  answered.get_future().get();
}

TEST(LifetimeTest, ACallMadeWhileItsClientIsDestroyedIsDropped) {
  FakeServer server(HoldAfterLogin());
  std::future<Result<Answer>> dropped;
  std::atomic<int> callbacks = 0;
  {
    Client client;
    LogIn(client, {.server = server.url()});
    const auto count = [&](const auto&) { ++callbacks; };
    client.setProfilePortrait(kNick, count, [&](const Error&) {
      ++callbacks;
      client.setProfilePortrait(kNick, count, count);
      dropped = client.setProfilePortrait(kNick);
    });
    server.AwaitRequests(3);
  }
  EXPECT_EQ(callbacks, 1);
  EXPECT_EQ(dropped.get().error->ErrorCode, kErrorNetwork);
}

TEST(LifetimeTest, ARuntimeLivesAsLongAsItsClients) {
  FakeServer server;
  std::optional<Client> client;
  {
    const Runtime runtime;
    client.emplace(runtime);
  }
  LogIn(*client, {.server = server.url()});
}

TEST(LifetimeTest, ManyThreadsMayUseOneClient) {
  constexpr int kThreads = 16;
  constexpr int kCalls = 50;
  FakeServer server;
  Client client;
  LogIn(client, {.server = server.url()});
  std::latch answered(kThreads * kCalls * 2);
  std::atomic<int> ok = 0;
  std::vector<std::jthread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      const auto count = [&](const auto& answer) {
        ok += answer.ActionStatus == "OK" ? 1 : 0;
        answered.count_down();
      };
      for (int i = 0; i < kCalls; ++i) {
        client.setProfilePortrait(kNick, count, count);
        client.getProfilePortrait(kWhoIsAlice, count, count);
      }
    });
  }
  answered.wait();
  EXPECT_EQ(ok, kThreads * kCalls * 2);
  EXPECT_LE(server.connections(), 16);
}

TEST(LifetimeTest, ManyClientsMayShareARuntimeFromManyThreads) {
  constexpr int kThreads = 8;
  constexpr int kClients = 25;
  FakeServer server;
  const Runtime runtime({.max_connections = 4});
  std::atomic<int> ok = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&] {
        std::deque<Client> clients;
        for (int i = 0; i < kClients; ++i) {
          Client& client = clients.emplace_back(runtime);
          ok += client.login(Alice(), {}, {.server = server.url()}).get().ok() ? 1 : 0;
          ok += client.setProfilePortrait(kNick).get().ok() ? 1 : 0;
          client.getProfilePortrait(kWhoIsAlice, nullptr);  // may be cut short: clients go now
        }
      });
    }
  }
  EXPECT_EQ(ok, kThreads * kClients * 2);
  EXPECT_LE(server.connections(), 4 + kThreads * kClients)
      << "a cut-short call costs its connection";
}

}  // namespace
}  // namespace webim::test
