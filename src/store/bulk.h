#pragma once

// Everything a store holds, in pieces: what `portraitctl copy` moves from one engine to another.

#include <compare>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/errors.h"
#include "store/types.h"

namespace store {

enum class Part { kFields, kAccounts, kSessions, kInstances, kChanges };
inline constexpr Part kParts[] = {Part::kFields, Part::kAccounts, Part::kSessions, Part::kInstances,
                                  Part::kChanges};

// One thing of a part. What a part has no use for stays empty.
struct Item {
  AppId app = 0;
  std::string account;           // of accounts, instances and changes
  std::string id;                // of sessions (32 bytes) and instances
  std::uint64_t notice_seq = 0;  // of changes
  std::uint32_t writer = 0;      // of changes: where they are in the log; an embedded store gives
  std::uint64_t position = 0;    // them places of its own
  std::string value;             // a record, or as store/codec.h has it; empty: it is broken

  // What tells it from the others of its part, and their order.
  using Key = std::tuple<AppId, std::string_view, std::string_view, std::uint64_t>;
  Key key() const { return {app, account, id, notice_seq}; }
};

// Where a reader of an app's log is.
struct ReaderPlace {
  AppId app = 0;
  std::string reader;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> streams;  // writer, position
  bool has_all = false;  // it has done with all the log holds
};

// One thread at a time. Errors: kStorageFailed with a detail for the operator.
class Bulk {
 public:
  virtual ~Bulk() = default;

  // Up to `limit` items after `after` (none: from the first), in the order of their keys. None:
  // there are no more.
  virtual base::Result<std::vector<Item>> Read(Part part, const std::optional<Item>& after,
                                               std::size_t limit) = 0;
  // About how many items there are; 0: nobody knows.
  virtual std::uint64_t Estimate(Part part) = 0;
  // Writes items that are not broken, over what is there.
  virtual base::Result<void> Write(Part part, const std::vector<Item>& items) = 0;
  virtual base::Result<void> Remove(Part part, const std::vector<Item>& items) = 0;

  virtual base::Result<TinyId> NextTinyId() = 0;
  virtual base::Result<void> SetNextTinyId(TinyId next) = 0;

  virtual base::Result<std::vector<ReaderPlace>> ReadPlaces() = 0;
  // After all changes. A place between the streams of several writers, which one stream does not
  // have, becomes its beginning: the reader gets again what the log still holds.
  virtual base::Result<void> WritePlaces(const std::vector<ReaderPlace>& places) = 0;

  // Fails where somebody has written since this was opened.
  virtual base::Result<void> CheckUnchanged() = 0;
  // Makes what was written a store that a server may open, and closes it.
  virtual base::Result<void> Finish() = 0;
};

// `folder` as [store] data has it. To read: one that is there, which no server uses, or a backup;
// nothing in it is changed. To write: one without a store; what an earlier try has left is gone on
// with.
base::Result<std::unique_ptr<Bulk>> OpenRocksDbToRead(const std::string& folder);
base::Result<std::unique_ptr<Bulk>> OpenRocksDbToWrite(const std::string& folder);

}  // namespace store
