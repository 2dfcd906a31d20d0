// Many WebSockets that log in, fetch the profile of one account and so watch it, and then wait,
// with a heartbeat every ten seconds as the SDKs send it. Driven by lines on standard input, after
// it has said `open`:
//   change  sets the watched profile, waits until every socket was told, and prints
//           {"sockets", "p50Us", "p99Us", "maxUs"}: from sending the set to having the push
//   end     closes and ends
// An end of one connection, an answer that is not OK and a push of another value are failures.
// docs/protocol/websocket-contract.md §§1-5.

#include <zlib.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

struct Flags {
  std::uint16_t port = 0;      // of the sockets
  std::uint16_t set_port = 0;  // where `change` is sent, plain HTTP
  bool tls = false;
  std::string target = "/binfo?sdkappid=1400000001&instanceid=0&platform=7&compress=gzip";
  std::string frames;  // file: kFrames a socket, each ended by a zero byte
  std::string change;  // file: one HTTP request with a gap for the value
};

constexpr std::size_t kFrames = 3;  // of a socket: login, fetch, heartbeat
constexpr std::chrono::milliseconds kTick{100};
constexpr std::size_t kTicksABeat = 100;  // a socket's heartbeat comes with every so many ticks

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "bench_watch: %s\n", why.c_str());
  std::exit(1);
}

void Check(const error_code& error, const char* what) {
  if (error) Fail(std::string(what) + ": " + error.message());
}

std::vector<std::string> ReadTexts(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> texts;
  for (std::string text; std::getline(in, text, '\0');) texts.push_back(text);
  if (texts.empty()) Fail(file + " is empty");
  return texts;
}

// What a message says, out of its COMP form where it is in one (contract §1.4).
std::string TextOf(const std::string& message) {
  constexpr std::string_view kMark = "COMP";
  if (!message.starts_with(kMark)) return message;
  std::string text(256 << 10, '\0');
  uLongf size = text.size();
  int status = uncompress(reinterpret_cast<Bytef*>(text.data()), &size,
                          reinterpret_cast<const Bytef*>(message.data() + kMark.size()),
                          message.size() - kMark.size());
  if (status != Z_OK) Fail("a COMP message is broken");
  text.resize(size);
  return text;
}

// What all sockets share.
struct Crowd {
  std::function<void()> on_ready;   // a socket has had its login and its fetch answered
  std::function<void()> on_pushed;  // a socket was told of something
};

class Watcher {
 public:
  virtual ~Watcher() = default;

  // Unless it is not ready, or is still writing the last one.
  virtual void SendHeartbeat() = 0;

  // The push that came since this was last called; that it is there is the caller's knowledge.
  virtual std::string TakePush() = 0;
};

template <class Stream>
class SocketWatcher final : public Watcher {
 public:
  // `arguments`: what its stream is made with.
  template <class... Arguments>
  SocketWatcher(Crowd& crowd, const std::string* frames, Arguments&... arguments)
      : crowd_(crowd), frames_(frames), stream_(arguments...) {}

  void Open(const Flags& flags) {
    tcp::endpoint server(asio::ip::address_v4::loopback(), flags.port);
    tcp::socket& socket = beast::get_lowest_layer(stream_);
    socket.async_connect(server, [this, &flags, &socket](const error_code& error) {
      Check(error, "connect");
      socket.set_option(tcp::no_delay(true));
      Secure(flags);
    });
  }

  void SendHeartbeat() override {
    if (answered_ == 2 && !is_writing_) Send(frames_[2]);
  }

  std::string TakePush() override { return std::exchange(push_, std::string()); }

 private:
  void Secure(const Flags& flags) {
    if constexpr (std::is_same_v<Stream, tcp::socket>) {
      Upgrade(flags);
    } else {
      stream_.next_layer().async_handshake(asio::ssl::stream_base::client,
                                           [this, &flags](const error_code& error) {
                                             Check(error, "TLS");
                                             Upgrade(flags);
                                           });
    }
  }

  void Upgrade(const Flags& flags) {
    stream_.binary(true);
    stream_.async_handshake("localhost", flags.target, [this](const error_code& error) {
      Check(error, "upgrade");
      Send(frames_[0]);
      Read();
    });
  }

  void Send(const std::string& text) {
    is_writing_ = true;
    stream_.async_write(asio::buffer(text), [this](const error_code& error, std::size_t) {
      Check(error, "write");
      is_writing_ = false;
    });
  }

  void Read() {
    stream_.async_read(buffer_, [this](const error_code& error, std::size_t) {
      Check(error, "read");
      auto bytes = buffer_.cdata();
      OnMessage({static_cast<const char*>(bytes.data()), bytes.size()});
      buffer_.clear();
      Read();
    });
  }

  // The push is looked into later: now it would hold up those that come behind it.
  void OnMessage(std::string_view message) {
    if (message.starts_with(R"({"head":{"servcmd":"heartbeat)")) return;
    if (answered_ == 2) {
      if (!push_.empty()) Fail("more than one push of one change");
      push_ = message;
      return crowd_.on_pushed();
    }
    std::string text = TextOf(std::string(message));
    if (text.find("\"ErrorCode\":0") == std::string::npos) Fail(text);
    if (++answered_ == 1) return Send(frames_[1]);
    crowd_.on_ready();
  }

  Crowd& crowd_;
  const std::string* frames_;  // kFrames of them
  websocket::stream<Stream> stream_;
  beast::flat_buffer buffer_;
  std::string push_;
  int answered_ = 0;
  bool is_writing_ = false;
};

class Run {
 public:
  explicit Run(const Flags& flags)
      : flags_(flags), frames_(ReadTexts(flags.frames)), change_(ReadTexts(flags.change).front()) {
    tls_.set_verify_mode(asio::ssl::verify_none);
    crowd_.on_ready = [this] { OnReady(); };
    crowd_.on_pushed = [this] { OnPushed(); };
    setter_.connect(tcp::endpoint(asio::ip::address_v4::loopback(), flags.set_port));
  }

  void Start() {
    constexpr std::size_t kAtOnce = 32;
    for (std::size_t i = 0; i < kAtOnce; ++i) OpenNext();
    SendHeartbeats(0);
    context_.run();
  }

 private:
  std::size_t Count() const { return frames_.size() / kFrames; }

  void OpenNext() {
    if (watchers_.size() == Count()) return;
    const std::string* frames = &frames_[watchers_.size() * kFrames];
    if (flags_.tls) {
      using Stream = beast::ssl_stream<tcp::socket>;
      Add(std::make_unique<SocketWatcher<Stream>>(crowd_, frames, context_, tls_));
    } else {
      Add(std::make_unique<SocketWatcher<tcp::socket>>(crowd_, frames, context_));
    }
  }

  template <class Stream>
  void Add(std::unique_ptr<SocketWatcher<Stream>> watcher) {
    auto* opened = watcher.get();
    watchers_.push_back(std::move(watcher));
    opened->Open(flags_);
  }

  // The heartbeats of every kTicksABeat-th socket from `first` on; a tick later those of the next.
  void SendHeartbeats(std::size_t first) {
    for (std::size_t i = first; i < watchers_.size(); i += kTicksABeat) {
      watchers_[i]->SendHeartbeat();
    }
    tick_.expires_after(kTick);
    tick_.async_wait([this, next = (first + 1) % kTicksABeat](const error_code& error) {
      if (!error) SendHeartbeats(next);
    });
  }

  void OnReady() {
    if (++ready_ == Count()) {
      std::puts("open");
      std::fflush(stdout);
      return ReadLine();
    }
    OpenNext();
  }

  void ReadLine() {
    asio::async_read_until(input_, asio::dynamic_buffer(line_), '\n',
                           [this](const error_code& error, std::size_t n) {
                             std::string word = error ? "end" : line_.substr(0, n - 1);
                             line_.erase(0, n);
                             if (word == "end") std::exit(0);
                             Change();
                           });
  }

  void Change() {
    constexpr std::string_view kGap = "@value@@@@@@@@@@";
    char value[17];
    std::snprintf(value, sizeof value, "watch-%010zu", ++changes_);
    value_ = value;
    std::string request = change_;
    std::size_t gap = request.find(kGap);
    if (gap == std::string::npos) Fail("the change has no gap");
    request.replace(gap, kGap.size(), value);
    latencies_us_.clear();
    deadline_.expires_after(std::chrono::seconds(60));
    deadline_.async_wait([this](const error_code& error) {
      if (error) return;
      Fail(std::to_string(Count() - latencies_us_.size()) + " sockets were not told of the change");
    });
    started_ = Clock::now();
    asio::write(setter_, asio::buffer(request));
    setter_.async_read_some(asio::buffer(answer_), [this](const error_code& error, std::size_t n) {
      Check(error, "set");
      std::string_view text(answer_, n);
      if (text.find("\"ActionStatus\":\"OK\"") == std::string_view::npos) Fail(std::string(text));
    });
  }

  void OnPushed() {
    std::chrono::duration<double, std::micro> latency = Clock::now() - started_;
    latencies_us_.push_back(latency.count());
    if (latencies_us_.size() < Count()) return;
    deadline_.cancel();
    std::sort(latencies_us_.begin(), latencies_us_.end());
    auto at = [&](double share) {
      return latencies_us_[static_cast<std::size_t>(share * double(latencies_us_.size() - 1))];
    };
    for (const auto& watcher : watchers_) {
      std::string push = TextOf(watcher->TakePush());
      if (push.find(value_) == std::string::npos) Fail("another push than expected: " + push);
    }
    std::printf("{\"sockets\":%zu,\"p50Us\":%.0f,\"p99Us\":%.0f,\"maxUs\":%.0f}\n", Count(),
                at(0.5), at(0.99), at(1));
    std::fflush(stdout);
    ReadLine();
  }

  const Flags& flags_;
  std::vector<std::string> frames_;
  std::string change_;
  asio::io_context context_{1};
  asio::ssl::context tls_{asio::ssl::context::tlsv13_client};
  asio::posix::stream_descriptor input_{context_, STDIN_FILENO};
  tcp::socket setter_{context_};
  asio::steady_timer deadline_{context_};
  asio::steady_timer tick_{context_};
  Crowd crowd_;
  std::vector<std::unique_ptr<Watcher>> watchers_;
  std::size_t ready_ = 0;
  std::size_t changes_ = 0;
  std::string value_;  // what the watched profile is set to
  std::vector<double> latencies_us_;
  Clock::time_point started_;
  std::string line_;
  char answer_[4 << 10];
};

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App cli("WebSockets that watch one profile");
  cli.add_option("--port", flags.port, "of the sockets, on loopback")->required();
  cli.add_option("--set-port", flags.set_port, "of plain HTTP, for the change")->required();
  cli.add_flag("--tls", flags.tls, "the sockets' port speaks TLS");
  cli.add_option("--target", flags.target)->capture_default_str();
  cli.add_option("--frames", flags.frames, "file: three frames a socket, zero-ended")->required();
  cli.add_option("--change", flags.change, "file: the HTTP request that changes it")->required();
  CLI11_PARSE(cli, argc, argv);
  Run(flags).Start();
  return 0;
}
