#pragma once

// One store's contents put into another.

#include <functional>

#include "store/bulk.h"

namespace store {

struct CopyReport {
  std::uint64_t accounts = 0;
  std::uint64_t items = 0;            // of all parts
  std::uint64_t copied_accounts = 0;  // by this try: an earlier one may have copied the others
  std::uint64_t checksum = 0;         // over all items of either, without regard to their order
};

// Copies all parts, the numbering of TinyIds and the places of the log's readers from `from` into
// `to`, then reads both and compares counts and checksums: kStorageFailed where they differ.
// Accounts go on after the last one that `to` has, what else there is is copied anew. `on_progress`
// is called after each page, with what is being done ("accounts", "checking accounts", …) and how
// many items of it are done.
using OnProgress = std::function<void(const std::string& what, std::uint64_t done)>;
base::Result<CopyReport> CopyStore(Bulk& from, Bulk& to, const OnProgress& on_progress);

}  // namespace store
