#pragma once

// A profile as those who are connected are told of it. docs/protocol/websocket-contract.md §5.

#include <map>
#include <string>
#include <utility>

#include "auth/app.h"
#include "profile/fields.h"
#include "store/types.h"

namespace api {

// One push for all who get it: written once for each kind of receiver, however many they are. Not
// thread-safe.
class ProfilePush {
 public:
  // `record` exists. `app` outlives this.
  ProfilePush(const auth::App& app, const store::AccountId& account, store::RecordPtr record)
      : app_(app), account_(account), record_(std::move(record)) {}

  // The message, ready to be sent to a socket on which `reader` is signed in. See
  // MakeSocketMessage.
  const std::string& For(profile::Role reader, bool compresses);

 private:
  std::string MakeBody(profile::Role reader) const;

  const auth::App& app_;
  store::AccountId account_;
  store::RecordPtr record_;
  std::map<std::pair<profile::Role, bool>, std::string> messages_;
};

}  // namespace api
