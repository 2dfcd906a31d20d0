// Random histories: the same operations on an engine and on the memory store, which is the model,
// and everything they answer compared. A failing seed is printed; run it alone with HISTORY_SEED=N.

#include <gtest/gtest.h>

#include <random>

#include "store/memory_store.h"
#include "tests/store/fixture.h"

namespace store {
namespace {

// One run over both stores; what each step answered, as text, must be equal.
class History {
 public:
  explicit History(unsigned seed) : random_(seed) {}

  // The next operation's answer from `store`. Both stores get the same draws.
  struct Step {
    int kind = 0;
    AppId app = 1;
    std::string account;
    char session = 0;
    std::int64_t now_ms = 0;
    std::string fragment;
  };

  Step Draw() {
    now_ms_ += Pick(50);
    int account = Pick(6);
    // As the random ids of real sessions, no two accounts share one.
    auto session = static_cast<char>(account * 16 + Pick(4));
    return {Pick(10),
            static_cast<AppId>(1 + Pick(2)),
            std::string(1, static_cast<char>('a' + account)),
            session,
            now_ms_,
            std::to_string(Pick(4))};
  }

 private:
  int Pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

  std::mt19937 random_;
  std::int64_t now_ms_ = 1000;
};

std::string Describe(const base::Result<Updated>& updated) {
  if (!updated) return "error " + std::to_string(static_cast<int>(updated.error().code));
  std::string text = updated->created ? "created " : "updated ";
  if (updated->record != nullptr) text += updated->record->Edit().Encode();
  auto ended = updated->ended_sessions;
  std::sort(ended.begin(), ended.end());
  for (const SessionId& id : ended) text += ' ' + std::to_string(id[0]);
  auto evicted = IdsOf(updated->evicted_instances);
  std::sort(evicted.begin(), evicted.end());
  for (const std::string& id : evicted) text += ' ' + id;
  return text;
}

std::string UpdateOnce(Store& store, const History::Step& step, Decide decide) {
  return Describe(Wait<Updated>([&](Callback<Updated> done) {
    store.UpdateAccount(step.app, Id(step.account), std::move(decide), std::move(done));
  }));
}

std::string ReadEverything(Store& store, AppId app) {
  std::vector<AccountId> ids;
  for (char c = 'a'; c < 'a' + 6; ++c) ids.push_back(Id(std::string(1, c)));
  auto records = Wait<Store::Records>(
      [&](Callback<Store::Records> done) { store.ReadAccounts(app, ids, std::move(done)); });
  std::string text;
  for (const auto& record : *records) {
    text += record.value() == nullptr ? "-" : record.value()->Edit().Encode();
  }
  using Logged = std::vector<Store::LoggedChange>;
  auto changes = Wait<Logged>(
      [&](Callback<Logged> done) { store.ReadChanges(app, 0, 10000, std::move(done)); });
  for (const auto& logged : *changes) {
    text += std::to_string(logged.position) + ':' + std::to_string(logged.change.notice_seq) +
            logged.change.account.String() + logged.change.fields.at(0).fragment + ' ';
  }
  return text;
}

std::string Run(Store& store, const History::Step& step) {
  switch (step.kind) {
    case 0:
    case 1: return UpdateOnce(store, step, DecideSet(Id(step.account), step.fragment));
    case 2:
      return UpdateOnce(store, step, [](const profile::Record*, const UpdateContext&) {
        return base::Result<Update>(base::Fail(base::Code::kInvalidTag));
      });
    case 3:
      return UpdateOnce(store, step, [&](const profile::Record*, const UpdateContext&) {
        Update update;
        update.new_session =
            Session{MakeSessionId(step.session), Id(step.account), 7, step.now_ms, step.now_ms};
        return base::Result<Update>(std::move(update));
      });
    case 4:
      return UpdateOnce(store, step, [](const profile::Record* current, const UpdateContext&) {
        Update update;
        update.end_sessions = true;
        if (current != nullptr) {
          update.record = current->Edit();
          update.record->fields.clear();
          update.record->header.deleted = true;
        }
        return base::Result<Update>(std::move(update));
      });
    case 5:
      return UpdateOnce(store, step, [&](const profile::Record*, const UpdateContext&) {
        Update update;
        update.end_session = MakeSessionId(step.session);
        return base::Result<Update>(std::move(update));
      });
    case 6:
      return std::to_string(*Wait<bool>([&](Callback<bool> done) {
        store.RenewSession(step.app, MakeSessionId(step.session), step.now_ms, std::move(done));
      }));
    case 7: {
      auto swept = *Wait<Store::Swept>([&](Callback<Store::Swept> done) {
        store.Sweep(step.now_ms - 400, step.now_ms - 400, std::move(done));
      });
      return std::to_string(swept.sessions) + ' ' + std::to_string(swept.changes);
    }
    case 8:
      return UpdateOnce(store, step, [&](const profile::Record*, const UpdateContext&) {
        Update update;
        update.new_instance =
            Instance{"i" + step.fragment, MakeSessionId(step.session), 1, step.now_ms};
        update.max_instances = 2;
        return base::Result<Update>(std::move(update));
      });
    default: {
      using Found = std::optional<Session>;
      auto found = *Wait<Found>([&](Callback<Found> done) {
        store.FindSession(step.app, MakeSessionId(step.session), std::move(done));
      });
      if (!found) return "no session";
      return found->account.String() + std::to_string(found->last_used_ms);
    }
  }
}

void Compare(unsigned seed) {
  SCOPED_TRACE("HISTORY_SEED=" + std::to_string(seed));
  TempFolder folder;
  MemoryStore model;
  auto store = Durable::Open(folder.path.string());
  History history(seed);
  for (int i = 0; i < 120; ++i) {
    History::Step step = history.Draw();
    ASSERT_EQ(Run(*store, step), Run(model, step)) << "step " << i << " kind " << step.kind;
    if (i % 40 == 39) {
      store.reset();
      store = Durable::Open(folder.path.string());
    }
  }
  for (AppId app : {1u, 2u}) ASSERT_EQ(ReadEverything(*store, app), ReadEverything(model, app));
}

TEST(History, OfAnyKindIsTheSameOnEveryEngine) {
  if (const char* only = std::getenv("HISTORY_SEED"))
    return Compare(static_cast<unsigned>(std::atoi(only)));
  for (unsigned seed = 1; seed <= 20 && !testing::Test::HasFatalFailure(); ++seed) Compare(seed);
}

}  // namespace
}  // namespace store
