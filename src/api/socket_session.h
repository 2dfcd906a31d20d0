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

namespace api {

// Of its socket's thread, all of it.
class SocketSession : public std::enable_shared_from_this<SocketSession> {
 public:
  // What it does to its socket.
  struct Wire {
    std::function<void(std::string_view servcmd, const std::string& body)> push;
    std::function<void()> close;
    boost::asio::any_io_executor executor;
  };

  SocketSession(Services& services, Wire wire);
  ~SocketSession();
  SocketSession(const SocketSession&) = delete;
  SocketSession& operator=(const SocketSession&) = delete;

  // The caller has signed in, as that instance: from now on it is told of its profile's changes and
  // of its session's end. Two seconds later it is sent its whole profile, unless it asks first:
  // what it keeps from earlier may be stale (§5.4). Whoever was signed in before is so no more.
  void SignIn(const Caller& caller, std::string instance);

  void SignOut();

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
    std::uint64_t wait = 0;
  };
  enum class Kick { kOtherInstance = 1, kByAdmin = 3 };
  using Places = std::unordered_map<store::AccountId, std::list<Watched>::iterator>;

  std::uint64_t Wait(const store::AccountId& account, std::string instance);
  void OnWake(const store::AccountId& account, bool is_own, notify::Wake wake);
  void Unwatch(Places::iterator place);
  void KickOut(Kick kick);
  void EndSession();
  // In place of what was to be done later so far. Signing out leaves it.
  void After(std::chrono::milliseconds time, void (SocketSession::*then)());
  void PushOwnUnlessAsked();
  void CloseUnlessSignedIn();

  // The account's profile is to be sent, as it is then.
  void MarkChanged(const store::AccountId& account);
  static boost::asio::awaitable<void> PushChanged(std::shared_ptr<SocketSession> self);
  void PushProfile(const store::AccountId& account, const store::RecordPtr& record);

  Services& services_;
  Wire wire_;
  std::optional<SignedIn> signed_in_;
  std::uint64_t generation_ = 0;  // counts sign-ins and sign-outs: news for older ones is void
  bool has_asked_ = false;        // for its own profile
  std::list<Watched> watched_;    // the latest first
  Places places_;
  std::vector<store::AccountId> changed_;
  bool is_pushing_ = false;
  std::optional<boost::asio::steady_timer> timer_;
};

}  // namespace api
