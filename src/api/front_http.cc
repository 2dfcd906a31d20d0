#include "api/front_http.h"

#include <algorithm>

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr std::string_view kJson = "application/json; charset=utf-8";
constexpr std::string_view kScript = "application/javascript; charset=utf-8";

bool IsCallbackName(std::string_view name) {
  auto is_start = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  return !name.empty() && name.size() <= 64 && is_start(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_start(c) || (c >= '0' && c <= '9'); });
}

// The call a request makes, or what is wrong with it.
Result<Call> ToCall(HttpCall& http, const Command* command, std::optional<Query>& query,
                    bool is_jsonp) {
  bool method_fits = command != nullptr && (http.method == "POST" || (is_jsonp && command->jsonp));
  if (!method_fits) return Fail(Code::kUnknownCommand);
  if (http.body_too_large) return Fail(Code::kInvalidUrl, "the body is too large");
  if (!query) return Fail(Code::kInvalidUrl, "the query cannot be decoded");
  Call call;
  call.command = command;
  call.client_ip = std::move(http.client_ip);
  call.body = is_jsonp ? std::string(query->Find("jsonpbody").value_or("")) : std::move(http.body);
  call.query = *std::move(query);
  return call;
}

}  // namespace

bool IsApiPath(std::string_view path) {
  return path.size() >= 3 && path[0] == '/' && path[1] == 'v' && path[2] >= '1' && path[2] <= '4' &&
         (path.size() == 3 || path[3] == '/');
}

boost::asio::awaitable<HttpAnswer> ServeHttp(Pipeline& pipeline, HttpCall http) {
  if (http.method == "OPTIONS") co_return HttpAnswer{204, "", ""};

  std::size_t mark = http.target.find('?');
  std::string_view path = http.target.substr(0, mark);
  std::string_view text = mark == std::string_view::npos ? "" : http.target.substr(mark + 1);
  const Command* command = FindCommand(path.substr(1));
  auto query = Query::Parse(text);
  auto callback = query ? query->Find("jsonpcallback") : std::nullopt;
  bool is_jsonp = http.method == "GET" && callback.has_value();
  std::string function;
  if (is_jsonp && IsCallbackName(*callback)) function = *callback;

  std::string body;
  auto call = ToCall(http, command, query, is_jsonp);
  if (call && is_jsonp && function.empty()) {
    call = Fail(Code::kInvalidUrl, "jsonpcallback is not a function name");
  }
  if (call) {
    http.head = std::string();  // the call has all it needs of it, and may take a minute
    body = co_await pipeline.Run(*std::move(call));
  } else {
    body = FailAnswer(call.error(), EnvelopeOf(path.substr(1)), pipeline.error_display());
  }
  if (function.empty()) co_return HttpAnswer{200, kJson, std::move(body)};
  co_return HttpAnswer{200, kScript, function + '(' + body + ");"};
}

}  // namespace api
