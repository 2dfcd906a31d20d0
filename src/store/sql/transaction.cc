#include "store/sql/transaction.h"

#include "base/bytes.h"

namespace store::sql {
namespace {

constexpr char kFormat = 1;
constexpr std::uint64_t kHasChange = 1;
constexpr std::uint64_t kByLogout = 2;

void AppendList(std::string& out, const std::vector<std::string>& list) {
  base::AppendVarint(out, list.size());
  for (const std::string& item : list) base::AppendBytes(out, item);
}

bool TakeList(std::string_view& in, std::vector<std::string>& list) {
  auto count = base::TakeVarint(in);
  if (!count) return false;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto item = base::TakeBytes(in);
    if (!item) return false;
    list.emplace_back(*item);
  }
  return true;
}

std::optional<Event> TakeEvent(std::string_view& in) {
  auto app = base::TakeVarint(in);
  auto account = base::TakeBytes(in);
  auto flags = base::TakeVarint(in);
  if (!app || !account || !flags) return std::nullopt;
  auto id = AccountId::Parse(*account, AccountId::Alphabet::kUtf8);
  if (!id) return std::nullopt;
  Event event{*app, *id, (*flags & kHasChange) != 0, {}, {}, (*flags & kByLogout) != 0};
  bool is_whole = TakeList(in, event.ended_instances) && TakeList(in, event.evicted_instances);
  return is_whole ? std::optional(std::move(event)) : std::nullopt;
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
    AppendList(out, event.ended_instances);
    AppendList(out, event.evicted_instances);
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
