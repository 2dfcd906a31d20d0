#include "bench/micro/requests.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdio>
#include <cstdlib>
#include <future>

#include "auth/sessions.h"
#include "auth/usersig.h"
#include "profile/fields.h"
#include "store/memory_store.h"

namespace bench {
namespace {

constexpr const char* kAdmin = "administrator";
constexpr const char* kSecretKey = "a key of some length, as the console would show it, for this";

void Expect(bool is_so, const char* what) {
  if (is_so) return;
  std::fprintf(stderr, "bench_micro: %s\n", what);
  std::exit(1);
}

profile::AccountId Id(const std::string& name) { return *profile::AccountId::Parse(name); }

// Ten fields with values as long as those bench/run loads.
store::Update MakeRecord(const store::UpdateContext& context) {
  store::Update update;
  profile::RecordDraft draft;
  draft.header.tiny_id = context.fresh_tiny_id;
  for (const profile::Field& field : profile::StandardFields()) {
    if (draft.fields.size() == 10) break;
    bool is_number = field.kind == profile::ValueKind::kUint32;
    bool is_enum = field.kind == profile::ValueKind::kEnum;
    std::string text = is_enum ? std::string(field.choices.back()) : std::string(40, 'v');
    draft.fields[field.record_key] = is_number ? "19900101" : '"' + text + '"';
  }
  update.record = std::move(draft);
  return update;
}

void Add(store::Store& store, const std::string& name) {
  std::promise<bool> done;
  store.UpdateAccount(
      kApp, Id(name),
      [](const profile::Record*, const store::UpdateContext& context)
          -> base::Result<store::Update> { return MakeRecord(context); },
      [&done](base::Result<store::Updated> updated) { done.set_value(updated.has_value()); });
  Expect(done.get_future().get(), "an account could not be stored");
}

}  // namespace

std::string AccountName(std::size_t i) {
  std::string digits = std::to_string(i);
  return 'u' + std::string(8 - digits.size(), '0') + digits;
}

std::string GetBody(std::size_t accounts) {
  std::string body = R"({"From_Account":")" + AccountName(0) + R"(","To_Account":[)";
  for (std::size_t i = 0; i < accounts; ++i) {
    body += (i > 0 ? ",\"" : "\"") + AccountName(i) + '"';
  }
  body += R"(],"TagList":[)";
  const char* separator = "\"";
  for (const char* name : {"Nick", "Gender", "AllowType", "Image", "SelfSignature", "BirthDay"}) {
    body += std::string(separator) + "Tag_Profile_IM_" + name + '"';
    separator = ",\"";
  }
  return body + "]}";
}

std::string GetRequest(const std::string& target, const std::string& body) {
  return "POST " + target +
         " HTTP/1.1\r\nHost: localhost\r\n"
         "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
         "Chrome/120.0.0.0 Safari/537.36\r\nAccept: */*\r\nAccept-Language: zh-CN\r\n"
         "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

void Fill(store::Store& store) {
  for (std::size_t i = 0; i < kAccounts; ++i) Add(store, AccountName(i));
}

struct Api::Parts {
  base::SystemClock clock;
  base::Metrics metrics;
  auth::Apps apps;
  notify::Hub hub;
  api::Limits limits{auth::RateLimit(1000000000, 1000), auth::RateLimit(20, 60000)};
  api::SocketOptions sockets;
  store::MemoryStore store;
  std::unique_ptr<api::Pipeline> pipeline;
  boost::asio::io_context context{1};
  std::string session, usersig;
};

Api::Api() : parts_(std::make_unique<Parts>()) {
  auto app = std::make_unique<auth::App>(kApp);
  app->SetTrust({{kSecretKey}, {kAdmin}});
  app->max_requests_per_s = 1000000000;
  app->SetCustomFields({});
  Expect(parts_->apps.Add(std::move(app)), "the app could not be added");
  Fill(parts_->store);
  Add(parts_->store, kAdmin);
  api::Services services{parts_->store,  parts_->apps,        parts_->clock,  parts_->hub,
                         parts_->limits, api::Display::kNone, parts_->sockets};
  parts_->pipeline =
      std::make_unique<api::Pipeline>(services, std::vector<std::string>(), parts_->metrics);

  auto credentials = [this](const std::string& who) {
    auth::UserSigClaims claims{who, kApp, parts_->clock.NowMs() / 1000, 86400, {}};
    return "identifier=" + who + "&usersig=" + auth::MakeUserSig(claims, kSecretKey);
  };
  std::string query = "?sdkappid=" + std::to_string(kApp) + "&contenttype=json&";
  std::string login =
      Answer("/v4/openim/login" + query + credentials(AccountName(0)), R"({"State":"Online"})");
  auto value = [&login](const std::string& key) {
    std::size_t at = login.find('"' + key + "\":\"");
    Expect(at != std::string::npos, login.c_str());
    at += key.size() + 4;
    return login.substr(at, login.find('"', at) - at);
  };
  parts_->session = query + "tinyid=" + value("TinyId") + "&a2=" + value("A2Key");
  parts_->usersig = query + credentials(kAdmin);
}

Api::~Api() = default;

std::string Api::SessionTarget() const { return "/v4/profile/portrait_get" + parts_->session; }
std::string Api::UserSigTarget() const { return "/v4/profile/portrait_get" + parts_->usersig; }

std::string Api::Answer(const std::string& target, const std::string& body) {
  api::HttpCall call{.method = "POST", .target = target, .body = body, .client_ip = "127.0.0.1"};
  std::string answer;
  boost::asio::co_spawn(
      parts_->context, base::Wait(api::ServeHttp(*parts_->pipeline, std::move(call))),
      [&answer](const std::exception_ptr&, api::HttpAnswer got) { answer = std::move(got.body); });
  parts_->context.restart();
  parts_->context.run();
  return answer;
}

}  // namespace bench
