#pragma once

// A request on its way through the pipeline, whatever transport it came by.

#include <optional>
#include <string>
#include <string_view>

#include "api/errors.h"
#include "api/query.h"
#include "auth/app.h"
#include "auth/rate_limit.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/json.h"
#include "base/metrics.h"
#include "base/pending.h"
#include "notify/hub.h"
#include "profile/fields.h"
#include "store/store.h"

namespace api {

struct Command;
class SocketSession;

// What a transport hands over.
struct Call {
  const Command* command = nullptr;
  Door door = Door::kHttp;
  SocketSession* socket = nullptr;  // of a WebSocket; outlives the call
  Query query;                      // sdkappid and credentials
  std::string body;
  std::string client_ip;
};

// Who is asking, once that is proved.
struct Caller {
  const auth::App* app = nullptr;
  const profile::Schema* schema = nullptr;  // of the app, as it was when the call came
  profile::AccountId account;
  profile::Role role = profile::Role::kUser;
  std::optional<store::Session> session = {};  // came with TinyId and A2Key
  std::int64_t usersig_time_s = 0;             // otherwise: when the UserSig was issued
  std::string_view Platform() const { return session ? "Web" : "RESTAPI"; }
};

// How often requests are taken, besides what an app has (auth/app.h, 60011).
// docs/protocol/wire-contract.md §11.
struct Limits {
  auth::RateLimit session{100, 1000};           // 60018
  auth::RateLimit usersig_failures{20, 60000};  // 70050, by app, identifier and client address
};

// What the SDKs of the WebSocket are told of themselves.
// docs/protocol/websocket-contract.md §§1.7, 3.5, 4.4.
struct SocketOptions {
  int hello_interval_s = 30;    // how often one says hello: an outage ends for it with the next one
  int stranger_profile_s = 60;  // how long it may show another's profile without asking again
};

// What commands work with. Outlives every call.
struct Services {
  store::Store& store;
  const auth::Apps& apps;
  const base::Clock& clock;
  notify::Hub& hub;
  Limits& limits;
  Display error_display = Display::kNone;
  const SocketOptions& sockets;
};

// What a command is run with. `body` is valid until the command first suspends: it reads what it
// needs into values of its own before.
struct Request {
  Services& services;
  const Caller& caller;
  std::string_view client_ip;
  base::JsonValue body;
  SocketSession* socket = nullptr;  // null: not through a WebSocket
};

using Answer = base::Pending<base::Result<void>>;

}  // namespace api
