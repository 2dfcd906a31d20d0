#include "store/sql/turn.h"

#include "store/sql/writer.h"
#include "store/store.h"

namespace store::sql {

Reply<bool> TakeTurn(Connection& connection, AppId app, const std::string& role,
                     std::uint64_t holder) {
  std::string key = std::to_string(app) + ", " + Hex(role);
  std::string where = " WHERE (app, role) = (" + key + ')';
  auto rows = connection.Run("SELECT holder, until_ms < " + std::string(kDatabaseNowMs) +
                             " FROM turns" + where + " FOR UPDATE");
  if (!rows) return tl::unexpected(rows.error());
  bool is_known = rows->Next();
  bool is_free = !is_known || rows->Number(0) == holder || rows->Number(1) != 0;
  if (!is_free) return false;
  std::string until = std::string(kDatabaseNowMs) + " + " +
                      std::to_string(std::chrono::milliseconds(Store::kTurn).count());
  // Inserted where it is not there, so that of two who do so one fails.
  auto taken =
      connection.Run(is_known ? "UPDATE turns SET holder = " + std::to_string(holder) +
                                    ", until_ms = " + until + where
                              : "INSERT INTO turns (app, role, holder, until_ms) VALUES (" + key +
                                    ", " + std::to_string(holder) + ", " + until + ')');
  return taken.map([](const Rows&) { return true; });
}

}  // namespace store::sql
