// A server that a test scripts: it speaks HTTP/1.1, plain or TLS, on a loopback port, and does with
// each request what the test's function says. It runs on a thread of its own.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace webim::test {

struct FakeRequest {
  std::string target;
  std::string body;
  std::string host;          // the Host header
  std::string content_type;  // the Content-Type header
  int connection = 0;        // 1, 2, … in the order of acceptance

  // The target without its query.
  std::string Path() const;
  // A query parameter as it stands in the target, still percent-encoded; "" when absent.
  std::string Parameter(const std::string& name) const;
};

struct FakeAnswer {
  enum class Act {
    kAnswer,
    kAnswerAndClose,  // announces nothing: no "Connection: close"
    kDrop,            // closes without a byte of an answer
    kCutOff,          // closes in the middle of the answer
    kHold,            // answers after Release()
    kStaySilent,      // never answers; ends when the client closes
  };
  std::string body = R"({"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""})";
  unsigned status = 200;
  bool announce_close = false;  // "Connection: close"
  Act act = Act::kAnswer;
};

using FakeHandler = std::function<FakeAnswer(const FakeRequest&)>;

// Logs anyone in as TinyId 144115200000000017 and answers every portrait_get with the one profile
// {Nick "Alice"} of "alice"; all else is an empty OK.
FakeAnswer AnswerPlainly(const FakeRequest& request);

// What a TLS server needs, as PEM text.
struct Identity {
  std::string certificate;
  std::string key;
};

struct FakeOptions {
  const Identity* identity = nullptr;  // null: plain HTTP
  bool only_tls_1_1 = false;
};

class FakeServer {
 public:
  explicit FakeServer(FakeHandler handler = AnswerPlainly, FakeOptions options = {});
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::string url() const;  // http(s)://127.0.0.1:port
  int port() const;

  std::vector<FakeRequest> requests() const;
  FakeRequest last_request() const { return requests().back(); }
  int connections() const;

  // Wait until so many requests were read, or connections have ended, since the start.
  void AwaitRequests(std::size_t count);
  void AwaitClosed(int count);

  // Lets held answers go, and those to come.
  void Release();

 private:
  struct Loop;
  friend struct Loop;

  FakeAnswer Take(FakeRequest request);
  int CountAccepted();
  void CountClosed();

  const FakeHandler handler_;
  const bool tls_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<FakeRequest> requests_;
  int accepted_ = 0;
  int closed_ = 0;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
};

}  // namespace webim::test
