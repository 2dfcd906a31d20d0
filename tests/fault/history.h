#pragma once

// A little history on the embedded store, and what must hold of it whatever fails meanwhile.
//
// Step s writes in one commit: field 1 of one of five accounts, a log entry and a session, all
// named by s (a session only if s <= 100). Thus what is stored tells which steps took place.

#include <rocksdb/file_system.h>

#include <map>
#include <memory>
#include <set>
#include <string>

#include "tests/store/fixture.h"

namespace fault {

class History {
 public:
  static constexpr int kAccounts = 5;

  History(std::string folder, std::shared_ptr<rocksdb::FileSystem> file_system)
      : folder_(std::move(folder)), file_system_(std::move(file_system)) {}

  // The store is there from now on; it is not open.
  void MoveTo(std::string folder) { folder_ = std::move(folder); }

  // Opens the store (again), with the file system or with one that does not fail. False: it says
  // no.
  bool Open();
  bool OpenWithoutFaults();
  const std::string& why_not_opened() const { return why_not_opened_; }
  void Close() { store_.reset(); }
  store::Store& store() { return *store_; }

  // Takes the next step and answers whether it was acknowledged.
  bool Step();

  // Reads the account of the last step: its value must be one that is possible now. With
  // `may_fail` an error is one, too.
  void CheckLastAccount(bool may_fail);

  // Everything that is stored is right, to be called after OpenWithoutFaults.
  void CheckAll();

  // Of a damaged store: what it answers is an error or right, and nothing is missing.
  void CheckServed();

  int acknowledged() const { return static_cast<int>(acknowledged_.size()); }

 private:
  static store::AccountId AccountOf(int step);
  bool OpenWith(std::shared_ptr<rocksdb::FileSystem> file_system);
  bool MayHold(int account, int step) const;
  void CheckAccount(int account, const std::set<int>& stored);
  std::set<int> CheckLog();

  std::string folder_;
  std::shared_ptr<rocksdb::FileSystem> file_system_;
  std::unique_ptr<store::Store> store_;
  std::string why_not_opened_;
  int last_step_ = 0;
  std::set<int> acknowledged_;
  std::map<int, int> last_acknowledged_;  // of each account; missing: none
};

}  // namespace fault
