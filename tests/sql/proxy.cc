#include "tests/sql/proxy.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace store {
namespace {

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof(address.sun_path) - 1);
  return address;
}

int Connect(const std::string& path) {
  int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = AddressOf(path);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("no server at " + path);
  }
  return fd;
}

bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// What there is; empty: the other side has closed.
std::string_view Receive(int fd, std::array<char, 65536>& buffer) {
  auto size = ::recv(fd, buffer.data(), buffer.size(), 0);
  return {buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace

Proxy::Proxy(std::string own, std::string server)
    : own_(std::move(own)), server_(std::move(server)) {
  listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address = AddressOf(own_);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("cannot listen on " + own_);
  }
  acceptor_ = std::thread([this] { Accept(); });
}

Proxy::~Proxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  for (int fd : sockets_) ::shutdown(fd, SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
  for (int fd : sockets_) ::close(fd);
}

void Proxy::Accept() {
  for (;;) {
    int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    std::lock_guard lock(mutex_);
    sockets_.push_back(client);
    threads_.emplace_back([this, client] { Pass(client); });
  }
}

void Proxy::SendHeld() {
  std::lock_guard lock(mutex_);
  if (held_ >= 0) SendAll(held_, held_bytes_);
  held_ = -1;
}

// One thread for both directions: the protocol asks and answers in turn.
void Proxy::Pass(int client) {
  int server = Connect(server_);
  {
    std::lock_guard lock(mutex_);
    sockets_.push_back(server);
  }
  std::array<char, 65536> buffer;
  for (bool is_open = true; is_open;) {
    pollfd waits[] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    ::poll(waits, 2, -1);
    if (waits[0].revents != 0) {
      std::string_view bytes = Receive(client, buffer);
      Cut cut = bytes.ends_with("COMMIT") ? cut_.exchange(Cut::kNone) : Cut::kNone;
      if (cut != Cut::kNone) ++cuts_;
      if (cut == Cut::kLate) {
        std::lock_guard lock(mutex_);
        held_ = server;
        held_bytes_ = bytes;
        ::shutdown(client, SHUT_RDWR);
      } else {
        is_open = !bytes.empty() && cut != Cut::kBefore && SendAll(server, bytes);
        if (bytes.ends_with("FOR UPDATE")) SendHeld();
      }
      if (cut == Cut::kAfter || cut == Cut::kLate) {
        Receive(server, buffer);  // its answer: it is done
        is_open = false;
      }
    } else if (waits[1].revents != 0) {
      std::string_view bytes = Receive(server, buffer);
      is_open = !bytes.empty() && SendAll(client, bytes);
    }
  }
  ::shutdown(client, SHUT_RDWR);
  ::shutdown(server, SHUT_RDWR);
}

}  // namespace store
