#include "store/health.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"

namespace store {
namespace {

constexpr std::chrono::milliseconds kFirstPause{50};
constexpr std::chrono::milliseconds kLongestPause{5000};

}  // namespace

Health::~Health() { Stop(); }

void Health::OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) {
  if (error->ok()) return;
  bool is_full = error->IsNoSpace();
  base::LogError(is_full ? "the disk is full" : "the store failed",
                 {{"reason", error->ToString()}});
  std::lock_guard lock(mutex_);
  ++errors_;
  // With a soft error of the tidying up of tables only that waits.
  refuses_writes_ |= error->severity() > rocksdb::Status::kSoftError ||
                     reason != rocksdb::BackgroundErrorReason::kCompaction;
  if (state_ == State::kBroken) return;
  state_ = is_full ? State::kFull : State::kBroken;
  reason_ = (is_full ? "the disk is full: " : "restart the server: ") + error->ToString();
  changed_.notify_all();
}

void Health::Start(rocksdb::DB& db) {
  thread_ = std::thread([this, &db] { Run(db); });
}

void Health::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool Health::HasFailed() const {
  std::lock_guard lock(mutex_);
  return errors_ > 0;
}

std::string Health::Trouble() const {
  std::lock_guard lock(mutex_);
  return refuses_writes_ ? reason_ : std::string();
}

void Health::Run(rocksdb::DB& db) {
  std::unique_lock lock(mutex_);
  auto pause = kFirstPause;
  for (;;) {
    changed_.wait(lock, [this] { return stopping_ || state_ == State::kFull; });
    changed_.wait_for(lock, pause, [this] { return stopping_; });
    if (stopping_) return;
    unsigned errors = errors_;
    lock.unlock();
    rocksdb::Status status = db.Resume();
    lock.lock();
    if (!status.ok() || errors != errors_ || state_ != State::kFull) {
      pause = std::min(2 * pause, kLongestPause);
      continue;
    }
    base::LogInfo("the store takes writes again", {});
    state_ = State::kWell;
    refuses_writes_ = false;
    pause = kFirstPause;
  }
}

}  // namespace store
