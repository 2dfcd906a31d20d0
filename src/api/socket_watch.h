#pragma once

// Who among the WebSockets of one thread is to be told of whose profile.
// docs/protocol/websocket-contract.md §5.3.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <memory>
#include <unordered_map>
#include <unordered_set>

#include "api/call.h"
#include "api/profile_push.h"

namespace api {

// However many watch an account: after a change of it the thread is woken once, reads the record
// once and writes each kind of message once. Of its thread, all of it.
class SocketWatch : public std::enable_shared_from_this<SocketWatch> {
 public:
  class Watcher {
   public:
    virtual ~Watcher() = default;

    // The account's profile is this now. It may end this watch and others.
    virtual void OnProfile(const store::AccountId& account, ProfilePush& push) = 0;
  };

  // The calling thread's; `executor` is the thread's. It lives for as long as somebody holds it.
  static std::shared_ptr<SocketWatch> OfThread(Services& services,
                                               boost::asio::any_io_executor executor);

  SocketWatch(Services& services, boost::asio::any_io_executor executor);
  SocketWatch(const SocketWatch&) = delete;
  SocketWatch& operator=(const SocketWatch&) = delete;

  // Tells `watcher` of the account's changes from now on, until it is removed; it must not go
  // before.
  void Add(const auth::App& app, const store::AccountId& account, Watcher& watcher);
  void Remove(const auth::App& app, const store::AccountId& account, Watcher& watcher);

 private:
  struct Key {
    const auth::App* app;
    store::AccountId account;
    bool operator==(const Key& other) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const {
      return std::hash<store::AccountId>{}(key.account) ^ key.app->id;
    }
  };
  struct Crowd {
    std::uint64_t wait = 0;  // in the hub
    std::unordered_set<Watcher*> watchers;
  };

  void OnChange(const Key& key);
  static boost::asio::awaitable<void> Tell(std::shared_ptr<SocketWatch> self, Key key);
  static boost::asio::awaitable<void> TellAll(std::shared_ptr<SocketWatch> self, Key key,
                                              store::RecordPtr record);

  Services& services_;
  notify::Hub& hub_;  // outlives the services
  boost::asio::any_io_executor executor_;
  std::unordered_map<Key, Crowd, Hash> crowds_;     // none is empty
  std::unordered_map<Key, bool, Hash> being_told_;  // true: it has changed again meanwhile
};

}  // namespace api
