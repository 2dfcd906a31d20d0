// Any bytes as the target of a GET: answered with JSON, or with a call of the function it names,
// which is a name, of JSON that is a script as well.

#include <algorithm>

#include "tests/fuzz/input.h"
#include "tests/fuzz/server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::Expect;
  fuzz::Input input(data, size);
  int caller = input.Byte();
  fuzz::Server& server = fuzz::FreshServer();
  std::string target(input.Rest());
  if (target.find("longpolling") != std::string::npos) return 0;
  if (target.empty() || target[0] != '/') target = "/v4/profile/portrait_get?" + target;
  target += (target.find('?') == std::string::npos ? '?' : '&') + server.Query(caller);
  auto answer = server.Ask("GET", target, "");
  Expect(answer.has_value(), "a command that is no poll answers at once");
  std::string_view body = answer->body;
  if (answer->content_type.starts_with("application/javascript")) {
    std::size_t open = body.find('(');
    Expect(open != body.npos && open <= 64 && body.ends_with(");"), "a call");
    Expect(std::all_of(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(open),
                       [](char c) { return std::isalnum(c) != 0 || c == '_' || c == '$'; }),
           "of a name");
    body = body.substr(open + 1, body.size() - open - 3);
    Expect(body.find("\u2028") == body.npos && body.find("\u2029") == body.npos,
           "of one line in every browser");
  }
  fuzz::CheckAnswer(body);
  return 0;
}
