#pragma once

// Who is signed in through a WebSocket, and what they are told of without asking.
// docs/protocol/websocket-contract.md §5.

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/call.h"
#include "api/socket_watch.h"

namespace api {

// Of its socket's thread, all of it.
class SocketSession final : public std::enable_shared_from_this<SocketSession>,
                            private SocketWatch::Watcher {
 public:
  // What it does to its socket.
  struct Wire {
    std::function<void(std::string message)> send;
    std::function<void()> close;
    boost::asio::any_io_executor executor;
    bool compresses = false;  // see MakeSocketMessage
  };

  SocketSession(Services& services, Wire wire);
  ~SocketSession() override;
  SocketSession(const SocketSession&) = delete;
  SocketSession& operator=(const SocketSession&) = delete;

  // The caller has signed in, as that instance: from now on it is told of its profile's changes and
  // of its session's end. Two seconds later it is sent its whole profile, unless it asks first:
  // what it keeps from earlier may be stale (§5.4). Whoever was signed in before is so no more.
  void SignIn(const Caller& caller, std::string instance);

  void SignOut();

  // The socket is gone, and what `wire` does to it: nothing of that is called any more.
  void End();

  // The caller, if it is the one signed in, is told of these accounts' changes for as long as it
  // may show what it has read (SocketOptions::stranger_profile_s). The oldest of more than a
  // thousand go.
  void Watch(const Caller& caller, const std::vector<std::string>& accounts);

  // The number a session goes by among its account's instances: never 0, the same for a session
  // after a reconnect and a restart. The instance's name in the store is made of it.
  static std::uint32_t InstanceNumber(const store::SessionId& session);
  static std::string InstanceName(std::uint32_t number);

 private:
  struct SignedIn {
    const auth::App* app;
    store::AccountId account;
    profile::Role role;
    store::SessionId session;
    std::uint64_t wait = 0;  // in the hub
  };
  struct Watched {
    store::AccountId account;
    std::int64_t until_ms = 0;
  };
  enum class Kick { kOtherInstance = 1, kByAdmin = 3 };
  using Places = std::unordered_map<store::AccountId, std::list<Watched>::iterator>;

  std::uint64_t Wait(const store::AccountId& account, std::string instance);
  void OnWake(notify::Wake wake);
  void OnProfile(const store::AccountId& account, ProfilePush& push) override;
  std::int64_t WatchedUntilMs() const;
  void Unwatch(Places::iterator place);
  void KickOut(Kick kick);
  void EndSession();
  // In place of what was to be done later so far. Signing out leaves it.
  void After(std::chrono::milliseconds time, void (SocketSession::*then)());
  void PushOwnUnlessAsked();
  void CloseUnlessSignedIn();

  // The own profile is to be sent, as it is then.
  void MarkChanged();
  static boost::asio::awaitable<void> PushOwn(std::shared_ptr<SocketSession> self);

  Services& services_;
  notify::Hub& hub_;  // outlives the services
  Wire wire_;
  std::shared_ptr<SocketWatch> watch_;
  std::optional<SignedIn> signed_in_;
  std::uint64_t generation_ = 0;  // counts sign-ins and sign-outs: news for older ones is void
  bool has_asked_ = false;        // for its own profile
  std::list<Watched> watched_;    // the latest first
  Places places_;
  bool has_changed_ = false;  // the own profile: it has not been sent since
  bool is_pushing_ = false;
  bool has_ended_ = false;
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace api
