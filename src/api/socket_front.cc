#include "api/socket_front.h"

#include "api/socket_message.h"
#include "api/socket_session.h"
#include "base/json_string.h"

namespace api {
namespace {

using base::Code;
using base::JsonValue;

constexpr std::size_t kMaxCommandBytes = 128;
constexpr int kMaxMalformed = 3;
constexpr std::uint16_t kInvalidPayload = 1007;
constexpr int kOverloadS = 10;  // for so long the SDK refuses the command by itself

// The credentials of a request's head, under the names they have in a URL.
constexpr std::pair<std::string_view, std::string_view> kCredentials[] = {
    {"sdkappid", "sdkappid"}, {"identifier", "identifier"}, {"usersig", "usersig"}, {"a2", "a2"},
    {"tinyid", "tinyid"},
};

bool IsOverload(Code code) { return code == Code::kTooFrequent || code == Code::kAppTooFrequent; }

}  // namespace

// A request as it arrived.
struct SocketFront::Frame {
  std::string servcmd;
  std::string path;  // the command's, in the table
  std::string seq;   // JSON text, to be given back as it is
  Query credentials;
  std::string body;
};

SocketFront::SocketFront(Pipeline& pipeline, std::string client_ip, bool compresses, Wire wire)
    : pipeline_(pipeline),
      client_ip_(std::move(client_ip)),
      compresses_(compresses),
      wire_(std::move(wire)) {
  session_ = std::make_shared<SocketSession>(
      pipeline_.services(),
      SocketSession::Wire{[this](std::string message) { wire_.send(std::move(message)); },
                          [this] { wire_.close(1000); }, wire_.executor, compresses_});
}

SocketFront::~SocketFront() { session_->End(); }

void SocketFront::OnClose() { session_->End(); }

bool SocketFront::ParseFrame(std::string_view message, Frame& frame) {
  using Type = JsonValue::Type;
  // A body may be as deep as a request's, and stands in the frame.
  thread_local base::JsonParser parser(base::JsonParser::kMaxDepth + 1);
  auto json = parser.Parse(message);
  if (!json || !json->Is(Type::kObject)) return false;
  JsonValue head = json->Find("head");
  if (!head.Is(Type::kObject)) return false;
  JsonValue servcmd = head.Find("servcmd");
  JsonValue seq = head.Find("seq");
  bool is_request = servcmd.Is(Type::kString) && servcmd.String().size() <= kMaxCommandBytes &&
                    (seq.Is(Type::kInteger) || seq.Is(Type::kString));
  if (!is_request) return false;
  frame.servcmd = servcmd.String();
  frame.path = "v4/" + frame.servcmd;
  if (std::size_t dot = frame.path.find('.'); dot != std::string::npos) frame.path[dot] = '/';
  frame.seq = seq.Text();
  for (auto [member, name] : kCredentials) {
    JsonValue value = head.Find(member);
    if (value.Is(Type::kString) && !value.String().empty()) {
      frame.credentials.Add(std::string(name), std::string(value.String()));
    } else if (value.Is(Type::kInteger)) {
      frame.credentials.Add(std::string(name), value.Text());
    }
  }
  JsonValue body = json->Find("body");
  frame.body = body.IsMissing() ? "{}" : body.Text();
  return true;
}

Call SocketFront::ToCall(Frame frame) const {
  Call call;
  call.command = FindCommand(frame.path, Door::kSocket);
  call.door = Door::kSocket;
  call.socket = session_.get();
  call.query = std::move(frame.credentials);
  call.body = std::move(frame.body);
  call.client_ip = client_ip_;
  return call;
}

boost::asio::awaitable<void> SocketFront::OnMessage(std::string message) {
  Frame frame;
  if (!ParseFrame(message, frame)) {
    if (++malformed_ == kMaxMalformed) wire_.close(kInvalidPayload);
    co_return;
  }
  malformed_ = 0;
  std::string servcmd = frame.servcmd;
  std::string seq = frame.seq;
  Call call = ToCall(std::move(frame));
  if (call.command == nullptr) {
    base::Error error{Code::kUnknownCommand, ""};
    Send(servcmd, seq, FailAnswer(error, Envelope::kPlain, pipeline_.error_display()));
    co_return;
  }
  Reply reply = co_await base::Wait(pipeline_.Run(std::move(call)));
  if (IsOverload(reply.code)) {
    TellOfOverload(servcmd);
  } else {
    Send(servcmd, seq, reply.body);
  }
}

// Once for a while; what comes meanwhile is not answered. docs/protocol/websocket-contract.md §3.4.
void SocketFront::TellOfOverload(std::string_view servcmd) {
  std::int64_t now_ms = pipeline_.services().clock.NowMs();
  if (now_ms < next_overload_ms_) return;
  next_overload_ms_ = now_ms + 1000 * kOverloadS;
  std::string body = R"({"OverLoadServCmd":)";
  base::AppendJsonString(body, servcmd);
  body += R"(,"DelaySecs":)" + std::to_string(kOverloadS) + '}';
  Push("OverLoadPush.notify2", body);
}

void SocketFront::Push(std::string_view servcmd, std::string_view body) {
  wire_.send(MakePush(servcmd, body, compresses_));
}

void SocketFront::Send(std::string_view servcmd, std::string_view seq, std::string_view body) {
  wire_.send(MakeSocketMessage(servcmd, seq, body, compresses_));
}

}  // namespace api
