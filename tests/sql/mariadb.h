#pragma once

// A MariaDB server of our own, for as long as a test program runs. Needs mariadbd and
// mariadb-install-db (package mariadb-server-core).

#include <sys/types.h>

#include <string>
#include <vector>

namespace store {

class MariaDb {
 public:
  // The one that all tests share, each with a database of its own. Started at the first call; or
  // that of the first of $SQL_SOCKETS, sockets of a cluster that somebody else has started.
  static MariaDb& Get();

  // The sockets of all nodes of that cluster, or of the one server.
  static std::vector<std::string> Sockets();

  // On a socket in a folder of its own, without a port. Throws where it does not start.
  explicit MariaDb(std::vector<std::string> more_arguments = {});
  ~MariaDb();
  MariaDb(const MariaDb&) = delete;

  const std::string& socket() const { return socket_; }
  static std::string user() { return "root"; }  // without a password

  // Ends it as a crash does, and starts it again on the same data and socket.
  void Kill();
  void Start();

  void Freeze() const;  // SIGSTOP; when it returns nothing runs there any more

  // Runs a statement as a client of its own; what it answers, values separated by blanks.
  std::string Run(const std::string& database, const std::string& statement) const;

 private:
  struct Running {
    std::string socket;
  };
  explicit MariaDb(Running running) : socket_(std::move(running.socket)) {}

  const std::vector<std::string> more_arguments_;
  std::string folder_, socket_;
  pid_t pid_ = 0;
};

}  // namespace store
