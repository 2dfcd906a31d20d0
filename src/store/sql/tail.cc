#include "store/sql/tail.h"

#include <algorithm>
#include <utility>

#include "base/log.h"
#include "store/codec.h"
#include "store/sql/rows.h"
#include "store/sql/writer.h"

namespace store::sql {
namespace {

using namespace std::chrono_literals;

constexpr auto kInterval = 50ms;
constexpr auto kUpkeepInterval = 5s;
static_assert(kUpkeepInterval * 3 < kLease);
constexpr std::int64_t kKeptMs = 10 * 60 * 1000;
constexpr std::size_t kMaxRows = 1000;      // at a look; the next one follows at once
constexpr std::size_t kMaxDropped = 10000;  // by an upkeep: twice what is ever written

}  // namespace

Tail::Tail(Endpoints& endpoints, OwnStream& own)
    : connection_(endpoints, Connection::Use::kTail),
      fresh_connection_(endpoints, Connection::Use::kRead),
      own_(own) {}

Tail::~Tail() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Reply<void> Tail::Start() {
  auto rows = connection_.Ensure().and_then(
      [&] { return connection_.Run("SELECT writer, MAX(n) FROM commits GROUP BY writer"); });
  if (!rows) return tl::unexpected(rows.error());
  while (rows->Next()) seen_[static_cast<std::uint32_t>(rows->Number(0))] = rows->Number(1);
  thread_ = std::thread([this] { Run(); });
  return {};
}

void Tail::SetListener(Listener listener) {
  std::lock_guard lock(mutex_);
  listener_ = std::move(listener);
}

void Tail::OnOwnFields(AppId app) {
  std::lock_guard lock(mutex_);
  changed_fields_.insert(app);
}

std::string Tail::Trouble() const {
  std::lock_guard lock(mutex_);
  return trouble_;
}

void Tail::Run() {
  for (;;) {
    OwnStream::Stream own = own_.Get();
    Follow(own);
    auto began = std::chrono::steady_clock::now();
    auto looked = connection_.Ensure().and_then([&] { return Look(); });
    if (looked) Upkeep();
    TellFields();
    std::unique_lock lock(mutex_);
    trouble_ = looked ? std::string() : looked.error().text;
    if (looked) last_look_ = began;
    if (changed_.wait_for(lock, kInterval, [this] { return is_stopping_; })) return;
  }
}

// What this process wrote with a number it no longer has is no news to it.
void Tail::Follow(const OwnStream::Stream& own) {
  if (followed_.number != 0 && followed_.token != own.token) {
    std::uint64_t& seen = seen_[followed_.number];
    seen = std::max(seen, followed_.last_n);
  }
  followed_ = own;
  // A number that is not known came up since the start: what others wrote by it is news.
  if (own.number != 0) seen_.try_emplace(own.number, 0);
}

// For the rows that have come since. Of its own number those of the holder before it.
std::string Tail::StatementOfLook() const {
  std::string known = std::to_string(followed_.number);
  std::string statement = "SELECT writer, n, body, time_ms FROM commits WHERE ";
  for (const auto& [writer, n] : seen_) {
    bool is_own = writer == followed_.number;
    if (is_own && n + 1 >= followed_.first_n) continue;
    statement += "(writer = " + std::to_string(writer) + " AND n > " + std::to_string(n) +
                 (is_own ? " AND n < " + std::to_string(followed_.first_n) : "") + ") OR ";
    if (!is_own) known += ", " + std::to_string(writer);
  }
  return statement + "writer NOT IN (" + known + ") ORDER BY writer, n LIMIT " +
         std::to_string(kMaxRows);
}

Reply<void> Tail::Look() {
  for (std::size_t found = kMaxRows; found == kMaxRows;) {
    auto rows = connection_.Run(StatementOfLook());
    if (!rows) return tl::unexpected(rows.error());
    for (found = 0; rows->Next(); ++found) {
      seen_[static_cast<std::uint32_t>(rows->Number(0))] = rows->Number(1);
      auto news = DecodeNews(rows->Text(2));
      if (news) Tell(*news);
      if (!news && !std::exchange(has_missed_, true)) {
        base::LogWarning("a node of another version writes to the log", {});
      }
      NoteDelay(static_cast<std::int64_t>(rows->Number(3)));
    }
  }
  has_missed_ |= std::chrono::steady_clock::now() - last_look_ > std::chrono::milliseconds(kKeptMs);
  return {};
}

void Tail::Tell(const CommitNews& news) {
  std::function<void(const Event&)> on_event;
  {
    std::lock_guard lock(mutex_);
    changed_fields_.insert(news.fields.begin(), news.fields.end());
    on_event = listener_.on_event;
  }
  if (!on_event) return;
  for (const Event& event : news.events) on_event(event);
}

void Tail::NoteDelay(std::int64_t commit_ms) {
  double delay_s = static_cast<double>(NowMs() - commit_ms) / 1000;
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  if (now > minute_ends_) {
    longest_before_s_ = now > minute_ends_ + 1min ? 0 : longest_s_;
    longest_s_ = 0;
    minute_ends_ = now + 1min;
  }
  longest_s_ = std::max(longest_s_, delay_s);
}

Store::Lag Tail::ReadLag() const {
  auto now = std::chrono::steady_clock::now();
  std::lock_guard lock(mutex_);
  std::chrono::duration<double> since_look = now - last_look_;
  bool is_old = now > minute_ends_ + 1min;
  return {since_look.count(), is_old ? 0 : std::max(longest_s_, longest_before_s_)};
}

// What is told is always read after the write it is about, and by this thread alone: the last one
// told is the last one written, whoever wrote it.
void Tail::TellFields() {
  if (has_missed_) NoteAllFields();
  std::set<AppId> apps;
  std::function<void(AppId, const Store::Fields&)> on_fields;
  {
    std::lock_guard lock(mutex_);
    if (!listener_.on_fields) return;
    apps.swap(changed_fields_);
    on_fields = listener_.on_fields;
  }
  for (AppId app : apps) {
    auto body = fresh_connection_.Ensure().and_then([&] {
      return fresh_connection_.Run("SELECT body FROM fields WHERE app = " + std::to_string(app));
    });
    if (!body) {
      OnOwnFields(app);  // at the next look
      continue;
    }
    auto fields = body->Next() ? DecodeFields(body->Text(0)) : std::nullopt;
    if (fields) on_fields(app, *fields);
  }
}

// News that are lost to this tail may have been of any app's.
void Tail::NoteAllFields() {
  auto apps = fresh_connection_.Ensure().and_then(
      [&] { return fresh_connection_.Run("SELECT app FROM fields"); });
  if (!apps) return;  // at the next look
  has_missed_ = false;
  std::lock_guard lock(mutex_);
  while (apps->Next()) changed_fields_.insert(apps->Number(0));
}

// Renews the lease and drops rows of its own that every tail has seen, but the newest.
void Tail::Upkeep() {
  const OwnStream::Stream& own = followed_;
  auto now = std::chrono::steady_clock::now();
  if (own.number == 0 || now < next_upkeep_) return;
  next_upkeep_ = now + kUpkeepInterval;
  auto renewed = RenewLease(connection_, own);
  // It was away for longer than its lease. Until it knows whose number it is now, whoever has it
  // would not be looked at.
  if (renewed && !*renewed) return own_.Lose(own.token);
  auto kept = renewed.and_then([&](bool) {
    std::string stream = " WHERE writer = " + std::to_string(own.number);
    auto rows = connection_.Run("SELECT MAX(n) FROM commits" + stream);
    if (!rows || !rows->Next()) return rows;
    return connection_.Run("DELETE FROM commits" + stream + " AND n < " +
                           std::to_string(rows->Number(0)) + " AND time_ms < " +
                           std::to_string(NowMs() - kKeptMs) + " ORDER BY n LIMIT " +
                           std::to_string(kMaxDropped));
  });
  if (!kept) base::LogWarning("the log's upkeep failed", {{"reason", kept.error().text}});
}

}  // namespace store::sql
