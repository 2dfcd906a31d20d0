#include "cli/http.h"

#include <curl/curl.h>

namespace cli {
namespace {

std::size_t Append(char* data, std::size_t size, std::size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

}  // namespace

struct HttpClient::Handle {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl{curl_easy_init(), curl_easy_cleanup};
  std::string ca_file;
};

HttpClient::HttpClient(std::string ca_file) : handle_(std::make_unique<Handle>()) {
  handle_->ca_file = std::move(ca_file);
}

HttpClient::~HttpClient() = default;

base::Result<std::string> HttpClient::Post(const std::string& url, const std::string& shown,
                                           const std::string& body,
                                           const std::vector<std::string>& fields, long timeout_s) {
  CURL* curl = handle_->curl.get();
  curl_easy_reset(curl);  // its connection stays
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> list(nullptr, curl_slist_free_all);
  for (const std::string& field : fields) {
    curl_slist* longer = curl_slist_append(list.get(), field.c_str());
    static_cast<void>(list.release());
    list.reset(longer);
  }
  std::string answer;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl, CURLOPT_TIMEOUT, timeout_s);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  if (list != nullptr) curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list.get());
  if (!handle_->ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, handle_->ca_file.c_str());
  }
  CURLcode result = curl_easy_perform(curl);
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (result != CURLE_OK) {
    return base::Fail(base::Code::kInternal, shown + ": " + curl_easy_strerror(result));
  }
  if (status != 200) {
    return base::Fail(base::Code::kInternal,
                      shown + ": HTTP " + std::to_string(status) + ' ' + answer.substr(0, 500));
  }
  return answer;
}

std::string EscapeForUrl(const std::string& text) {
  std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(nullptr, text.c_str(), static_cast<int>(text.size())), curl_free);
  return escaped.get();
}

}  // namespace cli
