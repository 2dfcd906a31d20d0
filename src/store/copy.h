#pragma once

// One store's contents put into another.

#include <functional>

#include "store/bulk.h"

namespace store {

struct CopyReport {
  std::uint64_t accounts = 0;
  std::uint64_t items = 0;            // of all parts
  std::uint64_t copied_accounts = 0;  // by this try, of which an earlier one had not
  std::uint64_t checksum = 0;         // over all items of either, without regard to their order
};

// kMoreToCome: the source goes on changing, so the copy is no store yet; another one into the same
// place brings it up to date.
enum class CopyEnd { kFinished, kMoreToCome };

// Copies all parts, the numbering of TinyIds and the places of the log's readers from `from` into
// `to`, then reads both and compares counts and checksums: kStorageFailed where they differ.
// Accounts that `to` has as they are, from an earlier try, are not written again; what else there
// is is copied anew. `on_progress` is called after each page, with what is being done ("accounts",
// "checking accounts", …), how many items of it are done and about how many there are.
using OnProgress =
    std::function<void(const std::string& what, std::uint64_t done, std::uint64_t total)>;
base::Result<CopyReport> CopyStore(Bulk& from, Bulk& to, CopyEnd end,
                                   const OnProgress& on_progress);

}  // namespace store
