#include "tests/fuzz/server.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "auth/usersig.h"
#include "tests/fuzz/input.h"
#include "tests/fuzz/rfc8259.h"

namespace fuzz {
namespace {

constexpr profile::AppId kApp = 1400000001;
constexpr const char* kKey = "the key of the fuzzed app";

std::string UserSigQuery(const std::string& identifier, std::int64_t now_ms) {
  return "sdkappid=1400000001&identifier=" + identifier + "&usersig=" +
         auth::MakeUserSig({identifier, kApp, now_ms / 1000, 86400, std::nullopt}, kKey);
}

std::string Member(std::string_view json, std::string_view name) {
  base::JsonParser parser;
  auto root = parser.Parse(json);
  Expect(root.has_value(), "the answer to a login");
  return std::string(root->Find(name).String());
}

}  // namespace

Server::Server() {
  auto app = std::make_unique<auth::App>(kApp);
  app->SetTrust({{kKey}, {"administrator"}});
  app->SetCustomFields({{.key = "Team"}});
  Expect(apps_.Add(std::move(app)), "one app");
  store_.Watch([this](const store::Event& event) { hub_.OnEvent(event); });
  api::Services services{store_, apps_, clock_, hub_, limits_, api::Display::kEnglish, sockets_};
  pipeline_ = std::make_unique<api::Pipeline>(services, std::vector<std::string>(), metrics_);
  queries_[0] = UserSigQuery("administrator", clock_.NowMs());
  queries_[1] = UserSigQuery("alice", clock_.NowMs());
  for (const std::string& query : {queries_[0], queries_[1], UserSigQuery("bob", clock_.NowMs())}) {
    auto answer = Ask("POST", "/v4/openim/login?" + query, R"({"State":"Online"})");
    Expect(answer && CheckAnswer(answer->body) == 0, "everyone may log in");
    queries_[2] = "sdkappid=1400000001&tinyid=" + Member(answer->body, "TinyId") +
                  "&a2=" + Member(answer->body, "A2Key");
  }
}

std::optional<api::HttpAnswer> Server::Ask(std::string_view method, std::string_view target,
                                           std::string_view body) {
  auto answer = std::make_shared<std::optional<api::HttpAnswer>>();
  api::HttpCall call;
  call.method = method;
  call.target = target;
  call.body = body;
  call.client_ip = "192.0.2.1";
  auto serve =
      [answer](boost::asio::awaitable<api::HttpAnswer> serving) -> boost::asio::awaitable<void> {
    *answer = co_await std::move(serving);
  };
  boost::asio::co_spawn(context_, serve(base::Wait(api::ServeHttp(*pipeline_, std::move(call)))),
                        boost::asio::detached);
  context_.restart();
  context_.poll();
  return *answer;
}

std::vector<std::string> Server::Tell(const std::string& message, bool compresses) {
  std::vector<std::string> sent;
  auto front = std::make_shared<api::SocketFront>(
      *pipeline_, "192.0.2.1", compresses,
      api::SocketFront::Wire{[&sent](std::string text) { sent.push_back(std::move(text)); },
                             [](std::uint16_t) {}, context_.get_executor()});
  auto serve = [front](std::string text) -> boost::asio::awaitable<void> {
    co_await front->OnMessage(std::move(text));
  };
  boost::asio::co_spawn(context_, serve(message), boost::asio::detached);
  context_.restart();
  context_.poll();
  front->OnClose();
  context_.poll();
  return sent;
}

Server& FreshServer() {
  constexpr int kInputs = 2000;
  static std::unique_ptr<Server> server;
  static int inputs = 0;
  if (server == nullptr || ++inputs % kInputs == 0) {
    server.reset();
    server = std::make_unique<Server>();
  }
  return *server;
}

std::int64_t CheckAnswer(std::string_view text) {
  Expect(IsRfc8259(text), "an answer is JSON");
  base::JsonParser parser;
  auto root = parser.Parse(text);
  Expect(root && root->Is(base::JsonValue::Type::kObject), "an object");
  auto status = root->Find("ActionStatus");
  auto code = root->Find("ErrorCode");
  Expect(status.Is(base::JsonValue::Type::kString) && code.Is(base::JsonValue::Type::kInteger),
         "with a status and a code");
  Expect((status.String() == "OK") == (code.Integer() == 0), "that agree");
  Expect(code.Integer() != 70500, "none of which is our own fault");
  return code.Integer();
}

}  // namespace fuzz
