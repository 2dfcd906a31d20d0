#include "api/front_http.h"

#include <algorithm>

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::Result;
using boost::asio::awaitable;

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
  bool method_fits =
      command != nullptr && (http.method == "POST" || (is_jsonp && command->TakesJsonp()));
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

// `function` is empty for plain JSON.
HttpAnswer ToAnswer(const std::string& function, std::string body) {
  if (function.empty()) return {200, kJson, std::move(body)};
  return {200, kScript, function + '(' + body + ");"};
}
awaitable<HttpAnswer> Later(std::string function, awaitable<Reply> answering) {
  Reply reply = co_await std::move(answering);
  co_return ToAnswer(function, std::move(reply.body));
}

}  // namespace

bool IsApiPath(std::string_view path) {
  return path.size() >= 3 && path[0] == '/' && path[1] == 'v' && path[2] >= '1' && path[2] <= '4' &&
         (path.size() == 3 || path[3] == '/');
}

base::Pending<HttpAnswer> ServeHttp(Pipeline& pipeline, HttpCall http) {
  if (http.method == "OPTIONS") return HttpAnswer{204, "", ""};

  std::size_t mark = http.target.find('?');
  std::string_view path = http.target.substr(0, mark);
  std::string_view text = mark == std::string_view::npos ? "" : http.target.substr(mark + 1);
  const Command* command = FindCommand(path.substr(1), Door::kHttp);
  auto query = Query::Parse(text);
  bool is_jsonp = http.method == "GET" && query && query->Find("jsonpcallback");
  std::string function;
  if (is_jsonp) function = query->Find("jsonpcallback").value_or("");
  bool is_callable = !is_jsonp || IsCallbackName(function);
  if (!is_callable) function.clear();

  auto call = ToCall(http, command, query, is_jsonp);
  if (call && !is_callable) {
    call = Fail(Code::kInvalidUrl, "jsonpcallback is not a function name");
  }
  if (!call) {
    auto body = FailAnswer(call.error(), EnvelopeOf(path.substr(1)), pipeline.error_display());
    return ToAnswer(function, std::move(body));
  }
  auto reply = pipeline.Run(*std::move(call));
  if (reply.is_there()) return ToAnswer(function, std::move(reply.value().body));
  return Later(std::move(function), std::move(reply.later()));
}

}  // namespace api
