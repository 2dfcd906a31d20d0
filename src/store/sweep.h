#pragma once

// Finding and dropping what has expired in the embedded store. Private to store/.

#include <cstdint>
#include <string>
#include <vector>

#include "base/errors.h"
#include "store/committer.h"
#include "store/store.h"

namespace store {

// Keys of sessions and changes that were too old when they were looked at.
struct Expired {
  std::vector<std::string> sessions;
  std::vector<std::string> changes;
};

// At most 10,000 of each, so that no commit grows without bound; the next pass goes on.
base::Result<Expired> FindExpired(Database& database, std::int64_t sessions_before_ms,
                                  std::int64_t changes_before_ms);

// Deletes them, but for the sessions that were renewed or ended meanwhile.
base::Result<Store::Swept> DeleteExpired(Database& database, CommitGroup& group,
                                         const Expired& expired, std::int64_t sessions_before_ms);

}  // namespace store
