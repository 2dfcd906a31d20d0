#pragma once

// A folder of files, read into memory once and served from there.

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/errors.h"
#include "net/http.h"

namespace net {

// Built at start, then only read; safe to share between threads.
class StaticFiles {
 public:
  static constexpr std::size_t kMaxBytes = 64 << 20;  // of the whole folder

  // Reads every regular file below `folder`. Fails with kInternal where the folder cannot be read
  // or is larger than kMaxBytes.
  base::Result<void> Load(const std::string& folder);

  // GET and HEAD of what was loaded ("/" is index.html), 404 for what was not, 405 for other
  // methods. Text is sent compressed to those who take it; files under /assets/ carry a hash in
  // their name and may be kept for ever.
  Response Serve(const Request& request) const;

 private:
  struct File {
    std::string_view content_type;
    std::string bytes;
    std::string gzip;  // empty where compressing gains nothing
    std::string etag;
    bool is_immutable = false;
  };

  std::unordered_map<std::string, File> files_;  // by path with its leading '/'
};

}  // namespace net
