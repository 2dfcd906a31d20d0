#include "tests/sim/server.h"

#include <boost/asio/co_spawn.hpp>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "api/front_http.h"
#include "app/config.h"
#include "auth/sessions.h"
#include "store/memory_store.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kChangeLogMs = 7ll * 24 * 3600 * 1000;

app::AppConfig ToConfig(const AppSpec& spec) {
  app::AppConfig config;
  config.sdkappid = spec.sdkappid;
  config.secret_keys = {spec.secret_key};
  config.admins = {spec.admin};
  config.auto_create_on_login = spec.auto_create;
  config.location_max_bytes = spec.location_max_bytes;
  config.max_web_instances = spec.max_web_instances;
  if (spec.pushes_changed) config.profile_push_list = profile::PushList::kChanged;
  if (spec.user_writes_forbid_type) {
    config.standard_write_overrides = {{"Tag_Profile_IM_AdminForbidType", profile::Roles::All()}};
  }
  for (const CustomSpec& custom : spec.custom) {
    profile::CustomField field;
    field.key = custom.key;
    field.readers = profile::Roles(custom.user_reads, custom.admin_reads);
    field.writers = profile::Roles(custom.user_writes, custom.admin_writes);
    config.custom_profile_fields.push_back(field);
  }
  return config;
}

[[noreturn]] void Die(const std::string& why) {
  std::cerr << "the simulation cannot run: " << why << '\n';
  std::abort();
}

}  // namespace

Server::Server(const std::vector<AppSpec>& apps, const HandClock& clock, OpenStore open_store)
    : clock_(clock), open_store_(std::move(open_store)) {
  for (const AppSpec& spec : apps) {
    auto app = app::MakeApp(ToConfig(spec));
    if (!app) Die(app.error().detail);
    if (!apps_.Add(*std::move(app))) Die("an app is declared twice");
  }
  Open();
}

Server::~Server() {
  hub_->Stop();
  if (store_) Settle();
}

void Server::Open() {
  metrics_ = std::make_unique<base::Metrics>();
  hub_ = std::make_unique<notify::Hub>();
  if (!store_) {
    store_ = std::make_unique<CountingStore>(open_store_ ? open_store_()
                                                         : std::make_unique<store::MemoryStore>());
    store_->Watch([this](const store::Event& event) { hub_->OnEvent(event); });
  }
  api::Services services{*store_, apps_, clock_, *hub_, limits_, api::Display::kNone, sockets_};
  pipeline_ = std::make_unique<api::Pipeline>(services, std::vector<std::string>(), *metrics_);
}

bool Server::Stop() {
  hub_->Stop();
  Settle();
  if (unanswered_ > 0) return false;
  pipeline_.reset();
  if (open_store_) store_.reset();
  return true;
}

std::size_t Server::Start(const std::string& target, const std::string& body) {
  std::size_t number = ++last_number_;
  ++unanswered_;
  auto serve = [this, number, target, body]() -> boost::asio::awaitable<void> {
    api::HttpCall call;
    call.method = "POST";
    call.target = target;
    call.body = body;
    call.client_ip = "192.0.2.1";
    api::HttpAnswer answer = co_await base::Wait(api::ServeHttp(*pipeline_, std::move(call)));
    answers_[number] = answer.status == 200 ? answer.body : std::to_string(answer.status);
    --unanswered_;
  };
  boost::asio::co_spawn(context_, std::move(serve), [](const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  });
  return number;
}

std::optional<std::string> Server::TakeAnswer(std::size_t number) {
  auto found = answers_.find(number);
  if (found == answers_.end()) return std::nullopt;
  std::string answer = std::move(found->second);
  answers_.erase(found);
  return answer;
}

bool Server::RunUntilAnswered(std::size_t number) {
  auto deadline = std::chrono::steady_clock::now() + 10s;
  while (!answers_.contains(number)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    context_.run_one_for(1s);
  }
  return true;
}

void Server::Settle() {
  for (;;) {
    bool is_quiet = store_->UnderWay() == 0;  // before looking: a callback posts, then it ends
    if (context_.poll() == 0 && is_quiet) return;
    if (!is_quiet) context_.run_one_for(1ms);
  }
}

void Server::Sweep() {
  std::int64_t now_ms = clock_.NowMs();
  store_->Sweep(now_ms - auth::kSessionIdleMs - auth::kSessionRenewMs, now_ms - kChangeLogMs,
                [](base::Result<store::Store::Swept> swept) {
                  if (!swept) Die("the sweep failed");
                });
  Settle();
}

}  // namespace sim
