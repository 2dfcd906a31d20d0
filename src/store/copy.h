#pragma once

// One store's contents put into another.

#include <functional>

#include "store/bulk.h"

namespace store {

struct CopyReport {
  std::uint64_t accounts = 0;
  std::uint64_t items = 0;            // of all parts
  std::uint64_t copied_accounts = 0;  // by this try, of which an earlier one had not
  std::uint64_t broken = 0;           // things that cannot be read, and were left out
  std::uint64_t checksum = 0;         // over all items, whatever store they are in
};

// kMoreToCome: the source goes on changing, so the copy is no store yet; another one into the same
// place brings it up to date.
enum class CopyEnd { kFinished, kMoreToCome };

// Makes `to` what `from` is: all parts, the numbering of TinyIds and the places of the log's
// readers. Of each range of keys it reads both, writes and removes what differs, and reads what it
// wrote again until both are the same, byte for byte: kStorageFailed where they do not get so.
// What an earlier try or an older copy has is so read, and not written again. Sessions, instances
// and changes that cannot be decoded are left out.
// `on_progress` is called after each range, with what is being done ("accounts", …), how many items
// of it are done and about how many there are (0: nobody knows).
using OnProgress =
    std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;
base::Result<CopyReport> CopyStore(Bulk& from, Bulk& to, CopyEnd end,
                                   const OnProgress& on_progress);

}  // namespace store
