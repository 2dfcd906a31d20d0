// Gets and sets at a fixed rate, and how long each kind takes to be answered. wrk sends the next
// request when the last one is answered, so a server that stalls is asked less; here requests are
// due at their times, and a latency counts from then, however late a connection is free.
// Busy for as long as it runs: it wants a core of its own.
// Prints {"get": {"count", "p50Us", "p99Us"}, "set": …, "rps": answered per second}.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/asio/connect.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using Clock = std::chrono::steady_clock;

struct Flags {
  std::uint16_t port = 0;
  std::size_t connections = 64;
  double rate = 10000;
  double seconds = 5;
  double warm_seconds = 1;
  double set_share = 0;
  std::string gets, sets;  // files: requests, each ended by a zero byte
};

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "bench_mix: %s\n", why.c_str());
  std::exit(1);
}

std::vector<std::string> ReadRequests(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::vector<std::string> requests;
  for (std::string text; std::getline(in, text, '\0');) requests.push_back(text);
  if (requests.empty()) Fail(file + " holds no requests");
  return requests;
}

// Requests of one kind and the latencies of their answers.
struct Kind {
  std::vector<std::string> requests;
  std::size_t next = 0;
  std::vector<double> latencies_us;

  // The next request; its gap, if it has one, is filled with something not sent before.
  std::string Next() {
    constexpr std::string_view kGap = "@value@@@@@@@@@@";
    std::string text = requests[next++ % requests.size()];
    if (std::size_t at = text.find(kGap); at != std::string::npos) {
      char value[17];
      std::snprintf(value, sizeof value, "mix-%012zx", next);
      text.replace(at, kGap.size(), value, kGap.size());
    }
    return text;
  }

  void Print(const char* name) {
    std::sort(latencies_us.begin(), latencies_us.end());
    auto at = [&](double share) {
      if (latencies_us.empty()) return 0.0;
      return latencies_us[static_cast<std::size_t>(share * double(latencies_us.size() - 1))];
    };
    std::printf("\"%s\":{\"count\":%zu,\"p50Us\":%.0f,\"p99Us\":%.0f},", name, latencies_us.size(),
                at(0.5), at(0.99));
  }
};

struct Due {
  Kind* kind = nullptr;
  Clock::time_point at;
};

class Load;

// One request at a time.
class Connection {
 public:
  Connection(Load& load, asio::io_context& context, const tcp::endpoint& server)
      : load_(load), socket_(context) {
    socket_.connect(server);
    socket_.set_option(tcp::no_delay(true));
  }

  void Send(const Due& due) {
    due_ = due;
    request_ = due.kind->Next();
    asio::write(socket_, asio::buffer(request_));
    Read();
  }

 private:
  void Read() {
    socket_.async_read_some(asio::buffer(chunk_), [this](const error_code& error, std::size_t n) {
      if (error) Fail("the server ended a connection");
      answer_.append(chunk_, n);
      IsWhole() ? Finish() : Read();
    });
  }

  bool IsWhole() const {
    constexpr std::string_view kField = "\r\nContent-Length: ";
    std::size_t end = answer_.find("\r\n\r\n");
    std::size_t field = answer_.find(kField);
    if (end == std::string::npos || field > end) return false;
    return answer_.size() >= end + 4 + std::stoul(answer_.substr(field + kField.size(), 10));
  }

  void Finish();

  Load& load_;
  tcp::socket socket_;
  Due due_;
  std::string request_, answer_;
  char chunk_[16 << 10];
};

class Load {
 public:
  explicit Load(const Flags& flags) : flags_(flags) {
    gets_.requests = ReadRequests(flags.gets);
    if (flags.set_share > 0) sets_.requests = ReadRequests(flags.sets);
    tcp::endpoint server(asio::ip::address_v4::loopback(), flags.port);
    for (std::size_t i = 0; i < flags.connections; ++i) {
      connections_.push_back(std::make_unique<Connection>(*this, context_, server));
      free_.push_back(connections_.back().get());
    }
  }

  void Run() {
    std::chrono::duration<double> gap(1 / flags_.rate);
    auto started = Clock::now();
    auto end = started + Seconds(flags_.warm_seconds + flags_.seconds);
    measured_from_ = started + Seconds(flags_.warm_seconds);
    double sent = 0;
    while (Clock::now() < end) {
      auto next = started + std::chrono::duration_cast<Clock::duration>(gap * sent);
      if (Clock::now() >= next) {
        waiting_.push_back({Draw(), next});
        sent += 1;
      }
      Dispatch();
      context_.poll();
    }
    while (free_.size() < connections_.size()) context_.run_one();
    Print();
  }

  void OnAnswer(Connection& connection, const Due& due) {
    free_.push_back(&connection);
    if (due.at < measured_from_) return;
    std::chrono::duration<double, std::micro> latency = Clock::now() - due.at;
    due.kind->latencies_us.push_back(latency.count());
  }

 private:
  static Clock::duration Seconds(double seconds) {
    return std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
  }

  Kind* Draw() { return share_(random_) < flags_.set_share ? &sets_ : &gets_; }

  void Dispatch() {
    while (!waiting_.empty() && !free_.empty()) {
      Connection* connection = free_.front();
      free_.pop_front();
      connection->Send(waiting_.front());
      waiting_.pop_front();
    }
  }

  void Print() {
    std::size_t count = gets_.latencies_us.size() + sets_.latencies_us.size();
    std::printf("{");
    gets_.Print("get");
    sets_.Print("set");
    std::printf("\"rps\":%.1f}\n", static_cast<double>(count) / flags_.seconds);
  }

  const Flags& flags_;
  asio::io_context context_{1};
  // Without it the context would stop whenever nothing is under way.
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  Kind gets_, sets_;
  std::vector<std::unique_ptr<Connection>> connections_;
  std::deque<Connection*> free_;
  std::deque<Due> waiting_;
  Clock::time_point measured_from_;
  std::mt19937 random_{12345};
  std::uniform_real_distribution<double> share_{0, 1};
};

void Connection::Finish() {
  if (answer_.find("\"ActionStatus\":\"OK\"") == std::string::npos) Fail(answer_);
  answer_.clear();
  load_.OnAnswer(*this, due_);
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App cli("gets and sets at a fixed rate");
  cli.add_option("--port", flags.port, "of the server, on loopback")->required();
  cli.add_option("--gets", flags.gets, "file of requests, each ended by a zero byte")->required();
  cli.add_option("--sets", flags.sets, "the same");
  cli.add_option("--set-share", flags.set_share, "of all requests")->capture_default_str();
  cli.add_option("--rate", flags.rate, "requests per second")->capture_default_str();
  cli.add_option("--seconds", flags.seconds)->capture_default_str();
  cli.add_option("--warm-seconds", flags.warm_seconds, "not counted")->capture_default_str();
  cli.add_option("--connections", flags.connections)->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  Load(flags).Run();
  return 0;
}
