#include "app/dev.h"

#include <unistd.h>

#include <algorithm>

#include "api/query.h"
#include "auth/sessions.h"
#include "auth/usersig.h"
#include "base/files.h"
#include "base/json_string.h"

namespace app {
namespace {

constexpr std::int64_t kUserSigLifetimeS = 24 * 3600;

net::Response Answer(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.content_type = "application/json; charset=utf-8";
  response.fields = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  response.body = std::move(body);
  response.any_origin = false;
  return response;
}

net::Response Refuse(int status, std::string_view why) {
  std::string body = "{\"error\":";
  base::AppendJsonString(body, why);
  return Answer(status, body + '}');
}

bool IsLoopbackPeer(std::string_view ip) {
  return ip.starts_with("127.") || ip == "::1" || ip.starts_with("::ffff:127.");
}

// A page of another site can make a browser connect here under its own name: the name must be ours.
bool IsLoopbackHost(std::string_view host) {
  std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    host = host.substr(0, colon);
  }
  return host == "127.0.0.1" || host == "[::1]" || net::EqualsIgnoringCase(host, "localhost");
}

bool HasForwardingField(const net::Request& request) {
  return std::any_of(request.fields.begin(), request.fields.end(), [](const auto& field) {
    static constexpr std::string_view kNames[] = {"forwarded", "via", "x-real-ip", "x-client-ip",
                                                  "true-client-ip"};
    std::string_view name = field.first;
    return net::EqualsIgnoringCase(name.substr(0, 12), "x-forwarded-") ||
           std::any_of(std::begin(kNames), std::end(kNames), [&](std::string_view known) {
             return net::EqualsIgnoringCase(name, known);
           });
  });
}

bool IsForeignOrigin(const net::Request& request) {
  std::string_view site = request.Field("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  std::string own = request.is_tls ? "https://" : "http://";
  own += request.Field("host");
  return std::any_of(request.fields.begin(), request.fields.end(), [&](const auto& field) {
    return net::EqualsIgnoringCase(field.first, "origin") && field.second != own;
  });
}

// The secret kept in `path`: made at random the first time.
base::Result<std::string> ReadOrMakeSecret(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) {
    auto kept = base::ReadFirstLine(path);
    if (kept && kept->empty()) return base::Fail(base::Code::kInternal, path + ": empty");
    return kept;
  }
  std::string secret = auth::MakeRandomHex();
  if (auto written = base::WriteFileAtomically(path, secret + '\n'); !written) {
    return tl::unexpected(written.error());
  }
  return secret;
}

}  // namespace

base::Result<void> AddDevApp(Config& config) {
  config.dev = true;
  config.session_requests_per_s = 0;
  config.usersig_failures_per_min = 0;
  for (const AppConfig& app : config.apps) {
    if (app.sdkappid == kDevApp) return {};
  }
  auto secret = ReadOrMakeSecret(config.data + "/dev_secret_key");
  if (!secret) return tl::unexpected(secret.error());
  AppConfig app;
  app.sdkappid = kDevApp;
  app.secret_keys = {*secret};
  app.admins = {kDevAdmin};
  for (const char* key : {"Test", "Team"}) {
    app.custom_profile_fields.push_back({.key = key});
  }
  config.apps.push_back(std::move(app));
  return {};
}

net::Response ServeDevUserSig(const net::Request& request, const auth::App& app,
                              const base::Clock& clock) {
  if (!IsLoopbackPeer(request.peer_ip) || !IsLoopbackHost(request.Field("host"))) {
    return Refuse(403, "only for this machine");
  }
  if (HasForwardingField(request)) return Refuse(403, "not through a proxy");
  if (IsForeignOrigin(request)) return Refuse(403, "not for another origin");
  if (request.method != "GET") return Refuse(405, "only GET");

  std::size_t mark = request.target.find('?');
  auto query = api::Query::Parse(mark == std::string_view::npos ? std::string_view()
                                                                : request.target.substr(mark + 1));
  auto identifier = query ? query->Find("identifier") : std::nullopt;
  if (!identifier || !profile::AccountId::Parse(*identifier, app.alphabet)) {
    return Refuse(400, "identifier is missing or not an account id");
  }
  if (app.IsAdmin(*identifier)) return Refuse(403, "not for an admin");

  std::string usersig = auth::MakeUserSig(
      {std::string(*identifier), app.id, clock.NowMs() / 1000, kUserSigLifetimeS, std::nullopt},
      app.trust().secret_keys.front());
  std::string body = "{\"identifier\":";
  base::AppendJsonString(body, *identifier);
  body += ",\"sdkappid\":" + std::to_string(app.id) + ",\"usersig\":\"" + usersig +
          "\",\"custom_tags\":[";
  bool first = true;
  auto schema = app.CurrentSchema();
  for (const profile::Field& field : schema->fields()) {
    if (!field.custom) continue;
    body += first ? "\"" : ",\"";
    body += field.tag + '"';
    first = false;
  }
  return Answer(200, body + "]}");
}

}  // namespace app
