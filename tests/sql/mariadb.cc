#include "tests/sql/mariadb.h"

#include <gtest/gtest.h>
#include <mysql.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace store {
namespace {

// Starts a program, which dies with this one.
pid_t Spawn(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t pid = ::fork();
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  return pid;
}

std::string ReadAll(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

using Client = std::unique_ptr<MYSQL, decltype(&mysql_close)>;

Client Connect(const std::string& socket) {
  Client client(mysql_init(nullptr), mysql_close);
  if (mysql_real_connect(client.get(), nullptr, MariaDb::user().c_str(), nullptr, nullptr, 0,
                         socket.c_str(), 0) == nullptr) {
    client.reset();
  } else {
    mysql_query(client.get(), "SET SESSION wsrep_sync_wait = 15");  // of a cluster: all there is
  }
  return client;
}

std::vector<std::string> GivenSockets() {
  std::vector<std::string> sockets;
  const char* given = std::getenv("SQL_SOCKETS");
  std::istringstream words(given == nullptr ? "" : given);
  for (std::string word; std::getline(words, word, ',');) sockets.push_back(word);
  return sockets;
}

}  // namespace

MariaDb& MariaDb::Get() {
  static std::vector<std::string> given = GivenSockets();
  static MariaDb server = given.empty() ? MariaDb() : MariaDb(Running{given.front()});
  return server;
}

std::vector<std::string> MariaDb::Sockets() {
  auto given = GivenSockets();
  return given.empty() ? std::vector<std::string>{Get().socket()} : given;
}

MariaDb::MariaDb(std::vector<std::string> more_arguments)
    : more_arguments_(std::move(more_arguments)) {
  std::string pattern = testing::TempDir() + "portrait_sql_XXXXXX";
  folder_ = ::mkdtemp(pattern.data());
  socket_ = folder_ + "/socket";
  // Its output is of no interest and must not mix with ours.
  pid_t pid = Spawn({"sh", "-c",
                     "exec mariadb-install-db --no-defaults --user=root --skip-test-db "
                     "--auth-root-authentication-method=normal --datadir=\"$0/data\" "
                     ">\"$0/install.log\" 2>&1",
                     folder_});
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (status != 0) throw std::runtime_error(ReadAll(folder_ + "/install.log"));
  Start();
}

MariaDb::~MariaDb() {
  if (pid_ > 0) Kill();
  if (!folder_.empty()) std::filesystem::remove_all(folder_);
}

void MariaDb::Start() {
  std::filesystem::remove(socket_);
  int changes = ::inotify_init1(IN_CLOEXEC);
  ::inotify_add_watch(changes, folder_.c_str(), IN_CREATE);
  // A commit survives the end of the server, not that of the machine: no test ends that.
  std::vector<std::string> words = {"mariadbd",
                                    "--no-defaults",
                                    "--user=root",
                                    "--datadir=" + folder_ + "/data",
                                    "--socket=" + socket_,
                                    "--log-error=" + folder_ + "/error.log",
                                    "--skip-networking",
                                    "--skip-log-bin",
                                    "--innodb-flush-log-at-trx-commit=2",
                                    "--innodb-doublewrite=0",
                                    "--innodb-buffer-pool-size=64M",
                                    "--max-connections=500"};
  words.insert(words.end(), more_arguments_.begin(), more_arguments_.end());
  pid_ = Spawn(std::move(words));
  int process = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
  while (Connect(socket_) == nullptr) {
    pollfd waits[] = {{changes, POLLIN, 0}, {process, POLLIN, 0}};
    ::poll(waits, 2, 1000);
    char events[4096];
    if ((waits[0].revents & POLLIN) != 0 && ::read(changes, events, sizeof events) < 0) break;
    if (waits[1].revents != 0) throw std::runtime_error(ReadAll(folder_ + "/error.log"));
  }
  ::close(process);
  ::close(changes);
}

void MariaDb::Kill() {
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
  pid_ = 0;
}

void MariaDb::Freeze() const {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  ::waitpid(pid_, &status, WUNTRACED);
}

std::string MariaDb::Run(const std::string& database, const std::string& statement) const {
  Client client = Connect(socket_);
  if (client == nullptr) throw std::runtime_error("no connection to " + socket_);
  bool is_fine = database.empty() || mysql_select_db(client.get(), database.c_str()) == 0;
  is_fine = is_fine && mysql_query(client.get(), statement.c_str()) == 0;
  if (!is_fine) throw std::runtime_error(mysql_error(client.get()));
  std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(client.get()),
                                                                  mysql_free_result);
  std::string text;
  if (result == nullptr) return text;
  while (MYSQL_ROW row = mysql_fetch_row(result.get())) {
    for (unsigned i = 0; i < mysql_num_fields(result.get()); ++i) {
      if (!text.empty()) text += ' ';
      text += row[i] == nullptr ? "NULL" : row[i];
    }
  }
  return text;
}

}  // namespace store
