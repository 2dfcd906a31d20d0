#include "app/socket_door.h"

#include <algorithm>

#include "api/socket_front.h"
#include "base/log.h"
#include "net/socket.h"

namespace app {
namespace {

std::string_view WithoutSlashes(std::string_view path) {
  path.remove_prefix(std::min(path.find_first_not_of('/'), path.size()));
  return path;
}

// The path without leading slashes and the prefix, if it is there.
std::string_view NameOf(std::string_view path, std::string_view prefix) {
  path = WithoutSlashes(path);
  prefix = WithoutSlashes(prefix);
  bool is_below =
      !prefix.empty() && path.starts_with(prefix) && path.substr(prefix.size()).starts_with('/');
  return is_below ? WithoutSlashes(path.substr(prefix.size())) : path;
}

net::Response Refuse(int status, std::string fields, std::string text) {
  net::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.fields = std::move(fields);
  response.body = std::move(text);
  return response;
}

net::SocketHandler Open(api::Pipeline& pipeline, std::string client_ip, bool compresses,
                        const std::shared_ptr<net::Socket>& socket) {
  // The socket holds its handler, so the handler must not hold the socket.
  std::weak_ptr<net::Socket> weak = socket;
  auto send = [weak](std::string message) {
    if (auto open = weak.lock()) open->Send(std::move(message));
  };
  auto close = [weak](std::uint16_t code) {
    if (auto open = weak.lock()) open->Close(code);
  };
  auto front = std::make_shared<api::SocketFront>(
      pipeline, std::move(client_ip), compresses,
      api::SocketFront::Wire{std::move(send), std::move(close), socket->executor()});
  return {[front](std::string message) { return front->OnMessage(std::move(message)); },
          [front] { front->OnClose(); }};
}

}  // namespace

std::optional<net::Response> OpenSocket(const SocketDoor& door, api::Pipeline& pipeline,
                                        const TrustedProxies& proxies,
                                        const net::Request& request) {
  std::size_t mark = request.target.find('?');
  std::string_view name = NameOf(request.target.substr(0, mark), door.prefix);
  if (name != "binfo" && name != "info") return std::nullopt;
  if (!net::EqualsIgnoringCase(request.Field("Upgrade"), "websocket")) {
    return Refuse(426, "Upgrade: websocket\r\n", "This is the address of a WebSocket.\n");
  }
  std::string_view origin = request.Field("Origin");
  bool may_open = door.origins.empty() || origin.empty() ||
                  std::find(door.origins.begin(), door.origins.end(), origin) != door.origins.end();
  if (!may_open) return Refuse(403, "", "Pages of this origin may not open a WebSocket.\n");

  bool is_text = name == "info";
  auto query = api::Query::Parse(mark == std::string_view::npos ? std::string_view()
                                                                : request.target.substr(mark + 1));
  bool compresses = !is_text && query && query->Find("compress") == "gzip";
  base::Log(base::LogLevel::kDebug, "socket",
            {{"instanceid", query ? query->Find("instanceid").value_or("") : ""},
             {"sdkversion", query ? query->Find("sdkversion").value_or("") : ""}});
  net::Upgrade upgrade;
  upgrade.is_text = is_text;
  upgrade.open = [&pipeline, client_ip = proxies.ClientIp(request),
                  compresses](std::shared_ptr<net::Socket> socket) {
    return Open(pipeline, client_ip, compresses, socket);
  };
  net::Response response;
  response.upgrade = std::make_shared<const net::Upgrade>(std::move(upgrade));
  return response;
}

}  // namespace app
