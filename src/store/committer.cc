#include "store/committer.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/check.h"
#include "base/log.h"
#include "store/keys.h"
#include "store/update.h"

namespace store {

CommitGroup::CommitGroup(Database& database)
    : database_(database), batch_(rocksdb::BytewiseComparator(), 0, /*overwrite_key=*/true) {}

rocksdb::Status CommitGroup::Get(rocksdb::ColumnFamilyHandle* family, const std::string& key,
                                 std::string* value) {
  return batch_.GetFromBatchAndDB(database_.db.get(), {}, family, key, value);
}

void CommitGroup::Put(rocksdb::ColumnFamilyHandle* family, const std::string& key,
                      const std::string& value) {
  CHECK(batch_.Put(family, key, value).ok());
}

void CommitGroup::Append(rocksdb::ColumnFamilyHandle* family, const std::string& key,
                         const std::string& value) {
  CHECK(batch_.GetWriteBatch()->Put(family, key, value).ok());
}

void CommitGroup::Delete(rocksdb::ColumnFamilyHandle* family, const std::string& key) {
  CHECK(batch_.Delete(family, key).ok());
}

rocksdb::Status CommitGroup::ForPrefix(
    rocksdb::ColumnFamilyHandle* family, const std::string& prefix,
    const std::function<bool(std::string_view, std::string_view)>& each) {
  std::unique_ptr<rocksdb::Iterator> it(
      batch_.NewIteratorWithBase(family, database_.db->NewIterator({}, family)));
  for (it->Seek(prefix); it->Valid() && it->key().starts_with(prefix); it->Next()) {
    if (!each(ToView(it->key()), ToView(it->value()))) break;
  }
  return it->status();
}

// A number given out twice would make two accounts one: only "not there" means that it is the
// first.
base::Result<TinyId> CommitGroup::NextTinyId() {
  if (next_tiny_id_ != 0) return next_tiny_id_;
  std::string bytes;
  rocksdb::Status status = Get(database_.meta, std::string(keys::kNextTinyId), &bytes);
  if (status.IsNotFound()) return next_tiny_id_ = kFirstTinyId;
  std::string_view in = bytes;
  auto stored = base::TakeFixed<TinyId>(in);
  if (!status.ok() || !stored) return Failed("reading the next TinyId failed", status);
  return next_tiny_id_ = *stored;
}

void CommitGroup::TakeTinyId() {
  ++next_tiny_id_;
  std::string bytes;
  base::AppendFixed(bytes, next_tiny_id_);
  Put(database_.meta, std::string(keys::kNextTinyId), bytes);
}

base::Result<std::uint64_t> CommitGroup::NextPosition(AppId app) {
  auto known = positions_.find(app);
  if (known != positions_.end()) return known->second;
  std::uint64_t last = 0;
  std::unique_ptr<rocksdb::Iterator> it(database_.db->NewIterator({}, database_.changes));
  it->SeekForPrev(keys::Change(app, 0, UINT64_MAX));
  if (!it->status().ok()) return Failed("reading the end of the change log failed", it->status());
  if (it->Valid() && it->key().starts_with(keys::Changes(app, 0))) {
    last = keys::PositionOf(ToView(it->key()));
  }
  return positions_[app] = last + 1;
}

void CommitGroup::TakePosition(AppId app) { ++positions_.at(app); }

bool CommitGroup::IsEmpty() { return batch_.GetWriteBatch()->Count() == 0; }

rocksdb::Status CommitGroup::Commit() {
  if (IsEmpty()) return rocksdb::Status::OK();
  // RocksDB would refuse it as well, mostly: 7.8 aborts where a log it could not write to is
  // written to again while it resumes.
  if (std::string trouble = database_.health->Trouble(); !trouble.empty()) {
    Abandon();
    return rocksdb::Status::Aborted(trouble);
  }
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::Status status = database_.db->Write(options, batch_.GetWriteBatch());
  if (status.ok()) {
    batch_.Clear();
  } else {
    Abandon();
  }
  return status;
}

void CommitGroup::Abandon() {
  batch_.Clear();
  next_tiny_id_ = 0;
  positions_.clear();
}

Committer::Committer(Database& database) : group_(database), thread_([this] { Run(); }) {}

Committer::~Committer() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Committer::Submit(Work work, const Finish& refused) {
  {
    std::lock_guard lock(mutex_);
    if (waiting_.size() < kMaxWaiting) {
      waiting_.push_back(std::move(work));
      changed_.notify_one();
      return;
    }
  }
  base::Error error{base::Code::kStorageFailed, "too many writes wait"};
  refused(&error);
}

void Committer::Run() {
  for (;;) {
    std::vector<Work> works;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
      if (waiting_.empty()) return;
      works.swap(waiting_);
    }
    for (std::size_t i = 0; i < works.size(); i += kMaxGroup) {
      auto first = works.begin() + static_cast<std::ptrdiff_t>(i);
      auto last =
          works.begin() + static_cast<std::ptrdiff_t>(std::min(i + kMaxGroup, works.size()));
      CommitAll({std::make_move_iterator(first), std::make_move_iterator(last)});
    }
  }
}

void Committer::CommitAll(std::vector<Work> works) {
  std::vector<Finish> finishes;
  finishes.reserve(works.size());
  for (Work& work : works) finishes.push_back(work(group_));
  bool writes = !group_.IsEmpty();
  rocksdb::Status status = group_.Commit();
  base::Error error{base::Code::kStorageFailed, "the write failed"};
  if (writes) {
    std::string failure = status.ok() ? std::string() : status.ToString();
    // Once for each reason: there may be thousands of commits a second.
    if (!status.ok() && failure != failure_) base::LogError("commit failed", {{"reason", failure}});
    failure_ = std::move(failure);
  }
  for (Finish& finish : finishes) finish(status.ok() ? nullptr : &error);
}

}  // namespace store
