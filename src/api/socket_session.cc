#include "api/socket_session.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstring>

#include "api/profiles.h"
#include "api/socket_message.h"

namespace api {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using notify::Wake;
using store::AccountId;

constexpr std::size_t kMaxWatched = 1000;
constexpr std::chrono::milliseconds kOwnProfileDelay = 2s;
constexpr std::chrono::milliseconds kKickedCloseDelay = 5s;

}  // namespace

SocketSession::SocketSession(Services& services, Wire wire)
    : services_(services),
      hub_(services.hub),
      wire_(std::move(wire)),
      watch_(SocketWatch::OfThread(services, wire_.executor)) {}

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
  auto waker = [weak = weak_from_this(), executor = wire_.executor,
                generation = generation_](Wake wake) {
    asio::post(executor, [weak, generation, wake] {
      auto self = weak.lock();
      if (self && self->generation_ == generation) self->OnWake(wake);
    });
  };
  notify::Hub::Waiter waiter{std::move(instance), signed_in_->session};
  return hub_.Add(signed_in_->app->id, account, std::move(waiter), std::move(waker));
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
  has_changed_ = false;
  if (!signed_in_) return;
  while (!places_.empty()) Unwatch(places_.begin());
  hub_.Remove(signed_in_->app->id, signed_in_->account, signed_in_->wait);
  signed_in_.reset();
}

void SocketSession::End() {
  SignOut();
  has_ended_ = true;
  timer_.reset();
}

void SocketSession::Watch(const Caller& caller, const std::vector<std::string>& accounts) {
  bool is_same = signed_in_ && signed_in_->app == caller.app && caller.session &&
                 caller.session->id == signed_in_->session;
  if (!is_same) return;
  std::int64_t until_ms = WatchedUntilMs();
  for (const std::string& name : accounts) {
    auto account = AccountId::Parse(name, caller.app->alphabet);
    if (!account) continue;
    if (*account == caller.account) {
      has_asked_ = true;
      continue;
    }
    auto place = places_.find(*account);
    if (place == places_.end()) {
      watched_.push_front({*account, until_ms});
      places_.emplace(*account, watched_.begin());
      watch_->Add(*caller.app, *account, *this);
    } else {
      place->second->until_ms = until_ms;
      watched_.splice(watched_.begin(), watched_, place->second);
    }
  }
  while (places_.size() > kMaxWatched) Unwatch(places_.find(watched_.back().account));
}

void SocketSession::Unwatch(Places::iterator place) {
  auto watched = place->second;
  watch_->Remove(*signed_in_->app, watched->account, *this);
  places_.erase(place);
  watched_.erase(watched);
}

std::int64_t SocketSession::WatchedUntilMs() const {
  return services_.clock.NowMs() + std::int64_t{1000} * services_.sockets.stranger_profile_s;
}

void SocketSession::OnProfile(const AccountId& account, ProfilePush& push) {
  auto place = places_.find(account);
  if (place == places_.end()) return;
  if (place->second->until_ms < services_.clock.NowMs()) return Unwatch(place);
  // C3 takes what it is pushed for as fresh as what it has asked for.
  place->second->until_ms = WatchedUntilMs();
  wire_.send(push.For(signed_in_->role, wire_.compresses));
}

void SocketSession::OnWake(Wake wake) {
  if (wake == Wake::kChanged) return MarkChanged();
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
  std::string body = R"({"EventArray":[{"Event":9,"C2cNotifyMsgArray":[{"NoticeSeq":1,)"
                     R"("KickoutMsgNotify":{"KickType":)" +
                     std::to_string(static_cast<int>(kick)) +
                     R"(,"NewInstInfo":{"InstId":0,"Platform":"Web"}}}]}]})";
  wire_.send(MakePush(kPushCommand, body, wire_.compresses));
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
    if (!error && self && !self->has_ended_) (*self.*then)();
  });
}

void SocketSession::PushOwnUnlessAsked() {
  if (signed_in_ && !has_asked_) MarkChanged();
}

void SocketSession::CloseUnlessSignedIn() {
  if (!signed_in_) wire_.close();
}

void SocketSession::MarkChanged() {
  has_changed_ = true;
  if (std::exchange(is_pushing_, true)) return;
  asio::co_spawn(wire_.executor, PushOwn(shared_from_this()), asio::detached);
}

asio::awaitable<void> SocketSession::PushOwn(std::shared_ptr<SocketSession> self) {
  while (std::exchange(self->has_changed_, false)) {
    std::uint64_t generation = self->generation_;
    const auth::App& app = *self->signed_in_->app;
    AccountId account = self->signed_in_->account;
    store::RecordPtr record = co_await ReadExisting(self->services_, app.id, account);
    // What cannot be read now is sent with the next change, or after the next sign-in.
    if (record == nullptr || self->generation_ != generation) continue;
    ProfilePush push(app, account, std::move(record));
    self->wire_.send(push.For(self->signed_in_->role, self->wire_.compresses));
  }
  self->is_pushing_ = false;
}

}  // namespace api
