#pragma once

// What one process of all does at a time. Private to store/sql.

#include "store/sql/connection.h"
#include "store/types.h"

namespace store::sql {

// Gives `holder` the turn, or prolongs it, for Store::kTurn of the database's clock. False: it is
// another's, and nothing is written. In a transaction of the caller's.
Reply<bool> TakeTurn(Connection& connection, AppId app, const std::string& role,
                     std::uint64_t holder);

}  // namespace store::sql
