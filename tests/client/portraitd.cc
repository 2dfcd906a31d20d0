#include "tests/client/portraitd.h"

#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/connect.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <utility>
#include <vector>

namespace webim::test {
namespace {

namespace http = boost::beast::http;

// The text of a member whose value has no escapes: that is so for all that is read here.
std::string Member(const std::string& json, const std::string& name) {
  const std::string start = "\"" + name + "\":\"";
  const std::size_t found = json.find(start);
  if (found == std::string::npos) {
    throw std::runtime_error("no " + name + " in " + json);
  }
  const std::size_t begin = found + start.size();
  return json.substr(begin, json.find('"', begin) - begin);
}

// "http://127.0.0.1:43121" -> "127.0.0.1:43121"
std::string Authority(const std::string& url) { return url.substr(url.find("//") + 2); }

std::string Program() {
  const char* given = getenv("PORTRAITD");
  return given != nullptr ? given : PORTRAITD_PATH;
}

struct Descriptor {
  explicit Descriptor(int fd) : value(fd) {
    if (fd < 0) {
      throw std::runtime_error("no file descriptor");
    }
  }
  ~Descriptor() { close(value); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int value;
};

}  // namespace

Portraitd::Portraitd(const std::filesystem::path& data, const Addresses& addresses) : data_(data) {
  std::filesystem::create_directories(data);
  const std::filesystem::path ready_file = data / "ready.json";
  std::filesystem::remove(ready_file);
  // Watched before the start, so that no change is missed.
  const Descriptor changes(inotify_init1(IN_CLOEXEC));
  if (inotify_add_watch(changes.value, data.c_str(), IN_MOVED_TO | IN_CLOSE_WRITE) < 0) {
    throw std::runtime_error("cannot watch " + data.string());
  }
  Start(ready_file, addresses);
  // By number: the header of Debian 12 does not declare it for C++.
  const Descriptor process(static_cast<int>(syscall(SYS_pidfd_open, pid_, 0)));
  while (!std::filesystem::exists(ready_file)) {
    pollfd waits[] = {{changes.value, POLLIN, 0}, {process.value, POLLIN, 0}};
    poll(waits, 2, -1);
    if (waits[1].revents != 0) {
      End(SIGKILL);
      throw std::runtime_error("portraitd ended before it was ready: " + Program());
    }
    char events[4096];
    if (read(changes.value, events, sizeof events) < 0) {
      throw std::runtime_error("cannot watch " + data.string());
    }
  }
  std::ifstream file(ready_file);
  const std::string ready{std::istreambuf_iterator<char>(file), {}};
  http_ = Member(ready, "http");
  https_ = Member(ready, "https");
}

void Portraitd::Start(const std::filesystem::path& ready_file, const Addresses& addresses) {
  std::vector<std::string> words = {Program(), "--dev",        "--data",       data_.string(),
                                    "--http",  addresses.http, "--https",      addresses.https,
                                    "--ops",   "127.0.0.1:0",  "--ready-file", ready_file.string()};
  std::vector<char*> arguments;
  for (std::string& word : words) {
    arguments.push_back(word.data());
  }
  arguments.push_back(nullptr);
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(arguments[0], arguments.data());
    _exit(127);
  }
}

Portraitd::~Portraitd() { End(SIGTERM); }

void Portraitd::Kill() { End(SIGKILL); }

void Portraitd::End(int signal) {
  if (pid_ > 0) {
    kill(pid_, signal);
    waitpid(std::exchange(pid_, -1), nullptr, 0);
  }
}

Addresses Portraitd::addresses() const { return {Authority(http_), Authority(https_)}; }

LoginInfo Portraitd::InfoFor(const std::string& account) {
  const std::string host = Authority(http_);
  if (!usersigs_.is_open()) {
    boost::asio::ip::tcp::resolver resolver(io_);
    const std::size_t colon = host.find(':');
    boost::asio::connect(usersigs_,
                         resolver.resolve(host.substr(0, colon), host.substr(colon + 1)));
  }
  http::request<http::empty_body> request{http::verb::get, "/dev/usersig?identifier=" + account,
                                          11};
  request.set(http::field::host, host);
  http::write(usersigs_, request);
  boost::beast::flat_buffer buffer;
  http::response<http::string_body> response;
  http::read(usersigs_, buffer, response);
  return {.sdkAppID = 1400000001,
          .accountType = 1,
          .identifier = account,
          .userSig = Member(response.body(), "usersig")};
}

}  // namespace webim::test
