#pragma once

// HTTP and JSONP onto the pipeline. It knows methods, paths, queries and callback names, not
// sockets.

#include <string>
#include <string_view>

#include "api/pipeline.h"

namespace api {

struct HttpCall {
  std::string_view method;
  std::string_view target;  // path and query as they were sent
  std::string body;
  bool body_too_large = false;  // it was longer than the limit and `body` is not all of it
  std::string client_ip;
};

struct HttpAnswer {
  int status = 200;
  std::string_view content_type;  // static text
  std::string body;
};

// Whether a path belongs to the API: it lies under /v1, /v2, /v3 or /v4.
bool IsApiPath(std::string_view path);

// Answers any request to an API path. The checks are in the order of docs/protocol/errors.md §5;
// HTTP status 200 for all of them (204 for OPTIONS), the code in the body. The views in `call` are
// done with when this returns.
base::Pending<HttpAnswer> ServeHttp(Pipeline& pipeline, HttpCall call);

}  // namespace api
