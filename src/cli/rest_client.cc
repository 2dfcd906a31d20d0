#include "cli/rest_client.h"

#include <curl/curl.h>

#include <ctime>
#include <memory>

namespace cli {
namespace {

constexpr long kTimeoutS = 30;
constexpr std::int64_t kUserSigLifetimeS = 300;

std::size_t Append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

std::string MakeUrl(CURL* curl, const RestServer& server, const std::string& command) {
  std::string usersig =
      auth::MakeUserSig({server.admin, server.sdkappid, std::time(nullptr), kUserSigLifetimeS, {}},
                        server.secret_key);
  std::unique_ptr<char, decltype(&curl_free)> admin(
      curl_easy_escape(curl, server.admin.c_str(), static_cast<int>(server.admin.size())),
      curl_free);
  return server.url + "/v4/" + command + "?sdkappid=" + std::to_string(server.sdkappid) +
         "&identifier=" + admin.get() + "&usersig=" + usersig + "&random=1&contenttype=json";
}

}  // namespace

base::Result<std::string> CallRest(const RestServer& server, const std::string& command,
                                   const std::string& body) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  std::string url = MakeUrl(curl.get(), server, command);
  std::string answer;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kTimeoutS);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  if (!server.ca_file.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_CAINFO, server.ca_file.c_str());
  }
  CURLcode result = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  // The URL holds a UserSig: it is not part of what is said.
  if (result != CURLE_OK) {
    return base::Fail(base::Code::kInternal, server.url + ": " + curl_easy_strerror(result));
  }
  if (status != 200) {
    return base::Fail(base::Code::kInternal, server.url + ": HTTP " + std::to_string(status));
  }
  return answer;
}

}  // namespace cli
