#pragma once

// One REST call to a server, as its administrator.

#include <string>

#include "auth/usersig.h"
#include "base/errors.h"
#include "cli/http.h"

namespace cli {

struct RestServer {
  std::string url = "http://127.0.0.1:8480";
  profile::AppId sdkappid = 0;
  std::string admin = "administrator";
  std::string secret_key;
  std::string ca_file;  // PEM; empty: the system's
};

// POSTs `body` to `command` ("portrait_admin_svc/custom_field_list") with a UserSig made for this
// call, and answers the body of the server's answer. Fails with kInternal and the reason where
// there is none with HTTP status 200. Waits at most 30 seconds.
base::Result<std::string> CallRest(const RestServer& server, const std::string& command,
                                   const std::string& body);

// The same over a connection that is kept, made with the server's `ca_file`.
base::Result<std::string> CallRest(const RestServer& server, HttpClient& http,
                                   const std::string& command, const std::string& body);

}  // namespace cli
