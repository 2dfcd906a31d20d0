#pragma once

// The change log of an app as one sequence, though every process writes a stream of its own.
// Private to store/sql.

#include <map>

#include "store/sql/connection.h"
#include "store/store.h"

namespace store::sql {

// How far a reader is in each stream of an app. Its position in the log is the sum of these: dense
// where one process has written all, ascending in any case.
using Place = std::map<std::uint32_t, std::uint64_t>;

std::uint64_t PositionOf(const Place& place);
std::string EncodePlace(const Place& place);
std::optional<Place> DecodePlace(std::string_view bytes);

// Thread-safe.
class ChangeLog {
 public:
  // The entries after `after`, each account's in their order. A position that this process has not
  // handed out, in a log of several streams, is answered from the oldest entry kept.
  Reply<std::vector<Store::LoggedChange>> Read(Connection& connection, AppId app,
                                               std::uint64_t after, std::size_t limit);

  // The place of a position, and the other way round: what cursors are stored as.
  Reply<Place> Find(Connection& connection, AppId app, std::uint64_t position);
  std::uint64_t Remember(AppId app, Place place);

 private:
  std::optional<Place> Known(AppId app, std::uint64_t position);

  std::mutex mutex_;
  std::map<AppId, std::map<std::uint64_t, Place>> places_;
};

}  // namespace store::sql
