#include "store/sql/writer.h"

#include <algorithm>
#include <random>

#include "base/clock.h"

namespace store::sql {
namespace {

// More than any group of updates may need.
constexpr std::uint64_t kTinyIdBlock = 10000;

std::string LeaseEnd() {
  return std::string(kDatabaseNowMs) + " + " +
         std::to_string(std::chrono::milliseconds(kLease).count());
}

Reply<Writer> ReadWriter(Connection& connection) {
  auto rows =
      connection.Run("SELECT writer, tiny_next, tiny_end FROM writers WHERE lease_until_ms < " +
                     std::string(kDatabaseNowMs) + " ORDER BY writer LIMIT 1 FOR UPDATE");
  if (!rows) return tl::unexpected(rows.error());
  Writer writer;
  writer.token = RandomToken();
  if (rows->Next()) {
    writer.number = static_cast<std::uint32_t>(rows->Number(0));
    writer.tiny_next = rows->Number(1);
    writer.tiny_end = rows->Number(2);
    return writer;
  }
  rows = connection.Run("SELECT MAX(writer) FROM writers");
  if (!rows) return tl::unexpected(rows.error());
  rows->Next();
  writer.number = static_cast<std::uint32_t>(rows->Number(0) + 1);
  auto made = connection.Run(
      "INSERT INTO writers (writer, token, lease_until_ms, tiny_next, tiny_end) VALUES (" +
      std::to_string(writer.number) + ", 0, 0, 0, 0)");
  if (!made) return tl::unexpected(made.error());
  return writer;
}

}  // namespace

std::int64_t NowMs() { return base::SystemClock().NowMs(); }

std::uint64_t RandomToken() {
  thread_local std::mt19937_64 random(std::random_device{}());
  return random() | 1;  // never 0
}

Reply<Writer> TakeWriter(Connection& connection) {
  auto writer = ReadWriter(connection);
  if (!writer) return writer;
  std::string number = std::to_string(writer->number);
  auto taken = connection.Run("UPDATE writers SET token = " + std::to_string(writer->token) +
                              ", lease_until_ms = " + LeaseEnd() +
                              ", tiny_next = 0, tiny_end = 0 WHERE writer = " + number);
  if (!taken) return tl::unexpected(taken.error());
  auto rows = connection.Run("SELECT MAX(n) FROM commits WHERE writer = " + number);
  if (!rows) return tl::unexpected(rows.error());
  rows->Next();
  writer->next_n = rows->Number(0) + 1;
  if (auto committed = connection.Commit(); !committed) return tl::unexpected(committed.error());
  return writer;
}

Reply<void> TakeTinyIds(Connection& connection, Writer& writer, std::uint64_t count) {
  if (writer.TinyIdsLeft() >= count) return {};
  std::string where = " WHERE name = " + Hex("next_tiny_id");
  auto rows = connection.Run("SELECT value FROM meta" + where + " FOR UPDATE");
  if (!rows) return tl::unexpected(rows.error());
  if (!rows->Next()) return tl::unexpected(SqlError{Fault::kFailed, 0, "next_tiny_id is missing"});
  TinyId first = rows->Number(0);
  TinyId end = first + std::max(count, kTinyIdBlock);
  auto written = connection.Run("UPDATE meta SET value = " + std::to_string(end) + where);
  if (!written) return tl::unexpected(written.error());
  if (auto committed = connection.Commit(); !committed) return committed;
  if (writer.tiny_end != first) writer.tiny_next = first;  // else it continues what is left
  writer.tiny_end = end;
  return {};
}

Reply<void> ReleaseWriter(Connection& connection, const Writer& writer) {
  auto released = connection.Run("UPDATE writers SET token = 0, lease_until_ms = 0, tiny_next = " +
                                 std::to_string(writer.tiny_next) +
                                 ", tiny_end = " + std::to_string(writer.tiny_end) +
                                 " WHERE writer = " + std::to_string(writer.number) +
                                 " AND token = " + std::to_string(writer.token));
  if (!released) return tl::unexpected(released.error());
  return connection.Commit();
}

Reply<bool> RenewLease(Connection& connection, const OwnStream::Stream& stream) {
  auto renewed = connection.Run("UPDATE writers SET lease_until_ms = " + LeaseEnd() +
                                " WHERE writer = " + std::to_string(stream.number) +
                                " AND token = " + std::to_string(stream.token));
  return renewed.map([](const Rows& rows) { return rows.matched() > 0; });
}

}  // namespace store::sql
