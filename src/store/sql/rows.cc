#include "store/sql/rows.h"

#include "base/log.h"

namespace store::sql {

base::Result<RecordPtr> ToRecord(std::string bytes) {
  auto record = profile::Record::Decode(std::move(bytes));
  if (!record) {
    base::LogError("reading an account failed", {{"reason", record.error().detail}});
    return tl::unexpected(record.error());
  }
  return std::make_shared<const profile::Record>(*std::move(record));
}

std::optional<AccountId> ToAccount(std::string_view text) {
  return AccountId::Parse(text, AccountId::Alphabet::kUtf8);
}

std::optional<Session> ToSession(const Rows& rows) {
  auto account = ToAccount(rows.Text(1));
  if (!account) return std::nullopt;
  Session session{{}, *account, rows.Number(2), 0, 0};
  rows.Text(0).copy(session.id.data(), session.id.size());
  session.created_ms = static_cast<std::int64_t>(rows.Number(3));
  session.last_used_ms = static_cast<std::int64_t>(rows.Number(4));
  return session;
}

Instance ToInstance(const Rows& rows) {
  Instance instance{std::string(rows.Text(0)), {}, rows.Number(3), 0, rows.Number(5) != 0};
  rows.Text(2).copy(instance.session.data(), instance.session.size());
  instance.created_ms = static_cast<std::int64_t>(rows.Number(4));
  return instance;
}

std::string ToRow(AppId app, const Session& session) {
  return '(' + std::to_string(app) + ", " + Hex(View(session.id)) + ", " +
         Hex(session.account.View()) + ", " + std::to_string(session.tiny_id) + ", " +
         std::to_string(session.created_ms) + ", " + std::to_string(session.last_used_ms) + ')';
}

std::string ToRow(AppId app, const AccountId& account, const Instance& instance) {
  return '(' + std::to_string(app) + ", " + Hex(account.View()) + ", " + Hex(instance.id) + ", " +
         Hex(View(instance.session)) + ", " + std::to_string(instance.start_seq) + ", " +
         std::to_string(instance.created_ms) + ", " + (instance.evicted ? "1)" : "0)");
}

void AddToList(std::string& list, std::string_view bytes) {
  if (!list.empty()) list += ", ";
  list += Hex(bytes);
}

}  // namespace store::sql
