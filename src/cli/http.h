#pragma once

// HTTP POSTs over one connection that is kept.

#include <memory>
#include <string>
#include <vector>

#include "base/errors.h"

namespace cli {

// For one thread at a time.
class HttpClient {
 public:
  explicit HttpClient(std::string ca_file = {});  // PEM; empty: the system's certificates
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // POSTs `body` to `url` with more fields ("Name: value"), and answers the body of the answer.
  // Fails with kInternal and the reason where there is none with HTTP status 200; what is said
  // names `shown`, not the URL, which may hold a UserSig. Waits at most 30 seconds, or
  // `timeout_s`.
  base::Result<std::string> Post(const std::string& url, const std::string& shown,
                                 const std::string& body,
                                 const std::vector<std::string>& fields = {}, long timeout_s = 30);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

// `text` as part of a URL's query.
std::string EscapeForUrl(const std::string& text);

}  // namespace cli
