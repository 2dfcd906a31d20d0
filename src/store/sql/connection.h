#pragma once

// One connection to the database, and which of its endpoints work. Private to store/sql.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <vector>

#include "store/sql/sql_store.h"

struct st_mysql;
struct st_mysql_res;

namespace store::sql {

// When what fails is no longer tried again.
using Deadline = std::chrono::steady_clock::time_point;

// What a failed statement calls for.
enum class Fault {
  kConflict,   // another transaction was in the way: nothing is written, try again
  kDuplicate,  // the row is there already
  kLost,       // no connection any more: try again, perhaps elsewhere
  kFailed,     // trying again does not help
};

struct SqlError {
  Fault fault = Fault::kFailed;
  unsigned number = 0;  // the server's or the client library's
  std::string text;     // for the log alone: it may quote a statement

  // A conflict that took a second to be one.
  bool IsLockWait() const;
};

template <class T>
using Reply = tl::expected<T, SqlError>;

// What a statement answered, row by row.
class Rows {
 public:
  Rows(st_mysql_res* result, std::uint64_t matched);

  bool Next();
  bool IsNull(std::size_t column) const { return row_[column] == nullptr; }
  // Points into this; empty where it is null.
  std::string_view Text(std::size_t column) const;
  std::uint64_t Number(std::size_t column) const;

  // Rows that a writing statement found (not: changed).
  std::uint64_t matched() const { return matched_; }

 private:
  std::shared_ptr<st_mysql_res> result_;
  char** row_ = nullptr;
  unsigned long* lengths_ = nullptr;
  std::uint64_t matched_ = 0;
};

// Thread-safe.
class Endpoints {
 public:
  explicit Endpoints(const SqlOptions& options);

  // The indexes of all, those that are down at the end.
  std::vector<std::size_t> InOrder() const;
  std::vector<std::size_t> Down() const;
  // Whether one before this one works, or any where this one is down: connections go there.
  bool HasBetter(std::size_t endpoint) const;
  // Down from the first failure on, until a Prober has looked.
  void SetDown(std::size_t endpoint);
  void SetUp(std::size_t endpoint);
  // Of what is asked for now: SqlOptions::give_up_s from now.
  Deadline DeadlineFromNow() const;
  const SqlOptions& options() const { return options_; }

 private:
  const SqlOptions options_;
  mutable std::mutex mutex_;
  std::vector<bool> is_down_;
};

// One thread at a time.
class Connection {
 public:
  enum class Use {
    kRead,   // sees everything acknowledged before, whichever node acknowledged it
    kWrite,  // so too, in transactions that begin by themselves
    kTail,   // sees what has arrived at its node
  };

  Connection(Endpoints& endpoints, Use use);
  ~Connection();
  Connection(const Connection&) = delete;

  // Connects where it is not connected, or an endpoint before its own works again; tries each
  // endpoint once. To be called between transactions.
  Reply<void> Ensure();

  Reply<Rows> Run(const std::string& statement);
  // Given kConflict nothing was written; given anything else, nobody knows.
  Reply<void> Commit();
  void Rollback();
  void Drop();

 private:
  Reply<void> Connect(std::size_t endpoint);
  Reply<void> Prepare();
  SqlError Error() const;

  Endpoints& endpoints_;
  const Use use_;
  std::unique_ptr<st_mysql, void (*)(st_mysql*)> mysql_;
  std::size_t endpoint_ = 0;
};

// Bytes as a literal.
std::string Hex(std::string_view bytes);

// Waits before the next try: longer each time, and never as long as the others who met here.
void WaitToRetry(unsigned tries);

// Runs `read` until it answers, to `deadline`; not at all where that is over.
template <class T, class Read>
Reply<T> ReadWithRetries(Connection& connection, Deadline deadline, Read read) {
  Reply<T> reply = tl::unexpected(SqlError{Fault::kLost, 0, "it waited too long for its turn"});
  for (unsigned tries = 1; std::chrono::steady_clock::now() < deadline; ++tries) {
    reply = connection.Ensure().and_then([&] { return Reply<T>(read(connection)); });
    if (reply || reply.error().fault == Fault::kFailed) break;
    WaitToRetry(tries);
  }
  return reply;
}

// Logs why, and answers kStorageFailed with `what`: the server's own words are not for clients.
tl::unexpected<base::Error> Failed(const char* what, const SqlError& error);

}  // namespace store::sql
