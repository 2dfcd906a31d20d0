#include "cli/rest_client.h"

#include <ctime>

namespace cli {
namespace {

constexpr std::int64_t kUserSigLifetimeS = 300;

}  // namespace

base::Result<std::string> CallRest(const RestServer& server, HttpClient& http,
                                   const std::string& command, const std::string& body) {
  std::string usersig =
      auth::MakeUserSig({server.admin, server.sdkappid, std::time(nullptr), kUserSigLifetimeS, {}},
                        server.secret_key);
  std::string url = server.url + "/v4/" + command + "?sdkappid=" + std::to_string(server.sdkappid) +
                    "&identifier=" + EscapeForUrl(server.admin) + "&usersig=" + usersig +
                    "&random=1&contenttype=json";
  return http.Post(url, server.url, body);
}

base::Result<std::string> CallRest(const RestServer& server, const std::string& command,
                                   const std::string& body) {
  HttpClient http(server.ca_file);
  return CallRest(server, http, command, body);
}

}  // namespace cli
