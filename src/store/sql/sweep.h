#pragma once

// Finding and dropping what has expired. Private to store/sql.

#include "store/sql/committer.h"

namespace store::sql {

struct Expired {
  struct Sessions {
    AppId app = 0;
    AccountId account;
    SessionId id{};
  };
  // The entries of a stream up to a position.
  struct Changes {
    AppId app = 0;
    std::uint32_t writer = 0;
    std::uint64_t position = 0;
  };
  std::vector<Sessions> sessions;
  std::vector<Changes> changes;
  bool has_more = false;  // it ended at the bound
};

// At most Store::kMaxSwept of each, so that no sweep grows without bound. The newest
// entry of a stream is not among them.
Reply<Expired> FindExpired(Connection& connection, std::int64_t sessions_before_ms,
                           std::int64_t changes_before_ms);

// Drops them, but for the sessions that were renewed or ended meanwhile. All nodes of a cluster may
// do so at the same time.
void DropExpired(Committer& committer, const Expired& expired, std::int64_t sessions_before_ms,
                 const Callback<Store::Swept>& done);

}  // namespace store::sql
