#pragma once

// Whether the embedded store's database takes writes, and what is done when it does not. Private
// to store/.
//
// RocksDB refuses writes after an error of the disk, and goes on answering reads. What follows
// depends on the error:
// - the disk is full: nothing is damaged, and the database is asked again and again whether it can
//   go on, until there is space;
// - anything else (a failed sync above all: what the kernel had not written may be gone, and
//   trying again would report success for it): writes stay refused until the process is restarted
//   and reads its log anew.

#include <rocksdb/db.h>
#include <rocksdb/listener.h>

#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace store {

class Health final : public rocksdb::EventListener {
 public:
  ~Health() override;

  // Called by the database on whatever thread met the error.
  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override;

  // From now on until Stop, a thread heals `db` where it can be.
  void Start(rocksdb::DB& db);
  void Stop();

  // Whether there ever was an error, healed or not. Any thread.
  bool HasFailed() const;

  // Why writes are refused, or an empty string. Any thread.
  std::string Trouble() const;

 private:
  enum class State { kWell, kFull, kBroken };
  void Run(rocksdb::DB& db);

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  State state_ = State::kWell;
  bool refuses_writes_ = false;
  unsigned errors_ = 0;  // so that one met while healing is not forgotten
  std::string reason_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace store
