#include "store/sql/schema.h"

#include "store/update.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr unsigned kNoSuchDatabase = 1049;
constexpr unsigned kNoSuchTable = 1146;

// docs/storage-format.md describes them. Everything that is compared is bytes or a number, so that
// no collation has a say.
constexpr const char* kFormat1[] = {
    "CREATE TABLE IF NOT EXISTS meta ("
    "name VARBINARY(64) NOT NULL PRIMARY KEY, value BIGINT UNSIGNED NOT NULL)",
    "CREATE TABLE IF NOT EXISTS accounts ("
    "app BIGINT UNSIGNED NOT NULL, account VARBINARY(32) NOT NULL, "
    "version BIGINT UNSIGNED NOT NULL, record MEDIUMBLOB, PRIMARY KEY (app, account))",
    "CREATE TABLE IF NOT EXISTS sessions ("
    "app BIGINT UNSIGNED NOT NULL, id VARBINARY(32) NOT NULL, account VARBINARY(32) NOT NULL, "
    "tiny_id BIGINT UNSIGNED NOT NULL, created_ms BIGINT NOT NULL, last_used_ms BIGINT NOT NULL, "
    "PRIMARY KEY (app, id), KEY of_account (app, account), KEY by_use (last_used_ms))",
    "CREATE TABLE IF NOT EXISTS instances ("
    "app BIGINT UNSIGNED NOT NULL, account VARBINARY(32) NOT NULL, id VARBINARY(64) NOT NULL, "
    "session VARBINARY(32) NOT NULL, start_seq BIGINT UNSIGNED NOT NULL, "
    "created_ms BIGINT NOT NULL, evicted TINYINT NOT NULL, PRIMARY KEY (app, account, id))",
    "CREATE TABLE IF NOT EXISTS changes ("
    "app BIGINT UNSIGNED NOT NULL, account VARBINARY(32) NOT NULL, "
    "notice_seq BIGINT UNSIGNED NOT NULL, writer INT UNSIGNED NOT NULL, "
    "position BIGINT UNSIGNED NOT NULL, time_ms BIGINT NOT NULL, body MEDIUMBLOB NOT NULL, "
    "PRIMARY KEY (app, account, notice_seq), KEY stream (app, writer, position))",
    "CREATE TABLE IF NOT EXISTS fields ("
    "app BIGINT UNSIGNED NOT NULL PRIMARY KEY, version BIGINT UNSIGNED NOT NULL, "
    "body MEDIUMBLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS cursors ("
    "app BIGINT UNSIGNED NOT NULL, reader VARBINARY(64) NOT NULL, body BLOB NOT NULL, "
    "PRIMARY KEY (app, reader))",
    "CREATE TABLE IF NOT EXISTS writers ("
    "writer INT UNSIGNED NOT NULL PRIMARY KEY, token BIGINT UNSIGNED NOT NULL, "
    "lease_until_ms BIGINT NOT NULL, tiny_next BIGINT UNSIGNED NOT NULL, "
    "tiny_end BIGINT UNSIGNED NOT NULL)",
    "CREATE TABLE IF NOT EXISTS commits ("
    "writer INT UNSIGNED NOT NULL, n BIGINT UNSIGNED NOT NULL, token BIGINT UNSIGNED NOT NULL, "
    "time_ms BIGINT NOT NULL, body MEDIUMBLOB NOT NULL, PRIMARY KEY (writer, n))",
};

constexpr const char* kFormat2[] = {
    "CREATE TABLE IF NOT EXISTS turns ("
    "app BIGINT UNSIGNED NOT NULL, role VARBINARY(64) NOT NULL, holder BIGINT UNSIGNED NOT NULL, "
    "until_ms BIGINT NOT NULL, PRIMARY KEY (app, role))",
};

Result<void> Unreachable(const SqlError& error) {
  return Fail(Code::kStorageFailed, "the database cannot be used: " + error.text);
}

// 0: there are no tables, or not all of them.
Reply<std::uint64_t> ReadFormat(Connection& connection) {
  auto rows = connection.Run("SELECT value FROM meta WHERE name = " + Hex("format"));
  if (!rows && rows.error().number == kNoSuchTable) return 0;
  if (!rows) return tl::unexpected(rows.error());
  return rows->Next() ? rows->Number(0) : 0;
}

Reply<void> SetFormat(Connection& connection, std::uint64_t format) {
  std::string number = std::to_string(format);
  return connection
      .Run("INSERT INTO meta (name, value) VALUES (" + Hex("format") + ", " + number +
           ") ON DUPLICATE KEY UPDATE value = " + number)
      .map([](const Rows&) {});
}

template <std::size_t kCount>
Reply<void> RunAll(Connection& connection, const char* const (&statements)[kCount]) {
  for (const char* statement : statements) {
    if (auto made = connection.Run(statement); !made) return tl::unexpected(made.error());
  }
  return {};
}

Reply<void> ToFormat1(Connection& connection) {
  if (auto made = RunAll(connection, kFormat1); !made) return made;
  // The numbering goes on where it was if this is done again.
  auto written = connection.Run("INSERT IGNORE INTO meta (name, value) VALUES (" +
                                Hex("next_tiny_id") + ", " + std::to_string(kFirstTinyId) + ")");
  return written.map([](const Rows&) {});
}

Reply<void> ToFormat2(Connection& connection) { return RunAll(connection, kFormat2); }

// What leads from the format of the same number to the next one.
using Step = Reply<void> (*)(Connection&);
constexpr Step kSteps[] = {ToFormat1, ToFormat2};
static_assert(std::size(kSteps) == kSqlFormat);

Result<std::string> StepUp(Connection& connection, std::uint64_t format) {
  if (format > kSqlFormat) {
    return Fail(Code::kStorageFailed, "the tables have format " + std::to_string(format) +
                                          ", this program knows formats up to " +
                                          std::to_string(kSqlFormat));
  }
  if (format == kSqlFormat) return "the tables have this format already: nothing to do";
  for (std::uint64_t i = format; i < kSqlFormat; ++i) {
    auto done = kSteps[i](connection).and_then([&] { return SetFormat(connection, i + 1); });
    if (!done) return tl::unexpected(Unreachable(done.error()).error());
  }
  return "the tables have format " + std::to_string(kSqlFormat);
}

// A database that is not there is made.
Reply<void> EnsureDatabase(Endpoints& endpoints) {
  auto connected = Connection(endpoints, Connection::Use::kRead).Ensure();
  if (connected || connected.error().number != kNoSuchDatabase) return connected;
  SqlOptions options = endpoints.options();
  options.database = "information_schema";  // every user may look into it
  Endpoints others(options);
  Connection connection(others, Connection::Use::kRead);
  connected = connection.Ensure();
  if (!connected) return connected;
  return connection.Run("CREATE DATABASE IF NOT EXISTS " + endpoints.options().database)
      .map([](const Rows&) {});
}

Result<void> CheckIsWhole(Connection& connection, const std::string& database) {
  auto rows = connection.Run("SELECT value FROM meta WHERE name = " + Hex(kCopying));
  if (!rows) return Unreachable(rows.error());
  if (!rows->Next()) return {};
  return Fail(Code::kStorageFailed,
              "a copy into database " + database + " was not finished: run portraitctl copy again");
}

}  // namespace

Result<void> CheckSqlTables(Connection& connection, const std::string& database) {
  auto connected = connection.Ensure();
  bool is_missing = !connected && connected.error().number == kNoSuchDatabase;
  if (!connected && !is_missing) return Unreachable(connected.error());
  auto format = is_missing ? Reply<std::uint64_t>(0) : ReadFormat(connection);
  if (!format) return Unreachable(format.error());
  if (*format == kSqlFormat) return {};
  std::string what = "database " + database;
  if (is_missing) {
    return Fail(Code::kStorageFailed, what + " is not there: run portraitctl store init");
  }
  if (*format == 0) {
    return Fail(Code::kStorageFailed, what + " has no tables: run portraitctl store init");
  }
  what += " has tables of format " + std::to_string(*format);
  if (*format < kSqlFormat) {
    return Fail(Code::kStorageFailed, what + ": run portraitctl store migrate");
  }
  return Fail(Code::kStorageFailed,
              what + ", this program knows formats up to " + std::to_string(kSqlFormat));
}

Result<void> CheckSqlFormat(Connection& connection, const std::string& database) {
  return CheckSqlTables(connection, database).and_then([&] {
    return CheckIsWhole(connection, database);
  });
}

Result<std::string> InitSqlStore(const SqlOptions& options) {
  if (auto problem = ProblemOf(options); !problem.empty()) return Fail(Code::kInternal, problem);
  Endpoints endpoints(options);
  if (auto made = EnsureDatabase(endpoints); !made) {
    return tl::unexpected(Unreachable(made.error()).error());
  }
  Connection connection(endpoints, Connection::Use::kRead);
  auto format = connection.Ensure().and_then([&] { return ReadFormat(connection); });
  if (!format) return tl::unexpected(Unreachable(format.error()).error());
  if (*format != 0 && *format < kSqlFormat) {
    return Fail(Code::kStorageFailed,
                "there are tables of an older format: run portraitctl store "
                "migrate");
  }
  return StepUp(connection, *format);
}

Result<std::string> MigrateSqlStore(const SqlOptions& options) {
  if (auto problem = ProblemOf(options); !problem.empty()) return Fail(Code::kInternal, problem);
  Endpoints endpoints(options);
  Connection connection(endpoints, Connection::Use::kRead);
  auto format = connection.Ensure().and_then([&] { return ReadFormat(connection); });
  if (!format) return tl::unexpected(Unreachable(format.error()).error());
  if (*format == 0) return Fail(Code::kStorageFailed, "no tables: run portraitctl store init");
  return StepUp(connection, *format);
}

}  // namespace store::sql
