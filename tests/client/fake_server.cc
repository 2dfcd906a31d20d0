#include "tests/client/fake_server.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <optional>
#include <sstream>
#include <utility>

namespace webim::test {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;

constexpr auto kUseTuple = asio::as_tuple(asio::use_awaitable);

std::string Serialize(const FakeAnswer& answer) {
  http::response<http::string_body> response{static_cast<http::status>(answer.status), 11};
  response.keep_alive(!answer.announce_close);
  response.body() = answer.body;
  response.prepare_payload();
  std::ostringstream text;
  text << response;
  return text.str();
}

}  // namespace

std::string FakeRequest::Path() const { return target.substr(0, target.find('?')); }

std::string FakeRequest::Parameter(const std::string& name) const {
  const std::string query = "&" + target.substr(target.find('?') + 1) + "&";
  const std::size_t found = query.find("&" + name + "=");
  if (found == std::string::npos) {
    return "";
  }
  const std::size_t begin = found + name.size() + 2;
  return query.substr(begin, query.find('&', begin) - begin);
}

FakeAnswer AnswerPlainly(const FakeRequest& request) {
  FakeAnswer answer;
  if (request.Path().ends_with("/openim/login")) {
    answer.body = R"({"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"",)"
                  R"("TinyId":"144115200000000017","A2Key":"a2secret"})";
  } else if (request.Path().ends_with("/portrait_get")) {
    answer.body =
        R"({"UserProfileItem":[{"To_Account":"alice","ProfileItem":)"
        R"([{"Tag":"Tag_Profile_IM_Nick","Value":"Alice"}],"ResultCode":0,"ResultInfo":""}],)"
        R"("Fail_Account":[],"Invalid_Account":[],)"
        R"("ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","ErrorDisplay":""})";
  }
  return answer;
}

struct FakeServer::Loop {
  Loop(FakeServer& fake, FakeOptions options) : server(fake) {
    if (options.identity != nullptr) {
      UseTls(options);
    }
    asio::co_spawn(io, Accept(), asio::detached);
  }

  void UseTls(const FakeOptions& options) {
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain(asio::buffer(options.identity->certificate));
    tls->use_private_key(asio::buffer(options.identity->key), asio::ssl::context::pem);
    if (options.only_tls_1_1) {
      // Security level 0: OpenSSL 3 does not offer TLS 1.1 otherwise.
      SSL_CTX_set_cipher_list(tls->native_handle(), "DEFAULT@SECLEVEL=0");
      SSL_CTX_set_min_proto_version(tls->native_handle(), TLS1_1_VERSION);
      SSL_CTX_set_max_proto_version(tls->native_handle(), TLS1_1_VERSION);
    }
  }

  asio::awaitable<void> Accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor.async_accept(kUseTuple);
      if (error) {
        co_return;
      }
      asio::co_spawn(io, Converse(std::move(socket), server.CountAccepted()), asio::detached);
    }
  }

  asio::awaitable<void> Converse(tcp::socket socket, int number) {
    if (!tls) {
      co_await Serve(socket, number);
    } else {
      asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls);
      auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::server, kUseTuple);
      if (!error) {
        co_await Serve(stream, number);
      }
      boost::system::error_code ignored;
      stream.next_layer().close(ignored);
    }
    socket.close();
    server.CountClosed();
  }

  template <class Stream>
  asio::awaitable<void> Serve(Stream& stream, int number) {
    boost::beast::flat_buffer buffer;
    for (bool open = true; open;) {
      http::request<http::string_body> request;
      auto [error, size] = co_await http::async_read(stream, buffer, request, kUseTuple);
      if (error) {
        co_return;
      }
      FakeRequest seen{std::string(request.target()), request.body(),
                       std::string(request[http::field::host]),
                       std::string(request[http::field::content_type]), number};
      const FakeAnswer answer = server.Take(std::move(seen));
      open = co_await Reply(stream, answer);
    }
  }

  // Answers whether the connection goes on.
  template <class Stream>
  asio::awaitable<bool> Reply(Stream& stream, const FakeAnswer& answer) {
    using Act = FakeAnswer::Act;
    if (answer.act == Act::kDrop) {
      co_return false;
    }
    if (answer.act == Act::kStaySilent) {
      char byte = 0;
      co_await stream.async_read_some(asio::buffer(&byte, 1), kUseTuple);
      co_return false;
    }
    if (answer.act == Act::kHold && !released) {
      co_await gate.async_wait(kUseTuple);
    }
    std::string text = Serialize(answer);
    if (answer.act == Act::kCutOff) {
      text.resize(text.size() - 1);
    }
    auto [error, size] = co_await asio::async_write(stream, asio::buffer(text), kUseTuple);
    co_return !error && !answer.announce_close && answer.act != Act::kAnswerAndClose &&
        answer.act != Act::kCutOff;
  }

  FakeServer& server;
  asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(asio::ip::address_v4::loopback(), 0)};
  std::optional<asio::ssl::context> tls;
  bool released = false;  // on the loop's thread
  asio::steady_timer gate{io, asio::steady_timer::time_point::max()};
};

FakeServer::FakeServer(FakeHandler handler, FakeOptions options)
    : handler_(std::move(handler)),
      tls_(options.identity != nullptr),
      loop_(std::make_unique<Loop>(*this, options)),
      thread_([this] { loop_->io.run(); }) {}

FakeServer::~FakeServer() {
  loop_->io.stop();
  thread_.join();
}

int FakeServer::port() const { return loop_->acceptor.local_endpoint().port(); }

std::string FakeServer::url() const {
  return (tls_ ? "https://127.0.0.1:" : "http://127.0.0.1:") + std::to_string(port());
}

FakeAnswer FakeServer::Take(FakeRequest request) {
  {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request);
  }
  changed_.notify_all();
  return handler_(request);
}

int FakeServer::CountAccepted() {
  const std::lock_guard lock(mutex_);
  return ++accepted_;
}

void FakeServer::CountClosed() {
  {
    const std::lock_guard lock(mutex_);
    ++closed_;
  }
  changed_.notify_all();
}

std::vector<FakeRequest> FakeServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int FakeServer::connections() const {
  const std::lock_guard lock(mutex_);
  return accepted_;
}

void FakeServer::AwaitRequests(std::size_t count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return requests_.size() >= count; });
}

void FakeServer::AwaitClosed(int count) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return closed_ >= count; });
}

void FakeServer::Release() {
  asio::post(loop_->io, [this] {
    loop_->released = true;
    loop_->gate.cancel();
  });
}

}  // namespace webim::test
