// What a server does that gives each request a statement of its own: single-row upserts, each
// committed by itself, over some connections that wait for the answer.
// Prints {"rps": upserts per second}.

#include <mysql.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace {

struct Flags {
  std::vector<unsigned> ports;
  std::string user = "portrait";
  std::string password_file;
  std::string database = "portrait";
  unsigned connections = 64;
  unsigned seconds = 5;
  unsigned rows = 1000;
  unsigned value_bytes = 500;
};

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "bench_upserts: %s\n", why.c_str());
  std::exit(1);
}

MYSQL* Connect(const Flags& flags, const std::string& password, unsigned port) {
  MYSQL* mysql = mysql_init(nullptr);
  if (mysql_real_connect(mysql, "127.0.0.1", flags.user.c_str(), password.c_str(),
                         flags.database.c_str(), port, nullptr, 0) == nullptr) {
    Fail(mysql_error(mysql));
  }
  return mysql;
}

void Run(MYSQL* mysql, const std::string& statement) {
  if (mysql_real_query(mysql, statement.data(), statement.size()) != 0) Fail(mysql_error(mysql));
}

// Two that meet in a row: one is told to try again.
bool TryUpsert(MYSQL* mysql, const std::string& statement) {
  constexpr unsigned kDeadlock = 1213;
  if (mysql_real_query(mysql, statement.data(), statement.size()) == 0) return true;
  if (mysql_errno(mysql) != kDeadlock) Fail(mysql_error(mysql));
  return false;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App cli("single-row upserts");
  cli.add_option("--port", flags.ports, "of a database on loopback; may be repeated")->required();
  cli.add_option("--password-file", flags.password_file)->required();
  cli.add_option("--connections", flags.connections)->capture_default_str();
  cli.add_option("--seconds", flags.seconds)->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  std::string password;
  std::getline(std::ifstream(flags.password_file) >> std::ws, password);
  mysql_server_init(0, nullptr, nullptr);
  MYSQL* first = Connect(flags, password, flags.ports.front());
  Run(first,
      "CREATE OR REPLACE TABLE bench_upserts (id INT UNSIGNED PRIMARY KEY, value BLOB NOT NULL)");
  std::atomic<std::uint64_t> done{0};
  auto end = std::chrono::steady_clock::now() + std::chrono::seconds(flags.seconds);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < flags.connections; ++i) {
    threads.emplace_back([&, i] {
      MYSQL* mysql = Connect(flags, password, flags.ports[i % flags.ports.size()]);
      // Each in rows of its own, so that none waits for another's lock.
      for (unsigned n = 0; std::chrono::steady_clock::now() < end; ++n) {
        unsigned row = (n % (flags.rows / flags.connections + 1)) * flags.connections + i;
        std::string value(flags.value_bytes, static_cast<char>('a' + n % 26));
        bool is_done =
            TryUpsert(mysql, "INSERT INTO bench_upserts VALUES (" + std::to_string(row) + ", '" +
                                 value + "') ON DUPLICATE KEY UPDATE value = VALUES(value)");
        if (is_done) ++done;
      }
      mysql_close(mysql);
    });
  }
  for (std::thread& thread : threads) thread.join();
  Run(first, "DROP TABLE bench_upserts");
  mysql_close(first);
  std::printf("{\"rps\":%.1f}\n", static_cast<double>(done) / flags.seconds);
  return 0;
}
