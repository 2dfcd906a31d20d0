#include "api/socket_session.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include "api/await.h"
#include "api/profiles.h"
#include "base/json_string.h"

namespace api {
namespace {

using namespace std::chrono_literals;
using notify::Wake;
using store::AccountId;

constexpr std::size_t kMaxWatched = 1000;
constexpr std::chrono::milliseconds kOwnProfileDelay = 2s;
constexpr std::chrono::milliseconds kKickedCloseDelay = 5s;
constexpr std::string_view kPush = "im_open_push.msg_push";

}  // namespace

SocketSession::SocketSession(Services& services, Wire wire)
    : services_(services), wire_(std::move(wire)) {}

SocketSession::~SocketSession() { SignOut(); }

std::uint32_t SocketSession::InstanceNumber(const store::SessionId& session) {
  std::uint32_t number = 0;
  std::memcpy(&number, session.data(), sizeof number);
  return (number & 0x7fffffff) | 1;
}

std::string SocketSession::InstanceName(std::uint32_t number) {
  return "ws" + std::to_string(number);
}

// What the hub says reaches the socket on its own thread, if it is still the same one signed in.
std::uint64_t SocketSession::Wait(const AccountId& account, std::string instance) {
  auto waker = [weak = weak_from_this(), executor = wire_.executor, generation = generation_,
                account, is_own = !instance.empty()](Wake wake) {
    asio::post(executor, [weak, generation, account, is_own, wake] {
      auto self = weak.lock();
      if (self && self->generation_ == generation) self->OnWake(account, is_own, wake);
    });
  };
  return services_.hub.Add(signed_in_->app->id, account, std::move(instance), std::move(waker));
}

void SocketSession::SignIn(const Caller& caller, std::string instance) {
  SignOut();
  has_asked_ = false;
  signed_in_ = SignedIn{caller.app, caller.account, caller.role, caller.session->id};
  signed_in_->wait = Wait(caller.account, std::move(instance));
  After(kOwnProfileDelay, &SocketSession::PushOwnUnlessAsked);
}

void SocketSession::SignOut() {
  ++generation_;
  changed_.clear();
  if (!signed_in_) return;
  while (!places_.empty()) Unwatch(places_.begin());
  services_.hub.Remove(signed_in_->app->id, signed_in_->account, signed_in_->wait);
  signed_in_.reset();
}

void SocketSession::Watch(const Caller& caller, const std::vector<std::string>& accounts) {
  bool is_same = signed_in_ && signed_in_->app == caller.app && caller.session &&
                 caller.session->id == signed_in_->session;
  if (!is_same) return;
  std::int64_t until_ms =
      services_.clock.NowMs() + std::int64_t{1000} * services_.sockets.stranger_profile_s;
  for (const std::string& name : accounts) {
    auto account = AccountId::Parse(name, caller.app->alphabet);
    if (!account) continue;
    if (*account == caller.account) {
      has_asked_ = true;
      continue;
    }
    auto place = places_.find(*account);
    if (place == places_.end()) {
      watched_.push_front({*account, until_ms, Wait(*account, "")});
      places_.emplace(*account, watched_.begin());
    } else {
      place->second->until_ms = until_ms;
      watched_.splice(watched_.begin(), watched_, place->second);
    }
  }
  while (places_.size() > kMaxWatched) Unwatch(places_.find(watched_.back().account));
}

void SocketSession::Unwatch(Places::iterator place) {
  auto watched = place->second;
  services_.hub.Remove(signed_in_->app->id, watched->account, watched->wait);
  places_.erase(place);
  watched_.erase(watched);
}

void SocketSession::OnWake(const AccountId& account, bool is_own, Wake wake) {
  if (wake == Wake::kChanged) {
    auto place = places_.find(account);
    bool is_old =
        !is_own && (place == places_.end() || place->second->until_ms < services_.clock.NowMs());
    if (!is_old) return MarkChanged(account);
    if (place != places_.end()) Unwatch(place);
    return;
  }
  if (!is_own) return;
  if (wake == Wake::kEnded) return KickOut(Kick::kByAdmin);
  if (wake == Wake::kSuperseded) return SignOut();
  if (wake == Wake::kEvicted) {
    EndSession();
    KickOut(Kick::kOtherInstance);
  }
}

// §5.6. The socket stays for a while: the SDK says goodbye through it.
void SocketSession::KickOut(Kick kick) {
  SignOut();
  wire_.push(kPush, R"({"EventArray":[{"Event":9,"C2cNotifyMsgArray":[{"NoticeSeq":1,)"
                    R"("KickoutMsgNotify":{"KickType":)" +
                        std::to_string(static_cast<int>(kick)) +
                        R"(,"NewInstInfo":{"InstId":0,"Platform":"Web"}}}]}]})");
  After(kKickedCloseDelay, &SocketSession::CloseUnlessSignedIn);
}

// Not waited for: if it fails, the session ends with the next use of it that finds its instance
// gone.
void SocketSession::EndSession() {
  store::Decide decide = [session = signed_in_->session](const profile::Record*,
                                                         const store::UpdateContext&) {
    store::Update update;
    update.end_session = session;
    return base::Result<store::Update>(std::move(update));
  };
  services_.store.UpdateAccount(signed_in_->app->id, signed_in_->account, std::move(decide),
                                [](base::Result<store::Updated>) {});
}

void SocketSession::After(std::chrono::milliseconds time, void (SocketSession::*then)()) {
  timer_.emplace(wire_.executor, time);
  timer_->async_wait([weak = weak_from_this(), then](boost::system::error_code error) {
    auto self = weak.lock();
    if (!error && self) (*self.*then)();
  });
}

void SocketSession::PushOwnUnlessAsked() {
  if (signed_in_ && !has_asked_) MarkChanged(signed_in_->account);
}

void SocketSession::CloseUnlessSignedIn() {
  if (!signed_in_) wire_.close();
}

void SocketSession::MarkChanged(const AccountId& account) {
  if (std::find(changed_.begin(), changed_.end(), account) == changed_.end()) {
    changed_.push_back(account);
  }
  if (std::exchange(is_pushing_, true)) return;
  asio::co_spawn(wire_.executor, PushChanged(shared_from_this()), asio::detached);
}

asio::awaitable<void> SocketSession::PushChanged(std::shared_ptr<SocketSession> self) {
  using store::Store;
  while (!self->changed_.empty()) {
    AccountId account = self->changed_.front();
    self->changed_.erase(self->changed_.begin());
    std::uint64_t generation = self->generation_;
    Services& services = self->services_;
    std::function<void(store::Callback<Store::Records>)> start =
        [&](store::Callback<Store::Records> done) {
          services.store.ReadAccounts(self->signed_in_->app->id, {account}, std::move(done));
        };
    auto records = co_await Await<Store::Records>(start);
    // What cannot be read now is sent with the next change, or after the next sign-in.
    bool is_read = records && records->front();
    if (is_read && self->generation_ == generation) {
      self->PushProfile(account, *records->front());
    }
  }
  self->is_pushing_ = false;
}

void SocketSession::PushProfile(const AccountId& account, const store::RecordPtr& record) {
  if (record == nullptr || !record->Exists()) return;
  // C3 takes what it is pushed for as fresh as what it has asked for.
  if (auto place = places_.find(account); place != places_.end()) {
    place->second->until_ms =
        services_.clock.NowMs() + std::int64_t{1000} * services_.sockets.stranger_profile_s;
  }
  std::string body = R"({"EventArray":[{"Event":8,"ProfileDataMod":[{"PushType":1,"NoticeSeq":)";
  body += std::to_string(record->header().notice_seq) + R"(,"Profile_Account":)";
  base::AppendJsonString(body, account.View());
  body += R"(,"ProfileList":)";
  AppendWholeProfile(body, *record, *signed_in_->app->CurrentSchema(),
                     {.reader = signed_in_->role,
                      .form = FieldForm::kNotice,
                      .with_unset_custom = signed_in_->app->socket_unset_custom});
  body += "}]}]}";
  wire_.push(kPush, body);
}

}  // namespace api
