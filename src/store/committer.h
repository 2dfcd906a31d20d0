#pragma once

// Group commit for the embedded store. Private to store/.
//
// All writes go through one thread. It takes every write that waits, lets each read and decide
// against the database plus what the earlier ones of the same group decided, and commits the group
// with one fdatasync. While that runs the next group gathers: nobody waits for a timer.

#include <rocksdb/utilities/write_batch_with_index.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "store/rocksdb_open.h"

namespace store {

// The group being built, as one write sees it: reads include the group's own earlier writes.
class CommitGroup {
 public:
  explicit CommitGroup(Database& database);

  rocksdb::Status Get(rocksdb::ColumnFamilyHandle* family, const std::string& key,
                      std::string* value);
  void Put(rocksdb::ColumnFamilyHandle* family, const std::string& key, const std::string& value);
  // As Put, for what no update reads: the group's own reads do not see it.
  void Append(rocksdb::ColumnFamilyHandle* family, const std::string& key,
              const std::string& value);
  void Delete(rocksdb::ColumnFamilyHandle* family, const std::string& key);

  // Calls `each` with every key (and value) that starts with `prefix`, in order, until it returns
  // false.
  rocksdb::Status ForPrefix(rocksdb::ColumnFamilyHandle* family, const std::string& prefix,
                            const std::function<bool(std::string_view, std::string_view)>& each);

  // The next unused TinyId; TakeTinyId, after it, uses it up.
  base::Result<TinyId> NextTinyId();
  void TakeTinyId();

  // The app's next position in the change log; TakePosition, after it, uses it up.
  base::Result<std::uint64_t> NextPosition(AppId app);
  void TakePosition(AppId app);

 private:
  friend class Committer;
  bool IsEmpty();
  rocksdb::Status Commit();
  void Abandon();  // forgets the group and all that was derived from it

  Database& database_;
  rocksdb::WriteBatchWithIndex batch_;
  TinyId next_tiny_id_ = 0;                             // 0: not read yet
  std::unordered_map<AppId, std::uint64_t> positions_;  // the next position
};

class Committer {
 public:
  static constexpr std::size_t kMaxGroup = 1024;
  static constexpr std::size_t kMaxWaiting = 65536;

  // Called when the group is on disk (null) or has failed.
  using Finish = std::function<void(const base::Error* failed)>;
  // Adds one write to the group and returns what to call afterwards. Must not throw.
  using Work = std::function<Finish(CommitGroup&)>;

  explicit Committer(Database& database);
  ~Committer();  // commits what waits

  // Any thread. When too many wait, `refused` is called at once instead.
  void Submit(Work work, const Finish& refused);

 private:
  void Run();
  void CommitAll(std::vector<Work> works);

  CommitGroup group_;
  std::string failure_;  // of the last commit; of the thread alone
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Work> waiting_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace store
