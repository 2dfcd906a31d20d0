#include "net/server.h"

#include <boost/asio/ip/address.hpp>
#include <thread>
#include <utility>

#include "net/loop.h"

namespace net {

using boost::system::error_code;
using Clock = std::chrono::steady_clock;

namespace {

base::Result<tcp::endpoint> ParseAddress(const std::string& text) {
  auto fail = [&](const std::string& why) {
    return base::Fail(base::Code::kInternal, text + ": " + why);
  };
  std::size_t colon = text.rfind(':');
  if (colon == std::string::npos) return fail("not ADDRESS:PORT");
  std::string host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  error_code error;
  auto address = asio::ip::make_address(host == "localhost" ? "127.0.0.1" : host, error);
  if (error) return fail("not an IP address");
  std::string port = text.substr(colon + 1);
  bool digits = !port.empty() && port.size() <= 5 &&
                port.find_first_not_of("0123456789") == std::string::npos;
  if (!digits || std::stoul(port) > 65535) return fail("not a port");
  return tcp::endpoint(address, static_cast<std::uint16_t>(std::stoul(port)));
}

base::Result<tcp::acceptor> Bind(asio::io_context& context, const tcp::endpoint& endpoint) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  tcp::acceptor acceptor(context);
  error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return base::Fail(base::Code::kInternal, error.message());
  return acceptor;
}

}  // namespace

base::Result<void> CheckAddress(const std::string& address) {
  auto endpoint = ParseAddress(address);
  if (!endpoint) return tl::unexpected(endpoint.error());
  return {};
}

Server::Server(std::size_t threads, const Limits& limits)
    : state_(std::make_unique<ServerState>()) {
  for (std::size_t i = 0; i < threads; ++i) {
    loops_.push_back(std::make_unique<Loop>(limits, *state_));
  }
}

Server::~Server() { Stop(std::chrono::milliseconds(0)); }

base::Result<std::string> Server::Listen(const ListenerOptions& options) {
  auto endpoint = ParseAddress(options.address);
  if (!endpoint) return tl::unexpected(endpoint.error());
  if (endpoint->port() != 0) {
    // With SO_REUSEPORT a second server would share the port in silence: ask without it first.
    asio::io_context context;
    error_code error;
    tcp::acceptor probe(context);
    probe.open(endpoint->protocol(), error);
    if (!error) probe.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) probe.bind(*endpoint, error);
    if (!error) probe.listen(1, error);
    if (error) {
      return base::Fail(base::Code::kInternal, options.address + ": " + error.message());
    }
  }
  for (auto& loop : loops_) {
    auto acceptor = Bind(loop->context(), *endpoint);
    if (!acceptor) {
      return base::Fail(base::Code::kInternal, options.address + ": " + acceptor.error().detail);
    }
    endpoint->port(acceptor->local_endpoint().port());  // what port 0 became, for the other loops
    loop->Listen(*std::move(acceptor), options.handler, options.tls);
  }
  std::string host = endpoint->address().to_string();
  if (endpoint->address().is_v6()) host = '[' + host + ']';
  return (options.tls == nullptr ? "http://" : "https://") + host + ':' +
         std::to_string(endpoint->port());
}

void Server::Start() {
  for (auto& loop : loops_) loop->Start();
}

void Server::SetLimits(const Limits& limits) {
  for (auto& loop : loops_) loop->SetLimits(limits);
}

void Server::Stop(std::chrono::milliseconds grace) {
  if (state_->is_stopping.exchange(true)) return;
  for (auto& loop : loops_) loop->RequestStop();
  auto deadline = Clock::now() + grace;
  while (Connections() > 0 && Clock::now() < deadline) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  if (Connections() > 0) {
    for (auto& loop : loops_) loop->Abort();
  }
  for (auto& loop : loops_) loop->Join();
}

std::size_t Server::Connections() const {
  return state_->connections.load(std::memory_order_relaxed);
}

std::size_t Server::WebSockets() const {
  return state_->websockets.load(std::memory_order_relaxed);
}

}  // namespace net
