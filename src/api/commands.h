#pragma once

// The command table: every endpoint, who may call it, and the function that answers.

#include <span>
#include <string>
#include <string_view>

#include "api/call.h"

namespace api {

enum class Access {
  kAnyone,    // no credentials looked at
  kUserSig,   // identifier + usersig of any account: login
  kAccount,   // a session, or identifier + usersig of any account
  kSession,   // a session, or identifier + usersig of an admin (60010 for others)
  kAdmin,     // an admin (70403 for others)
  kOperator,  // an admin (60010 for others)
  kLeaving,   // a session; one that has ended already is nobody's, and answered OK
};

// Through which doors there is such a command.
enum class Doors { kBoth, kHttp, kSocket };

// Writes the whole answer object to `out`. On an error what it wrote is thrown away and the error
// answered.
using Run = Answer (*)(Request request, std::string& out);

struct Command {
  Access access = Access::kAccount;
  Doors doors = Doors::kBoth;
  std::string_view path;  // without the leading '/'
  Run run = nullptr;
  // A long poll: a page asks again at once whatever it is answered, for ever. So a dead session is
  // told with 91101, which stops it, and any other error but "nothing new" only after a while.
  bool is_poll = false;  // no limit counts it either

  // Whether a page may call it by <script>.
  bool TakesJsonp() const { return access != Access::kAdmin && access != Access::kOperator; }
};

std::span<const Command> Commands();

// The envelope of a service's answers, whether it has such a command or not.
Envelope EnvelopeOf(std::string_view path);

// Null: there is no such command through this door (60009).
const Command* FindCommand(std::string_view path, Door door);

}  // namespace api
