#include "tests/fault/history.h"

#include <algorithm>

#include "tests/fault/fault_file_system.h"

namespace fault {
namespace {

using store::AppId;
using store::Callback;
using store::Store;

constexpr AppId kApp = 1;
constexpr int kSessions = 100;  // the first steps make one; an account may have no more than 100
constexpr std::size_t kPadding = 8000;  // so that a dozen steps fill the write buffer

std::string ValueOf(int step) {
  return '"' + std::to_string(step) + ':' + std::string(kPadding, 'x') + '"';
}

int StepOf(std::string_view value) { return std::atoi(std::string(value.substr(1, 8)).c_str()); }

store::SessionId SessionOf(int step) {
  store::SessionId id{};
  id[0] = static_cast<char>(step);
  id[1] = static_cast<char>(step >> 8);
  return id;
}

store::Decide DecideStep(int step, store::AccountId account) {
  auto set = store::DecideSet(account, ValueOf(step));
  return [=](const profile::Record* current, const store::UpdateContext& context) {
    auto update = set(current, context);
    if (step <= kSessions)
      update->new_session = store::Session{SessionOf(step), account, 7, step, step};
    return update;
  };
}

}  // namespace

store::AccountId History::AccountOf(int step) {
  return store::Id("user" + std::to_string(step % kAccounts));
}

bool History::Open() { return OpenWith(file_system_); }
bool History::OpenWithoutFaults() {
  return OpenWith(std::make_shared<FaultFileSystem>(std::nullopt));
}

bool History::OpenWith(std::shared_ptr<rocksdb::FileSystem> file_system) {
  store_.reset();
  store::RocksDbOptions options;
  options.path = folder_;
  options.write_buffer_bytes = 64 << 10;
  options.file_system = std::move(file_system);
  auto opened = store::OpenRocksDbStore(options);
  if (!opened) {
    EXPECT_EQ(opened.error().code, base::Code::kStorageFailed);
    why_not_opened_ = opened.error().detail;
    return false;
  }
  store_ = *std::move(opened);
  return true;
}

bool History::Step() {
  int step = ++last_step_;
  auto updated = store::Wait<store::Updated>([&](Callback<store::Updated> done) {
    store_->UpdateAccount(kApp, AccountOf(step), DecideStep(step, AccountOf(step)),
                          std::move(done));
  });
  if (!updated) {
    EXPECT_EQ(updated.error().code, base::Code::kStorageFailed);
    return false;
  }
  acknowledged_.insert(step);
  last_acknowledged_[step % kAccounts] = step;
  return true;
}

// The last acknowledged step, or one whose outcome is unknown after it; 0: no step yet.
bool History::MayHold(int account, int step) const {
  auto last = last_acknowledged_.find(account);
  int known = last == last_acknowledged_.end() ? 0 : last->second;
  if (step == known) return true;
  return step > known && step <= last_step_ && step % kAccounts == account;
}

void History::CheckLastAccount(bool may_fail) {
  int account = last_step_ % kAccounts;
  auto records = store::Wait<Store::Records>([&](Callback<Store::Records> done) {
    store_->ReadAccounts(kApp, {AccountOf(last_step_)}, std::move(done));
  });
  if (!records || !records->front()) {
    EXPECT_TRUE(may_fail) << "step " << last_step_ << ": reads go on";
    return;
  }
  const store::RecordPtr& record = *records->front();
  int step = record == nullptr ? 0 : StepOf(*record->Find("\x01"));
  EXPECT_TRUE(MayHold(account, step)) << "step " << step << " after " << last_step_;
}

// The log is dense and in order, and holds what was acknowledged; answers the steps in it.
std::set<int> History::CheckLog() {
  using Logged = std::vector<Store::LoggedChange>;
  auto log = store::Wait<Logged>(
      [&](Callback<Logged> done) { store_->ReadChanges(kApp, 0, 10000, std::move(done)); });
  std::set<int> stored;
  EXPECT_TRUE(log);
  if (!log) return stored;
  std::map<int, std::uint64_t> seqs;
  for (const Store::LoggedChange& entry : *log) {
    int step = StepOf(entry.change.fields.at(0).fragment);
    EXPECT_EQ(entry.position, stored.size() + 1);
    EXPECT_TRUE(stored.empty() || step > *stored.rbegin()) << "step " << step;
    EXPECT_LE(step, last_step_);
    EXPECT_EQ(entry.change.account, AccountOf(step));
    EXPECT_EQ(entry.change.notice_seq, ++seqs[step % kAccounts]) << "step " << step;
    EXPECT_EQ(entry.change.fields.at(0).fragment, ValueOf(step));
    stored.insert(step);
  }
  for (int step : acknowledged_) EXPECT_TRUE(stored.contains(step)) << "lost step " << step;
  return stored;
}

// The account's record, notices and sessions tell of the same steps as the log.
void History::CheckAccount(int account, const std::set<int>& stored) {
  std::vector<int> mine;
  for (int step : stored) {
    if (step % kAccounts == account) mine.push_back(step);
  }
  auto records = store::Wait<Store::Records>([&](Callback<Store::Records> done) {
    store_->ReadAccounts(kApp, {AccountOf(account)}, std::move(done));
  });
  ASSERT_TRUE(records && records->front());
  const store::RecordPtr& record = *records->front();
  ASSERT_EQ(record == nullptr, mine.empty());
  if (record == nullptr) return;
  EXPECT_EQ(record->Find("\x01"), ValueOf(mine.back()));
  EXPECT_TRUE(MayHold(account, mine.back()));
  EXPECT_EQ(record->header().notice_seq, mine.size());
  auto notices =
      store::Wait<std::vector<store::Change>>([&](Callback<std::vector<store::Change>> done) {
        store_->ReadNotices(kApp, AccountOf(account), 0, 10000, std::move(done));
      });
  ASSERT_TRUE(notices);
  EXPECT_EQ(notices->size(), mine.size());
}

void History::CheckServed() {
  for (const auto& [account, step] : last_acknowledged_) {
    auto records = store::Wait<Store::Records>([&](Callback<Store::Records> done) {
      store_->ReadAccounts(kApp, {AccountOf(account)}, std::move(done));
    });
    if (!records || !records->front()) continue;
    const store::RecordPtr& record = *records->front();
    ASSERT_NE(record, nullptr) << "account " << account;
    EXPECT_EQ(record->Find("\x01"), ValueOf(step));
  }
  using Logged = std::vector<Store::LoggedChange>;
  auto log = store::Wait<Logged>(
      [&](Callback<Logged> done) { store_->ReadChanges(kApp, 0, 10000, std::move(done)); });
  if (log) CheckLog();
  for (int step : acknowledged_) {
    using Found = std::optional<store::Session>;
    auto found = store::Wait<Found>(
        [&](Callback<Found> done) { store_->FindSession(kApp, SessionOf(step), std::move(done)); });
    if (!found) continue;
    EXPECT_TRUE(found->has_value()) << "session of step " << step;
  }
}

void History::CheckAll() {
  std::set<int> stored = CheckLog();
  for (int account = 0; account < kAccounts; ++account) CheckAccount(account, stored);
  for (int step = 1; step <= std::min(last_step_, kSessions); ++step) {
    using Found = std::optional<store::Session>;
    auto found = store::Wait<Found>(
        [&](Callback<Found> done) { store_->FindSession(kApp, SessionOf(step), std::move(done)); });
    ASSERT_TRUE(found);
    EXPECT_EQ(found->has_value(), stored.contains(step)) << "session of step " << step;
  }
}

}  // namespace fault
