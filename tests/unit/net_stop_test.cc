// How a server of several threads stops.

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <future>
#include <sstream>
#include <string>
#include <thread>

#include "net/server.h"
#include "net/socket.h"

namespace net {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using HttpResponse = http::response<http::string_body>;

// A server whose handler makes a WebSocket of an upgrade and answers anything else with its thread.
// An upgrade on /held keeps that thread until `release` is done.
class StoppingServer : public testing::Test {
 protected:
  void SetUp() override {
    auto url = server_.Listen(
        {"127.0.0.1:0", [this](Request& request) { return Answer(request); }, nullptr});
    ASSERT_TRUE(url);
    server_.Start();
    auto port = static_cast<std::uint16_t>(std::stoul(url->substr(url->rfind(':') + 1)));
    address_ = tcp::endpoint(asio::ip::address_v4::loopback(), port);
  }

  base::Pending<Response> Answer(Request& request) {
    Response response;
    if (request.Field("Upgrade").empty()) {
      std::ostringstream thread;
      thread << std::this_thread::get_id();
      response.body = thread.str();
      return response;
    }
    if (request.target == "/held") {
      held_.set_value();
      release_.get_future().wait();
    }
    auto upgrade = std::make_shared<Upgrade>();
    upgrade->open = [](const std::shared_ptr<Socket>&) {
      return SocketHandler{[](const std::string&) -> asio::awaitable<void> { co_return; }, [] {}};
    };
    response.upgrade = std::move(upgrade);
    return response;
  }

  // A connection, and the thread that serves it.
  struct Served {
    tcp::socket socket;
    std::string thread;
  };
  Served Connect() {
    tcp::socket socket(context_);
    socket.connect(address_);
    http::request<http::empty_body> request(http::verb::get, "/", 11);
    request.set(http::field::host, "localhost");
    http::write(socket, request);
    std::string thread = Read(socket).body();
    return {std::move(socket), std::move(thread)};
  }

  static HttpResponse Read(tcp::socket& socket) {
    beast::flat_buffer buffer;
    HttpResponse response;
    http::read(socket, buffer, response);
    return response;
  }

  static constexpr std::chrono::seconds kGrace{10};

  Server server_{2, Limits{}};
  asio::io_context context_;
  tcp::endpoint address_;
  std::promise<void> held_;
  std::promise<void> release_;
};

TEST_F(StoppingServer, TakesNoSocketOnAnyThreadOnceOneIsToldToGo) {
  Served first = Connect();
  Served second = Connect();
  while (second.thread == first.thread) second = Connect();
  beast::websocket::stream<tcp::socket> told(std::move(first.socket));
  told.handshake("localhost", "/");
  http::request<http::empty_body> upgrade(http::verb::get, "/held", 11);
  upgrade.set(http::field::host, "localhost");
  upgrade.set(http::field::connection, "Upgrade");
  upgrade.set(http::field::upgrade, "websocket");
  upgrade.set(http::field::sec_websocket_version, "13");
  upgrade.set(http::field::sec_websocket_key, "dGhlIHNhbXBsZSBub25jZQ==");
  http::write(second.socket, upgrade);
  held_.get_future().wait();

  std::thread stopping([this] { server_.Stop(kGrace); });
  beast::flat_buffer buffer;
  beast::error_code error;
  told.read(buffer, error);
  EXPECT_EQ(error, beast::websocket::error::closed);
  EXPECT_EQ(told.reason().code, beast::websocket::close_code::going_away);
  release_.set_value();
  EXPECT_EQ(Read(second.socket).result(), http::status::service_unavailable);
  second.socket.close();
  stopping.join();
}

}  // namespace
}  // namespace net
