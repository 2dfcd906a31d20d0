#pragma once

// A store of an engine in a folder of its own, with calls that wait for their callbacks.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "store/store.h"
#include "store/wait.h"
#include STORE_ENGINES  // which engines the suite runs on

namespace store {

inline AccountId Id(std::string_view text) { return *AccountId::Parse(text); }

inline SessionId MakeSessionId(char c) {
  SessionId id;
  id.fill(c);
  return id;
}

struct TempFolder {
  TempFolder() {
    std::string pattern = testing::TempDir() + "portrait_store_XXXXXX";
    path = ::mkdtemp(pattern.data());
  }
  ~TempFolder() { std::filesystem::remove_all(path); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::filesystem::path path;
};

// Writes field 1 of an account as a set would, creating the account where it is missing.
inline Decide DecideSet(AccountId account, std::string fragment) {
  return [account, fragment = std::move(fragment)](
             const profile::Record* current, const UpdateContext& context) -> base::Result<Update> {
    Update update;
    update.record = current == nullptr ? profile::RecordDraft() : current->Edit();
    if (current == nullptr) update.record->header.tiny_id = context.fresh_tiny_id;
    update.record->fields["\x01"] = fragment;
    std::uint64_t seq = ++update.record->header.notice_seq;
    update.change = Change{account, seq, account, "192.0.2.1", "Web", 1000, {{"\x01", fragment}}};
    return update;
  };
}

inline std::vector<std::string> IdsOf(const std::vector<Instance>& instances) {
  std::vector<std::string> ids;
  for (const Instance& instance : instances) ids.push_back(instance.id);
  return ids;
}

template <class Engine>
class StoreTest : public testing::Test {
 protected:
  static constexpr bool kIsDurable = Engine::kIsDurable;

  StoreTest() : store_(Engine::Open(folder_.path.string())) {}

  void Reopen() {
    store_.reset();
    store_ = Engine::Open(folder_.path.string());
  }

  base::Result<Updated> Apply(std::string_view account, Decide decide, AppId app = 1) {
    return Wait<Updated>([&](Callback<Updated> done) {
      store_->UpdateAccount(app, Id(account), std::move(decide), std::move(done));
    });
  }

  Updated Set(std::string_view account, std::string fragment, AppId app = 1) {
    auto updated = Apply(account, DecideSet(Id(account), std::move(fragment)), app);
    EXPECT_TRUE(updated);
    return *updated;
  }

  Updated Login(std::string_view account, char session, std::int64_t now_ms, AppId app = 1) {
    auto updated = Apply(
        account,
        [=, id = Id(account)](const profile::Record*, const UpdateContext&) {
          store::Update update;
          update.new_session = Session{MakeSessionId(session), id, 7, now_ms, now_ms};
          return base::Result<store::Update>(std::move(update));
        },
        app);
    EXPECT_TRUE(updated);
    return *updated;
  }

  Store::Records ReadAll(const std::vector<std::string>& accounts, AppId app = 1) {
    std::vector<AccountId> ids;
    for (const std::string& account : accounts) ids.push_back(Id(account));
    auto records = Wait<Store::Records>(
        [&](Callback<Store::Records> done) { store_->ReadAccounts(app, ids, std::move(done)); });
    EXPECT_TRUE(records);
    return *records;
  }
  RecordPtr Read(const std::string& account, AppId app = 1) {
    return ReadAll({account}, app).front().value();
  }

  std::optional<Session> Find(char session, AppId app = 1) {
    using Found = std::optional<Session>;
    return *Wait<Found>([&](Callback<Found> done) {
      store_->FindSession(app, MakeSessionId(session), std::move(done));
    });
  }
  // Logs one session out and answers whether it was there.
  bool End(std::string_view account, char session) {
    auto updated = Apply(account, [=](const profile::Record*, const UpdateContext&) {
      store::Update update;
      update.end_session = MakeSessionId(session);
      return base::Result<store::Update>(std::move(update));
    });
    return !updated->ended_sessions.empty();
  }

  Updated AddInstance(std::string_view account, std::string id, char session, std::int64_t now_ms,
                      std::size_t max_instances = 3) {
    auto updated = Apply(account, [=](const profile::Record*, const UpdateContext&) {
      store::Update update;
      update.new_instance = Instance{id, MakeSessionId(session), 7, now_ms};
      update.max_instances = max_instances;
      return base::Result<store::Update>(std::move(update));
    });
    EXPECT_TRUE(updated);
    return *updated;
  }
  std::optional<Instance> FindInstance(std::string_view account, std::string id, AppId app = 1) {
    using Found = std::optional<Instance>;
    return *Wait<Found>(
        [&](Callback<Found> done) { store_->FindInstance(app, Id(account), id, std::move(done)); });
  }
  std::vector<Change> Notices(std::string_view account, std::uint64_t after,
                              std::size_t limit = 100) {
    return *Wait<std::vector<Change>>([&](Callback<std::vector<Change>> done) {
      store_->ReadNotices(1, Id(account), after, limit, std::move(done));
    });
  }
  bool Renew(char session, std::int64_t now_ms) {
    return *Wait<bool>([&](Callback<bool> done) {
      store_->RenewSession(1, MakeSessionId(session), now_ms, std::move(done));
    });
  }
  Store::Swept Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms) {
    return *Wait<Store::Swept>([&](Callback<Store::Swept> done) {
      store_->Sweep(sessions_before_ms, changes_before_ms, std::move(done));
    });
  }
  std::vector<Store::LoggedChange> Changes(std::uint64_t after, AppId app = 1) {
    using Logged = std::vector<Store::LoggedChange>;
    return *Wait<Logged>(
        [&](Callback<Logged> done) { store_->ReadChanges(app, after, 10000, std::move(done)); });
  }

  TempFolder folder_;
  std::unique_ptr<Store> store_;
};

}  // namespace store
