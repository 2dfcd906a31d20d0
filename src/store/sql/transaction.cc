#include "store/sql/transaction.h"

#include <algorithm>

#include "base/bytes.h"
#include "store/sql/rows.h"

namespace store::sql {
namespace {

constexpr char kFormat = 2;
constexpr std::uint64_t kHasChange = 1;
constexpr std::uint64_t kByLogout = 2;

void AppendEnds(std::string& out, const Event& event) {
  base::AppendVarint(out, event.ended_sessions.size());
  for (const SessionId& id : event.ended_sessions) out += View(id);
  base::AppendVarint(out, event.evicted_instances.size());
  for (const Instance& instance : event.evicted_instances) {
    base::AppendBytes(out, instance.id);
    out += View(instance.session);
  }
}

std::optional<SessionId> TakeSession(std::string_view& in) {
  SessionId id;
  if (in.size() < id.size()) return std::nullopt;
  std::copy_n(in.begin(), id.size(), id.begin());
  in.remove_prefix(id.size());
  return id;
}

bool TakeEnds(std::string_view& in, Event& event) {
  auto sessions = base::TakeVarint(in);
  for (std::uint64_t i = 0; sessions && i < *sessions; ++i) {
    auto session = TakeSession(in);
    if (!session) return false;
    event.ended_sessions.push_back(*session);
  }
  auto instances = sessions ? base::TakeVarint(in) : std::nullopt;
  for (std::uint64_t i = 0; instances && i < *instances; ++i) {
    auto id = base::TakeBytes(in);
    auto session = id ? TakeSession(in) : std::nullopt;
    if (!session) return false;
    event.evicted_instances.push_back({std::string(*id), *session});
  }
  return instances.has_value();
}

std::optional<Event> TakeEvent(std::string_view& in) {
  auto app = base::TakeVarint(in);
  auto account = base::TakeBytes(in);
  auto flags = base::TakeVarint(in);
  if (!app || !account || !flags) return std::nullopt;
  auto id = AccountId::Parse(*account, AccountId::Alphabet::kUtf8);
  if (!id) return std::nullopt;
  Event event{*app, *id, (*flags & kHasChange) != 0, {}, {}, (*flags & kByLogout) != 0};
  return TakeEnds(in, event) ? std::optional(std::move(event)) : std::nullopt;
}

}  // namespace

std::string EncodeNews(const Transaction& transaction) {
  std::string out(1, kFormat);
  base::AppendVarint(out, transaction.fields.size());
  for (AppId app : transaction.fields) base::AppendVarint(out, app);
  base::AppendVarint(out, transaction.events.size());
  for (const Event& event : transaction.events) {
    base::AppendVarint(out, event.app);
    base::AppendBytes(out, event.account.View());
    base::AppendVarint(out,
                       (event.has_change ? kHasChange : 0) | (event.by_logout ? kByLogout : 0));
    AppendEnds(out, event);
  }
  return out;
}

std::optional<CommitNews> DecodeNews(std::string_view bytes) {
  if (bytes.empty() || bytes.front() != kFormat) return std::nullopt;
  bytes.remove_prefix(1);
  CommitNews news;
  auto fields = base::TakeVarint(bytes);
  for (std::uint64_t i = 0; fields && i < *fields; ++i) {
    auto app = base::TakeVarint(bytes);
    if (!app) return std::nullopt;
    news.fields.push_back(*app);
  }
  auto events = fields ? base::TakeVarint(bytes) : std::nullopt;
  if (!events) return std::nullopt;
  for (std::uint64_t i = 0; i < *events; ++i) {
    auto event = TakeEvent(bytes);
    if (!event) return std::nullopt;
    news.events.push_back(*std::move(event));
  }
  return news;
}

RowsStatement::RowsStatement(std::string head, std::string tail)
    : head_(std::move(head)), tail_(std::move(tail)) {}

void RowsStatement::Add(const std::string& row) {
  if (statements_.empty() || statements_.back().size() + row.size() > kMaxBytes) {
    statements_.push_back(head_);
  } else {
    statements_.back() += ", ";
  }
  statements_.back() += row;
}

Reply<void> RowsStatement::Run(Connection& connection) {
  for (const std::string& statement : statements_) {
    if (auto done = connection.Run(statement + tail_); !done) return tl::unexpected(done.error());
  }
  return {};
}

}  // namespace store::sql
