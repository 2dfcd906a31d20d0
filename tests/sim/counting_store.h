#pragma once

// A store that knows whether anything it was asked for is still under way: the simulation goes on
// when nothing is.

#include <atomic>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "store/store.h"

namespace sim {

class CountingStore final : public store::Store {
 public:
  explicit CountingStore(std::unique_ptr<store::Store> store) : store_(std::move(store)) {}

  // Callbacks that have not returned yet.
  int UnderWay() const { return under_way_; }

  void ReadAccounts(store::AppId app, std::vector<store::AccountId> accounts,
                    store::Callback<Records> done) override {
    store_->ReadAccounts(app, std::move(accounts), Counted(std::move(done)));
  }
  void UpdateAccount(store::AppId app, store::AccountId account, store::Decide decide,
                     store::Callback<store::Updated> done) override {
    store_->UpdateAccount(app, account, std::move(decide), Counted(std::move(done)));
  }
  void FindSession(store::AppId app, store::SessionId id,
                   store::Callback<std::optional<store::Session>> done) override {
    store_->FindSession(app, id, Counted(std::move(done)));
  }
  void FindInstance(store::AppId app, store::AccountId account, std::string id,
                    store::Callback<std::optional<store::Instance>> done) override {
    store_->FindInstance(app, account, std::move(id), Counted(std::move(done)));
  }
  void RenewSession(store::AppId app, store::SessionId id, std::int64_t last_used_ms,
                    store::Callback<bool> done) override {
    store_->RenewSession(app, id, last_used_ms, Counted(std::move(done)));
  }
  void Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
             store::Callback<Swept> done) override {
    store_->Sweep(sessions_before_ms, changes_before_ms, Counted(std::move(done)));
  }
  void ReadChanges(store::AppId app, std::uint64_t after, std::size_t limit,
                   store::Callback<std::vector<LoggedChange>> done) override {
    store_->ReadChanges(app, after, limit, Counted(std::move(done)));
  }
  void ReadNotices(store::AppId app, store::AccountId account, std::uint64_t after,
                   std::size_t limit, store::Callback<std::vector<store::Change>> done) override {
    store_->ReadNotices(app, account, after, limit, Counted(std::move(done)));
  }
  void ReadFields(store::AppId app, store::Callback<Fields> done) override {
    store_->ReadFields(app, Counted(std::move(done)));
  }
  void UpdateFields(store::AppId app, DecideFields decide, store::Callback<Fields> done) override {
    store_->UpdateFields(app, std::move(decide), Counted(std::move(done)));
  }
  void ReadCursor(store::AppId app, std::string reader,
                  store::Callback<std::uint64_t> done) override {
    store_->ReadCursor(app, std::move(reader), Counted(std::move(done)));
  }
  void WriteCursor(store::AppId app, std::string reader, std::uint64_t position,
                   store::Callback<bool> done) override {
    store_->WriteCursor(app, std::move(reader), position, Counted(std::move(done)));
  }
  void Watch(std::function<void(const store::Event&)> on_event) override {
    store_->Watch(std::move(on_event));
  }
  std::string WriteTrouble() const override { return store_->WriteTrouble(); }

 private:
  template <class T>
  store::Callback<T> Counted(store::Callback<T> done) {
    ++under_way_;
    return [this, done = std::move(done)](base::Result<T> result) {
      done(std::move(result));
      --under_way_;
    };
  }

  std::atomic<int> under_way_{0};
  std::unique_ptr<store::Store> store_;  // ends first: its last callbacks count
};

}  // namespace sim
