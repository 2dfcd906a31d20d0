#include "store/sql/log.h"

#include <numeric>

#include "base/bytes.h"
#include "store/codec.h"
#include "store/sql/rows.h"

namespace store::sql {
namespace {

constexpr std::size_t kMaxPlaces = 4096;  // of an app
constexpr char kFormat = 1;

struct Entry {
  std::uint64_t position = 0;  // in its stream
  Change change;
};
using Streams = std::map<std::uint32_t, std::vector<Entry>>;
using ChangeKey = std::pair<AccountId, std::uint64_t>;

// The newest entry of each stream.
Reply<Place> ReadHeads(Connection& connection, AppId app) {
  auto rows = connection.Run("SELECT writer, MAX(position) FROM changes WHERE app = " +
                             std::to_string(app) + " GROUP BY writer");
  if (!rows) return tl::unexpected(rows.error());
  Place heads;
  while (rows->Next()) heads[static_cast<std::uint32_t>(rows->Number(0))] = rows->Number(1);
  return heads;
}

// What the heads, which were read at one time, do not name comes the next time: nothing is here
// without what was committed before it.
Reply<Streams> ReadStreams(Connection& connection, AppId app, const Place& heads,
                           const Place& place, std::size_t limit) {
  std::string statement;
  for (const auto& [writer, head] : heads) {
    auto known = place.find(writer);
    std::uint64_t after = known == place.end() ? 0 : known->second;
    if (after >= head) continue;
    statement += statement.empty() ? "(" : " UNION ALL (";
    statement += "SELECT writer, position, body FROM changes WHERE app = " + std::to_string(app) +
                 " AND writer = " + std::to_string(writer) + " AND position > " +
                 std::to_string(after) + " AND position <= " + std::to_string(head) +
                 " ORDER BY position LIMIT " + std::to_string(limit) + ')';
  }
  Streams streams;
  if (statement.empty()) return streams;
  auto rows = connection.Run(statement);
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) {
    auto change = DecodeChange(rows->Text(2));
    if (!change) {
      return tl::unexpected(SqlError{Fault::kFailed, 0, "a stored change is broken"});
    }
    streams[static_cast<std::uint32_t>(rows->Number(0))].push_back(
        {rows->Number(1), *std::move(change)});
  }
  return streams;
}

// Where the change of the same account before each of these is. Those that were dropped are
// missing.
using Places = std::map<ChangeKey, std::pair<std::uint32_t, std::uint64_t>>;
Reply<Places> ReadPrevious(Connection& connection, AppId app, const Streams& streams) {
  std::string keys;
  for (const auto& [writer, entries] : streams) {
    for (const Entry& entry : entries) {
      if (entry.change.notice_seq <= 1) continue;
      keys += keys.empty() ? "" : " OR ";
      keys +=
          "(app = " + std::to_string(app) + " AND account = " + Hex(entry.change.account.View());
      keys += " AND notice_seq = " + std::to_string(entry.change.notice_seq - 1) + ')';
    }
  }
  Places places;
  if (keys.empty()) return places;
  auto rows =
      connection.Run("SELECT account, notice_seq, writer, position FROM changes WHERE " + keys);
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) {
    auto account = ToAccount(rows->Text(0));
    if (!account) continue;
    places[{*account, rows->Number(1) + 1}] = {static_cast<std::uint32_t>(rows->Number(2)),
                                               rows->Number(3)};
  }
  return places;
}

}  // namespace

std::uint64_t PositionOf(const Place& place) {
  return std::accumulate(place.begin(), place.end(), std::uint64_t{0},
                         [](std::uint64_t sum, const auto& stream) { return sum + stream.second; });
}

std::string EncodePlace(const Place& place) {
  std::string out(1, kFormat);
  for (const auto& [writer, position] : place) {
    base::AppendVarint(out, writer);
    base::AppendVarint(out, position);
  }
  return out;
}

std::optional<Place> DecodePlace(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kFormat) return std::nullopt;
  bytes.remove_prefix(1);
  Place place;
  while (!bytes.empty()) {
    auto writer = base::TakeVarint(bytes);
    auto position = base::TakeVarint(bytes);
    if (!writer || !position) return std::nullopt;
    place[static_cast<std::uint32_t>(*writer)] = *position;
  }
  return place;
}

std::optional<Place> ChangeLog::Known(AppId app, std::uint64_t position) {
  std::lock_guard lock(mutex_);
  const auto& places = places_[app];
  auto known = places.find(position);
  return known == places.end() ? std::nullopt : std::optional(known->second);
}

std::uint64_t ChangeLog::Remember(AppId app, Place place) {
  std::uint64_t position = PositionOf(place);
  std::lock_guard lock(mutex_);
  auto& places = places_[app];
  places.insert_or_assign(position, std::move(place));
  if (places.size() > kMaxPlaces) places.erase(places.begin());
  return position;
}

Reply<Place> ChangeLog::Find(Connection& connection, AppId app, std::uint64_t position) {
  if (auto known = Known(app, position)) return *known;
  auto heads = ReadHeads(connection, app);
  if (!heads) return heads;
  if (heads->size() == 1) return Place{{heads->begin()->first, position}};
  if (position >= PositionOf(*heads)) return heads;
  return Place();
}

Reply<std::vector<Store::LoggedChange>> ChangeLog::Read(Connection& connection, AppId app,
                                                        std::uint64_t after, std::size_t limit) {
  auto place = Find(connection, app, after);
  auto heads = place ? ReadHeads(connection, app) : place;
  if (!heads) return tl::unexpected(heads.error());
  auto streams = ReadStreams(connection, app, *heads, *place, limit);
  if (!streams) return tl::unexpected(streams.error());
  auto previous =
      streams->size() > 1 ? ReadPrevious(connection, app, *streams) : Reply<Places>(Places());
  if (!previous) return tl::unexpected(previous.error());

  std::vector<Store::LoggedChange> changes;
  auto comes_later = [&](const Entry& entry) {
    auto before = previous->find({entry.change.account, entry.change.notice_seq});
    return before != previous->end() && (*place)[before->second.first] < before->second.second;
  };
  std::map<std::uint32_t, std::size_t> next;
  // The entry that was committed first never waits for another, so each round takes at least one.
  for (bool has_taken = true; has_taken && changes.size() < limit;) {
    has_taken = false;
    for (auto& [writer, entries] : *streams) {
      std::size_t& i = next[writer];
      while (i < entries.size() && changes.size() < limit && !comes_later(entries[i])) {
        (*place)[writer] = entries[i].position;
        changes.push_back({Remember(app, *place), std::move(entries[i].change)});
        ++i;
        has_taken = true;
      }
    }
  }
  return changes;
}

}  // namespace store::sql
