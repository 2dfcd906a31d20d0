// Any bytes as the body of any command by any caller: answered with JSON, and with 60003 if and
// only if the body is none.

#include "tests/fuzz/input.h"
#include "tests/fuzz/rfc8259.h"
#include "tests/fuzz/server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using fuzz::Expect;
  fuzz::Input input(data, size);
  auto commands = api::Commands();
  const api::Command& command = commands[input.Byte() % commands.size()];
  int caller = input.Byte();
  if (command.doors == api::Doors::kSocket || command.is_poll) return 0;
  fuzz::Server& server = fuzz::FreshServer();
  std::string target = '/' + std::string(command.path) + '?' + server.Query(caller);
  auto answer = server.Ask("POST", target, input.Rest());
  Expect(answer.has_value(), "a command that is no poll answers at once");
  std::int64_t code = fuzz::CheckAnswer(answer->body);
  bool reads_body = command.access != api::Access::kAnyone;
  bool is_refused_before = code == 60004 || code == 60005 || (code >= 70001 && code <= 70052);
  if (reads_body && !is_refused_before) {
    Expect((code == 60003) == !fuzz::IsRfc8259(input.Rest()), "60003 for what is no JSON alone");
  }
  return 0;
}
