// A real portraitd in dev mode on loopback ports, for the tests that need one.
#pragma once

#include <sys/types.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <filesystem>
#include <string>

#include "webim/types.h"

namespace webim::test {

// Where it listens; port 0 = a free one.
struct Addresses {
  std::string http = "127.0.0.1:0";
  std::string https = "127.0.0.1:0";
};

// The program is $PORTRAITD, or the one of this build. It dies with the thread that started it.
class Portraitd {
 public:
  // Starts it with everything it keeps in `data` and waits until it is ready. Throws
  // std::runtime_error when it ends before that.
  explicit Portraitd(const std::filesystem::path& data, const Addresses& addresses = {});
  ~Portraitd();  // ends it in good order
  Portraitd(const Portraitd&) = delete;
  Portraitd& operator=(const Portraitd&) = delete;

  const std::string& http() const { return http_; }    // "http://127.0.0.1:43121"
  const std::string& https() const { return https_; }  // "https://127.0.0.1:43122"
  std::string certificate() const { return data_ / "tls_certificate.pem"; }
  // Where it listens now, for starting another one in its place.
  Addresses addresses() const;

  // Who may log in as `account`. One thread at a time.
  LoginInfo InfoFor(const std::string& account);

  // kill -9; when it returns the process is gone.
  void Kill();

 private:
  void Start(const std::filesystem::path& ready_file, const Addresses& addresses);
  void End(int signal);

  const std::filesystem::path data_;
  pid_t pid_ = -1;
  std::string http_;
  std::string https_;
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket usersigs_{io_};  // the connection UserSigs are asked on
};

}  // namespace webim::test
