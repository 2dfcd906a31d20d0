#pragma once

// The bytes of what is sent through a WebSocket. docs/protocol/websocket-contract.md §§1.4, 2.

#include <string>
#include <string_view>

namespace api {

// A frame: `seq` and `body` are JSON text. `compresses`: the receiver can read compressed ones, and
// gets it in that form where that is shorter.
std::string MakeSocketMessage(std::string_view servcmd, std::string_view seq, std::string_view body,
                              bool compresses);

// The command under which the SDKs are told of events.
inline constexpr std::string_view kPushCommand = "im_open_push.msg_push";

// What nobody has asked for. All have the same number, which no SDK looks at, so that one message
// is right for all who get it.
std::string MakePush(std::string_view servcmd, std::string_view body, bool compresses);

}  // namespace api
