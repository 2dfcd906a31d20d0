#pragma once

// Sessions, and the pages and SDKs of an account that are told of its changes.
// docs/protocol/wire-contract.md §6.6, docs/protocol/websocket-contract.md §3.1.

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>

#include "api/call.h"

namespace api {

struct StartedSession {
  std::string a2_key;
  store::Session session;
};

// Creates the caller's account where it is not there and the app allows that, and a session; with
// `through_socket`, its instance too. 70052 for a UserSig that has been revoked, 70107 where the
// account is not there.
boost::asio::awaitable<base::Result<StartedSession>> StartSession(const Request& request,
                                                                  bool through_socket);

// Registers an instance of the caller's session that gets what changes from now on, or after
// `start_seq` if that is given; the account's oldest ones beyond the app's limit end. 60005 where
// the account or the session is no more.
boost::asio::awaitable<base::Result<store::Instance>> RegisterInstance(
    const Request& request, std::string id, std::optional<std::uint64_t> start_seq = {});

// The caller's instance of that id, evicted ones too.
boost::asio::awaitable<base::Result<std::optional<store::Instance>>> FindInstance(
    const Request& request, std::string id);

}  // namespace api
