#include "store/sql/bulk.h"

#include "store/codec.h"
#include "store/sql/log.h"
#include "store/sql/rows.h"
#include "store/sql/schema.h"
#include "store/sql/transaction.h"
#include "store/sql/writer.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr std::size_t kMaxRemoved = 500;  // by one statement

// How a part is kept: its table, the columns of its key after `app`, and those of its value.
struct Table {
  const char* name;
  std::vector<const char*> keys;
  const char* columns;
};
const Table& TableOf(Part part) {
  static const Table kFields{"fields", {}, "app, version, body"};
  static const Table kAccounts{"accounts", {"account"}, "app, account, version, record"};
  static const Table kSessions{
      "sessions", {"id"}, "app, id, account, tiny_id, created_ms, last_used_ms"};
  static const Table kInstances{
      "instances", {"account", "id"}, "app, account, id, session, start_seq, created_ms, evicted"};
  static const Table kChanges{"changes",
                              {"account", "notice_seq"},
                              "app, account, notice_seq, writer, position, time_ms, body"};
  switch (part) {
    case Part::kFields: return kFields;
    case Part::kAccounts: return kAccounts;
    case Part::kSessions: return kSessions;
    case Part::kInstances: return kInstances;
    case Part::kChanges: break;
  }
  return kChanges;
}

tl::unexpected<base::Error> Unusable(const SqlError& error) {
  return Fail(Code::kStorageFailed, "the database: " + error.text);
}

std::string Literal(const Item& item, std::string_view column) {
  if (column == "account") return Hex(item.account);
  if (column == "id") return Hex(item.id);
  return std::to_string(item.notice_seq);
}

// That a row comes after an item in the order of its table's primary key.
std::string IsAfter(const Table& table, const Item& item) {
  std::string equal = "app = " + std::to_string(item.app);
  std::string where = "(app > " + std::to_string(item.app);
  for (const char* column : table.keys) {
    std::string value = Literal(item, column);
    where += " OR (" + equal + " AND " + column + " > " + value + ')';
    equal += std::string(" AND ") + column + " = " + value;
  }
  return where + ')';
}

Item ToItem(Part part, const Rows& rows) {
  Item item;
  item.app = rows.Number(0);
  if (part == Part::kFields) {
    item.value = rows.Text(2);
  } else if (part == Part::kAccounts) {
    item.account = rows.Text(1);
    item.value = rows.Text(3);
  } else if (part == Part::kSessions) {
    item.id = rows.Text(1);
    auto account = ToAccount(rows.Text(2));
    if (!account) return item;  // broken
    Session session{{}, *account, rows.Number(3), 0, 0};
    session.created_ms = static_cast<std::int64_t>(rows.Number(4));
    session.last_used_ms = static_cast<std::int64_t>(rows.Number(5));
    item.value = EncodeSession(session);
  } else if (part == Part::kInstances) {
    item.account = rows.Text(1);
    item.id = rows.Text(2);
    Instance instance{item.id, {}, rows.Number(4), 0, rows.Number(6) != 0};
    rows.Text(3).copy(instance.session.data(), instance.session.size());
    instance.created_ms = static_cast<std::int64_t>(rows.Number(5));
    item.value = EncodeInstance(instance);
  } else {
    item.account = rows.Text(1);
    item.notice_seq = rows.Number(2);
    item.writer = static_cast<std::uint32_t>(rows.Number(3));
    item.position = rows.Number(4);
    item.value = rows.Text(6);
  }
  return item;
}

// The literals of a row; nothing: the item is broken.
std::optional<std::string> ToRowOf(Part part, const Item& item) {
  std::string app = '(' + std::to_string(item.app) + ", ";
  if (part == Part::kFields) return app + "1, " + Hex(item.value) + ')';
  if (part == Part::kSessions) {
    SessionId id{};
    item.id.copy(id.data(), id.size());
    auto session = DecodeSession(id, item.value);
    return session ? std::optional(ToRow(item.app, *session)) : std::nullopt;
  }
  if (part == Part::kAccounts) return app + Hex(item.account) + ", 1, " + Hex(item.value) + ')';
  if (part == Part::kInstances) {
    auto account = ToAccount(item.account);
    auto instance = DecodeInstance(item.id, item.value);
    if (!account || !instance) return std::nullopt;
    return ToRow(item.app, *account, *instance);
  }
  auto time_ms = ChangeTimeMs(item.value);
  if (!time_ms) return std::nullopt;
  return app + Hex(item.account) + ", " + std::to_string(item.notice_seq) + ", " +
         std::to_string(item.writer) + ", " + std::to_string(item.position) + ", " +
         std::to_string(*time_ms) + ", " + Hex(item.value) + ')';
}

class SqlBulk final : public Bulk {
 public:
  explicit SqlBulk(const SqlOptions& options)
      : endpoints_(options), connection_(endpoints_, Connection::Use::kWrite) {}

  // Remembers what has been committed, so that CheckUnchanged sees what comes after.
  Result<void> Look();
  Result<void> CheckNobody();
  Result<void> BeginWriting();

  Result<std::vector<Item>> Read(Part part, const std::optional<Item>& after,
                                 std::size_t limit) override;
  std::uint64_t Estimate(Part part) override;
  Result<void> Write(Part part, const std::vector<Item>& items) override;
  Result<void> Remove(Part part, const std::vector<Item>& items) override;
  Result<TinyId> NextTinyId() override;
  Result<void> SetNextTinyId(TinyId next) override;
  Result<std::vector<ReaderPlace>> ReadPlaces() override;
  Result<void> WritePlaces(const std::vector<ReaderPlace>& places) override;
  Result<void> CheckUnchanged() override;
  Result<void> Finish() override;

 private:
  // Reads, with retries. Everything written here may be written twice.
  Result<Rows> Ask(const std::string& statement);
  Result<void> Do(const std::function<Reply<void>(Connection&)>& work);
  Result<void> Empty(const std::string& table);
  // How many transactions there have ever been.
  Result<std::uint64_t> CountCommits();
  Result<void> Do(const std::string& statement) {
    return Do(
        [&](Connection& connection) { return connection.Run(statement).map([](const Rows&) {}); });
  }

  Endpoints endpoints_;
  Connection connection_;
  std::uint64_t commits_ = 0;
};

Result<Rows> SqlBulk::Ask(const std::string& statement) {
  auto rows = ReadWithRetries<Rows>(connection_, endpoints_.DeadlineFromNow(),
                                    [&](Connection& c) -> Reply<Rows> { return c.Run(statement); });
  connection_.Rollback();
  if (!rows) return Unusable(rows.error());
  return *std::move(rows);
}

Result<void> SqlBulk::Do(const std::function<Reply<void>(Connection&)>& work) {
  auto done = ReadWithRetries<void>(connection_, endpoints_.DeadlineFromNow(), [&](Connection& c) {
    auto worked = work(c).and_then([&] { return c.Commit(); });
    if (!worked) c.Rollback();
    return worked;
  });
  if (!done) return Unusable(done.error());
  return {};
}

// A server renews its lease all the time.
Result<void> SqlBulk::CheckNobody() {
  auto rows =
      Ask("SELECT COUNT(*) FROM writers WHERE lease_until_ms > " + std::string(kDatabaseNowMs));
  if (!rows) return tl::unexpected(rows.error());
  if (!rows->Next() || rows->Number(0) == 0) return {};
  return Fail(Code::kStorageFailed, "a server uses database " + endpoints_.options().database +
                                        ", or was killed within the last " +
                                        std::to_string(kLease.count()) + " seconds");
}

// Each stream's numbers are dense, and its newest row is never dropped.
Result<std::uint64_t> SqlBulk::CountCommits() {
  auto rows = Ask("SELECT writer, MAX(n) FROM commits GROUP BY writer");
  if (!rows) return tl::unexpected(rows.error());
  std::uint64_t count = 0;
  while (rows->Next()) count += rows->Number(1);
  return count;
}

Result<void> SqlBulk::Look() {
  return CountCommits().map([this](std::uint64_t count) { commits_ = count; });
}

Result<void> SqlBulk::CheckUnchanged() {
  if (auto alone = CheckNobody(); !alone) return alone;
  auto count = CountCommits();
  if (!count) return tl::unexpected(count.error());
  if (*count == commits_) return {};
  return Fail(Code::kStorageFailed, "a server has written to database " +
                                        endpoints_.options().database +
                                        " meanwhile: copy again, with all servers stopped");
}

// In steps: what is deleted at once a cluster sends around in one piece.
Result<void> SqlBulk::Empty(const std::string& table) {
  for (bool has_more = true; has_more;) {
    auto done = Do([&](Connection& connection) -> Reply<void> {
      auto dropped = connection.Run("DELETE FROM " + table + " LIMIT 5000");
      if (!dropped) return tl::unexpected(dropped.error());
      has_more = dropped->matched() > 0;
      return {};
    });
    if (!done) return done;
  }
  return {};
}

// Takes the tables' format away until Finish. What servers kept of themselves is of no use to the
// copy, and the TinyIds they had left would be given out a second time.
Result<void> SqlBulk::BeginWriting() {
  auto copying = Ask("SELECT value FROM meta WHERE name = " + Hex(kCopying));
  if (!copying) return tl::unexpected(copying.error());
  bool is_new = !copying->Next();
  for (const char* table : {"accounts", "sessions", "changes", "fields"}) {
    auto rows = Ask(std::string("SELECT app FROM ") + table + " LIMIT 1");
    if (!rows) return tl::unexpected(rows.error());
    if (!is_new || !rows->Next()) continue;
    return Fail(Code::kStorageFailed, "database " + endpoints_.options().database + " holds " +
                                          table + ": a copy needs an empty one");
  }
  auto begun = Do("INSERT INTO meta (name, value) VALUES (" + Hex(kCopying) +
                  ", 1) ON DUPLICATE KEY UPDATE value = 1");
  for (const char* table : {"writers", "commits", "turns", "cursors"}) {
    begun = begun.and_then([&] { return Empty(table); });
  }
  return begun;
}

Result<std::vector<Item>> SqlBulk::Read(Part part, const std::optional<Item>& after,
                                        std::size_t limit) {
  const Table& table = TableOf(part);
  std::string statement = "SELECT " + std::string(table.columns) + " FROM " + table.name;
  // An account that was never there may have had sessions.
  statement += part == Part::kAccounts ? " WHERE record IS NOT NULL" : " WHERE app > 0";
  if (after) statement += " AND " + IsAfter(table, *after);
  statement += " ORDER BY app";
  for (const char* column : table.keys) statement += std::string(", ") + column;
  auto rows = Ask(statement + " LIMIT " + std::to_string(limit));
  if (!rows) return tl::unexpected(rows.error());
  std::vector<Item> items;
  while (rows->Next()) items.push_back(ToItem(part, *rows));
  return items;
}

Result<void> SqlBulk::Write(Part part, const std::vector<Item>& items) {
  RowsStatement statement("REPLACE INTO " + std::string(TableOf(part).name) + " (" +
                              TableOf(part).columns + ") VALUES ",
                          "");
  for (const Item& item : items) {
    auto row = ToRowOf(part, item);
    if (!row) return Fail(Code::kStorageFailed, "what was read is broken");
    statement.Add(*row);
  }
  return Do([&](Connection& connection) { return statement.Run(connection); });
}

std::uint64_t SqlBulk::Estimate(Part part) {
  // To count them would take longer than a statement may.
  auto rows =
      Ask("SELECT table_rows FROM information_schema.tables WHERE table_schema = " +
          Hex(endpoints_.options().database) + " AND table_name = " + Hex(TableOf(part).name));
  return rows && rows->Next() ? rows->Number(0) : 0;
}

Result<void> SqlBulk::Remove(Part part, const std::vector<Item>& items) {
  const Table& table = TableOf(part);
  std::string where;
  Result<void> done;
  for (std::size_t i = 0; i < items.size() && done; ++i) {
    where += std::string(where.empty() ? "(" : " OR (") + "app = " + std::to_string(items[i].app);
    for (const char* column : table.keys) {
      where += std::string(" AND ") + column + " = " + Literal(items[i], column);
    }
    where += ')';
    bool is_full = (i + 1) % kMaxRemoved == 0 || i + 1 == items.size();
    if (!is_full) continue;
    done = Do("DELETE FROM " + std::string(table.name) + " WHERE " + where);
    where.clear();
  }
  return done;
}

Result<TinyId> SqlBulk::NextTinyId() {
  auto rows = Ask("SELECT value FROM meta WHERE name = " + Hex("next_tiny_id"));
  if (!rows) return tl::unexpected(rows.error());
  return rows->Next() ? rows->Number(0) : TinyId{0};
}

Result<void> SqlBulk::SetNextTinyId(TinyId next) {
  return Do("UPDATE meta SET value = " + std::to_string(next) +
            " WHERE name = " + Hex("next_tiny_id"));
}

Result<std::vector<ReaderPlace>> SqlBulk::ReadPlaces() {
  auto heads = Ask("SELECT app, writer, MAX(position) FROM changes GROUP BY app, writer");
  if (!heads) return tl::unexpected(heads.error());
  std::map<AppId, Place> ends;
  while (heads->Next()) {
    ends[heads->Number(0)][static_cast<std::uint32_t>(heads->Number(1))] = heads->Number(2);
  }
  auto rows = Ask("SELECT app, reader, body FROM cursors");
  if (!rows) return tl::unexpected(rows.error());
  std::vector<ReaderPlace> places;
  while (rows->Next()) {
    auto place = DecodePlace(rows->Text(2));
    if (!place) return Fail(Code::kStorageFailed, "a stored cursor is broken");
    ReaderPlace reader{rows->Number(0), std::string(rows->Text(1)), {}, true};
    reader.streams.assign(place->begin(), place->end());
    for (const auto& [writer, end] : ends[reader.app]) reader.has_all &= (*place)[writer] >= end;
    places.push_back(std::move(reader));
  }
  return places;
}

Result<void> SqlBulk::WritePlaces(const std::vector<ReaderPlace>& places) {
  RowsStatement statement("REPLACE INTO cursors (app, reader, body) VALUES ", "");
  for (const ReaderPlace& place : places) {
    Place streams(place.streams.begin(), place.streams.end());
    statement.Add('(' + std::to_string(place.app) + ", " + Hex(place.reader) + ", " +
                  Hex(EncodePlace(streams)) + ')');
  }
  return Do([&](Connection& connection) { return statement.Run(connection); });
}

// A server that was idle when the copy began has no lease; one that wrote meanwhile has.
Result<void> SqlBulk::Finish() {
  auto writers = Ask("SELECT writer FROM writers LIMIT 1");
  if (!writers) return tl::unexpected(writers.error());
  if (writers->Next()) {
    return Fail(Code::kStorageFailed, "a server has written to database " +
                                          endpoints_.options().database +
                                          ", into which this was copied: make a new one");
  }
  return Do("DELETE FROM meta WHERE name = " + Hex(kCopying));
}

}  // namespace

Result<std::unique_ptr<Bulk>> OpenSqlToRead(const SqlOptions& options, Source source) {
  if (auto problem = ProblemOf(options); !problem.empty()) return Fail(Code::kInternal, problem);
  Endpoints endpoints(options);
  Connection connection(endpoints, Connection::Use::kRead);
  if (auto fits = CheckSqlFormat(connection, options.database); !fits) {
    return tl::unexpected(fits.error());
  }
  auto bulk = std::make_unique<SqlBulk>(options);
  if (source == Source::kStill) {
    if (auto alone = bulk->CheckNobody(); !alone) return tl::unexpected(alone.error());
  }
  if (auto looked = bulk->Look(); !looked) return tl::unexpected(looked.error());
  return bulk;
}

Result<std::unique_ptr<Bulk>> OpenSqlToWrite(const SqlOptions& options) {
  if (auto problem = ProblemOf(options); !problem.empty()) return Fail(Code::kInternal, problem);
  Endpoints endpoints(options);
  Connection connection(endpoints, Connection::Use::kRead);
  if (auto fits = CheckSqlTables(connection, options.database); !fits) {
    return tl::unexpected(fits.error());
  }
  auto bulk = std::make_unique<SqlBulk>(options);
  if (auto alone = bulk->CheckNobody(); !alone) return tl::unexpected(alone.error());
  if (auto begun = bulk->BeginWriting(); !begun) return tl::unexpected(begun.error());
  return bulk;
}

}  // namespace store::sql
