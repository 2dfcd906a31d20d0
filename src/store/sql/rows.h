#pragma once

// Rows as what they hold. Private to store/sql.

#include "store/sql/connection.h"
#include "store/store.h"

namespace store::sql {

// A record that is there; broken bytes are logged and kStorageFailed.
base::Result<RecordPtr> ToRecord(std::string bytes);

// Of `id, account, tiny_id, created_ms, last_used_ms`.
inline constexpr const char* kSessionColumns = "id, account, tiny_id, created_ms, last_used_ms";
std::optional<Session> ToSession(const Rows& rows);

// Of `id, account, session, start_seq, created_ms, evicted`.
inline constexpr const char* kInstanceColumns =
    "id, account, session, start_seq, created_ms, evicted";
Instance ToInstance(const Rows& rows);

std::optional<AccountId> ToAccount(std::string_view text);

std::string ToRow(AppId app, const Session& session);
std::string ToRow(AppId app, const AccountId& account, const Instance& instance);

inline std::string_view View(const SessionId& id) { return {id.data(), id.size()}; }

// Puts one more literal into a list.
void AddToList(std::string& list, std::string_view bytes);

}  // namespace store::sql
