#pragma once

// Who this process is among those that write: the number of its stream in the log, and the TinyIds
// it may give out. Private to store/sql.
//
// A stream has one writer at a time. A process takes the lowest number whose lease has run out, or
// a new one, and keeps it while it renews the lease. The lease only keeps processes out of each
// other's way; what makes two that share a number harmless is the primary key of `commits`: each
// transaction inserts its (writer, n), and the second one to do so fails.

#include "store/sql/connection.h"
#include "store/types.h"

namespace store::sql {

inline constexpr std::chrono::seconds kLease{30};

// The database's clock, which all processes share.
inline constexpr const char* kDatabaseNowMs = "CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)";

struct Writer {
  std::uint32_t number = 0;  // from 1; 0: none
  std::uint64_t token = 0;   // random: tells its holder from the one before
  std::uint64_t next_n = 0;  // of its next transaction
  TinyId tiny_next = 0;      // it gives out the TinyIds from this one
  TinyId tiny_end = 0;       // up to this one, which is not its own

  std::uint64_t TinyIdsLeft() const { return tiny_end - tiny_next; }
};

// The stream that is this process's own. Thread-safe.
class OwnStream {
 public:
  struct Stream {
    std::uint32_t number = 0;  // 0: none
    std::uint64_t token = 0;
    // Its transactions of this process, which need not be told to it.
    std::uint64_t first_n = 0, last_n = 0;
  };

  Stream Get() const {
    std::lock_guard lock(mutex_);
    return stream_;
  }
  void Set(Stream stream) {
    std::lock_guard lock(mutex_);
    stream_ = stream;
  }
  // Its newest transaction.
  void Wrote(std::uint64_t n) {
    std::lock_guard lock(mutex_);
    stream_.last_n = n;
  }
  // Another has taken its number over.
  void Lose(std::uint64_t token) {
    std::lock_guard lock(mutex_);
    if (stream_.token == token) stream_ = {};
  }
  bool IsLost(std::uint64_t token) const {
    std::lock_guard lock(mutex_);
    return token != 0 && stream_.token != token;
  }

 private:
  mutable std::mutex mutex_;
  Stream stream_;
};

// All of these are a short transaction on a kWrite connection, which is connected. After an error
// call Rollback.

// What an earlier holder of the number had left of its TinyIds is part of what is taken.
Reply<Writer> TakeWriter(Connection& connection);

// Makes sure of at least `count` TinyIds.
Reply<void> TakeTinyIds(Connection& connection, Writer& writer, std::uint64_t count);

// Gives the number and the TinyIds back.
Reply<void> ReleaseWriter(Connection& connection, const Writer& writer);

// On a connection without transactions. False: another has taken it over.
Reply<bool> RenewLease(Connection& connection, const OwnStream::Stream& stream);

// Unix milliseconds of this machine's clock.
std::int64_t NowMs();

std::uint64_t RandomToken();

}  // namespace store::sql
