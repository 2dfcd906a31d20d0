#include "api/socket_watch.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <vector>

#include "api/profiles.h"

namespace api {

namespace asio = boost::asio;
using notify::Wake;
using store::AccountId;

namespace {

// So many are told before whatever else the thread has to do gets its turn: about a millisecond.
constexpr std::size_t kAtOnce = 64;

}  // namespace

std::shared_ptr<SocketWatch> SocketWatch::OfThread(Services& services,
                                                   asio::any_io_executor executor) {
  thread_local std::weak_ptr<SocketWatch> of_thread;
  auto watch = of_thread.lock();
  if (watch == nullptr) {
    watch = std::make_shared<SocketWatch>(services, std::move(executor));
    of_thread = watch;
  }
  return watch;
}

SocketWatch::SocketWatch(Services& services, asio::any_io_executor executor)
    : services_(services), hub_(services.hub), executor_(std::move(executor)) {}

void SocketWatch::Add(const auth::App& app, const AccountId& account, Watcher& watcher) {
  Key key{&app, account};
  auto [place, is_new] = crowds_.try_emplace(key);
  place->second.watchers.insert(&watcher);
  if (!is_new) return;
  auto waker = [weak = weak_from_this(), executor = executor_, key](Wake wake) {
    if (wake != Wake::kChanged) return;
    asio::post(executor, [weak, key] {
      if (auto self = weak.lock()) self->OnChange(key);
    });
  };
  place->second.wait = hub_.Add(app.id, account, {}, std::move(waker));
}

void SocketWatch::Remove(const auth::App& app, const AccountId& account, Watcher& watcher) {
  auto place = crowds_.find({&app, account});
  if (place == crowds_.end()) return;
  place->second.watchers.erase(&watcher);
  if (!place->second.watchers.empty()) return;
  hub_.Remove(app.id, account, place->second.wait);
  crowds_.erase(place);
}

void SocketWatch::OnChange(const Key& key) {
  auto [place, is_new] = being_told_.emplace(key, false);
  place->second = !is_new;
  if (is_new) asio::co_spawn(executor_, Tell(shared_from_this(), key), asio::detached);
}

asio::awaitable<void> SocketWatch::Tell(std::shared_ptr<SocketWatch> self, Key key) {
  bool has_changed = true;
  while (has_changed) {
    self->being_told_[key] = false;
    store::RecordPtr record = co_await ReadExisting(self->services_, key.app->id, key.account);
    // What cannot be read now is sent with the next change, or asked for.
    if (record != nullptr) co_await TellAll(self, key, std::move(record));
    has_changed = self->being_told_[key];
  }
  self->being_told_.erase(key);
}

// Those who watch it when the record has been read. Whoever comes later reads it later.
asio::awaitable<void> SocketWatch::TellAll(std::shared_ptr<SocketWatch> self, Key key,
                                           store::RecordPtr record) {
  auto crowd = self->crowds_.find(key);
  if (crowd == self->crowds_.end()) co_return;
  std::vector<Watcher*> watchers(crowd->second.watchers.begin(), crowd->second.watchers.end());
  ProfilePush push(*key.app, key.account, std::move(record));
  for (std::size_t i = 0; i < watchers.size(); ++i) {
    if (i % kAtOnce == kAtOnce - 1) co_await asio::post(self->executor_, asio::use_awaitable);
    crowd = self->crowds_.find(key);  // who has been told may have gone, and any other meanwhile
    if (crowd == self->crowds_.end()) co_return;
    if (crowd->second.watchers.contains(watchers[i])) watchers[i]->OnProfile(key.account, push);
  }
}

}  // namespace api
