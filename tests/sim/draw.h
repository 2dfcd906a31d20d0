#pragma once

// Draws what happens next, from a seed: the same seed draws the same history on every machine.

#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "tests/sim/model.h"
#include "tests/sim/request.h"

namespace sim {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}

  // 0 to n - 1.
  std::size_t Pick(std::size_t n) { return static_cast<std::size_t>(engine_() % n); }
  bool Chance(std::size_t percent) { return Pick(100) < percent; }
  template <class List>
  const auto& Of(const List& list) {
    return list[Pick(list.size())];
  }

 private:
  std::mt19937_64 engine_;
};

// Three apps with unlike settings.
std::vector<AppSpec> MakeApps();

// The names of the accounts of an app, its admin first; 50 in all apps together.
const std::vector<std::string>& NamesOf(std::size_t app);

// Every tag of an app that an admin may read.
std::vector<std::string> AllTags(const AppSpec& app);

class Draw {
 public:
  // `model`: whose sessions are used.
  Draw(Random& random, const std::vector<AppSpec>& apps, const Model& model)
      : random_(random), apps_(apps), model_(model) {}

  Request Get(std::int64_t now_s);
  Request Set(std::int64_t now_s);
  Request Login(std::int64_t now_s);
  // Logout, LogoutAll, AuthKey and GetLongPollingId.
  Request OfThePage(const Body& body, std::int64_t now_s);
  Request ImportOne(std::int64_t now_s);
  Request ImportMany(std::int64_t now_s);
  Request Check(std::int64_t now_s);
  Request Delete(std::int64_t now_s);
  Request Kick(std::int64_t now_s);

  // A request of the app's admin that is no matter of chance.
  Request AsAdmin(std::size_t app, Body body, std::int64_t now_s) const;

  // A session, mostly one that is alive; nothing if there has never been one.
  std::optional<std::size_t> Session();
  std::string Account(std::size_t app);

 private:
  // Finishes a request: what may be odd about any.
  Request Finish(Who who, Body body);
  Who BySignature(std::size_t app, std::string identifier, std::int64_t now_s);
  Who BySession(std::size_t session);
  Who Anybody(std::int64_t now_s);
  Who Admin(std::int64_t now_s);
  std::string CallerOf(const Who& who) const;
  std::string Name(std::size_t app);
  std::vector<std::string> Names(std::size_t app);
  std::string Tag(std::size_t app);
  sim::Value ValueFor(std::size_t app, const std::string& tag);
  sim::Value AnyValue();
  Import OneImport(std::size_t app);

  Random& random_;
  const std::vector<AppSpec>& apps_;
  const Model& model_;
};

}  // namespace sim
