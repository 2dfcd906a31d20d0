#include "app/routes.h"

#include "api/front_http.h"
#include "app/backup.h"
#include "app/dev.h"

namespace app {
namespace {

using boost::asio::awaitable;

// docs/protocol/wire-contract.md §2.2. No answer may be kept: JSONP names repeat.
constexpr const char* kApiFields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
constexpr const char* kPreflightFields =
    "Access-Control-Allow-Methods: POST, GET, OPTIONS\r\n"
    "Access-Control-Allow-Headers: X-Requested-With, Content-Type\r\n"
    "Access-Control-Max-Age: 86400\r\n";

net::Response ToResponse(api::HttpAnswer answer) {
  net::Response response;
  response.status = answer.status;
  response.content_type = answer.content_type;
  response.fields = answer.status == 204 ? kPreflightFields : kApiFields;
  response.body = std::move(answer.body);
  return response;
}
awaitable<net::Response> Later(awaitable<api::HttpAnswer> answering) {
  api::HttpAnswer answer = co_await std::move(answering);
  co_return ToResponse(std::move(answer));
}

base::Pending<net::Response> ServeApi(const Parts& parts, net::Request& request) {
  auto answer =
      api::ServeHttp(parts.pipeline, {request.method, request.target, std::move(request.body),
                                      request.body_too_large, parts.proxies.ClientIp(request)});
  if (answer.is_there()) return ToResponse(std::move(answer.value()));
  request.fields = decltype(request.fields)();  // gives their memory back: a poll waits long
  request.head = std::string();
  return Later(std::move(answer.later()));
}

// What an SDK asks that believes it has no network. docs/protocol/websocket-contract.md §6.
constexpr std::string_view kNetCheck = "/v3/netcheck/getconninfo";

net::Response ServeNetCheck() {
  net::Response response;
  response.content_type = "application/json; charset=utf-8";
  response.fields = kApiFields;
  response.body = "{}";
  return response;
}

net::Response Text(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  response.any_origin = false;
  return response;
}

}  // namespace

net::Handler MakePublicHandler(Parts parts) {
  return [parts](net::Request& request) -> base::Pending<net::Response> {
    std::string_view path = request.target.substr(0, request.target.find('?'));
    if (path == kNetCheck) return ServeNetCheck();
    if (api::IsApiPath(path)) return ServeApi(parts, request);
    if (auto opened = OpenSocket(parts.sockets, parts.pipeline, parts.proxies, request)) {
      return *std::move(opened);
    }
    if (parts.dev_app != nullptr && path == "/dev/usersig") {
      return ServeDevUserSig(request, *parts.dev_app, parts.clock);
    }
    return parts.page.Serve(request);
  };
}

net::Handler MakeOpsHandler(store::Store& store, const base::Metrics& metrics,
                            std::string backups) {
  return [&store, &metrics,
          backups = std::move(backups)](net::Request& request) -> base::Pending<net::Response> {
    std::string_view path = request.target.substr(0, request.target.find('?'));
    if (path == "/livez") co_return Text(200, "ok\n");
    if (path == "/readyz") {
      std::string trouble = store.WriteTrouble();
      co_return trouble.empty() ? Text(200, "ok\n") : Text(503, "writes fail: " + trouble + '\n');
    }
    if (path == "/metrics") {
      net::Response response = Text(200, metrics.Render());
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      co_return response;
    }
    if (path == "/backup") co_return co_await ServeBackup(request, store, backups);
    co_return Text(404, "There are /livez, /readyz, /metrics and POST /backup here.\n");
  };
}

}  // namespace app
