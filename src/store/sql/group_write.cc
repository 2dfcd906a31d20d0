// What a group of updates writes in the end: each row once.

#include "store/sql/group.h"
#include "store/sql/rows.h"

namespace store::sql {

Reply<void> AccountGroup::Write() {
  // A session is written with its account, a change with its record.
  auto written = WriteAccounts();
  if (written) written = WriteSessions();
  if (written) written = WriteInstances();
  if (!written) return written;
  RowsStatement changes(
      "INSERT INTO changes (app, account, notice_seq, writer, position, time_ms, body) VALUES ",
      "");
  for (const std::string& row : changes_) changes.Add(row);
  transaction_.has_writes |= !changes_.empty();
  return changes.Run(connection_);
}

// A row that was not there is only ever inserted: where another transaction was faster this one
// fails instead of writing over it.
Reply<void> AccountGroup::WriteAccounts() {
  constexpr const char* kHead = "INSERT INTO accounts (app, account, version, record) VALUES ";
  RowsStatement fresh(kHead, "");
  RowsStatement known(
      kHead, " ON DUPLICATE KEY UPDATE version = VALUES(version), record = VALUES(record)");
  for (const auto& [key, state] : states_) {
    if (!state.is_written) continue;
    transaction_.has_writes = true;
    (state.has_row ? known : fresh)
        .Add('(' + std::to_string(key.first) + ", " + Hex(key.second.View()) + ", " +
             std::to_string(state.version + 1) + ", " +
             (state.bytes.empty() ? "NULL" : Hex(state.bytes)) + ')');
  }
  return fresh.Run(connection_).and_then([&] { return known.Run(connection_); });
}

Reply<void> AccountGroup::WriteSessions() {
  std::map<AppId, std::string> ended;
  RowsStatement fresh(
      "INSERT INTO sessions (app, id, account, tiny_id, created_ms, last_used_ms) VALUES ",
      " ON DUPLICATE KEY UPDATE account = VALUES(account), tiny_id = VALUES(tiny_id), "
      "created_ms = VALUES(created_ms), last_used_ms = VALUES(last_used_ms)");
  for (const auto& [key, session] : sessions_) {
    if (session) {
      fresh.Add(ToRow(key.first, *session));
    } else {
      AddToList(ended[key.first], View(key.second));
    }
  }
  for (const auto& [app, list] : ended) {
    auto done = connection_.Run("DELETE FROM sessions WHERE app = " + std::to_string(app) +
                                " AND id IN (" + list + ')');
    if (!done) return tl::unexpected(done.error());
  }
  return fresh.Run(connection_);
}

Reply<void> AccountGroup::WriteInstances() {
  std::map<Key, std::string> ended;
  RowsStatement fresh(
      "INSERT INTO instances (app, account, id, session, start_seq, created_ms, evicted) VALUES ",
      " ON DUPLICATE KEY UPDATE session = VALUES(session), start_seq = VALUES(start_seq), "
      "created_ms = VALUES(created_ms), evicted = VALUES(evicted)");
  for (const auto& [key, instance] : instances_) {
    const auto& [app, account, id] = key;
    if (instance) {
      fresh.Add(ToRow(app, account, *instance));
    } else {
      AddToList(ended[{app, account}], id);
    }
  }
  for (const auto& [key, list] : ended) {
    auto done =
        connection_.Run("DELETE FROM instances WHERE app = " + std::to_string(key.first) +
                        " AND account = " + Hex(key.second.View()) + " AND id IN (" + list + ')');
    if (!done) return tl::unexpected(done.error());
  }
  return fresh.Run(connection_);
}

}  // namespace store::sql
