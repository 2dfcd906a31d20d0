#pragma once

// One history: drawn from a seed, done by the server and foretold by the model.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/sim/draw.h"
#include "tests/sim/model.h"
#include "tests/sim/server.h"

namespace sim {

class Simulation {
 public:
  // `open_store`: as Server's. `verbose`: prints every step.
  Simulation(std::uint64_t seed, const Server::OpenStore& open_store, bool verbose);

  // The first difference between the server and the model, for people; empty: there is none.
  std::string Run();

 private:
  // A page that polls.
  struct Tab {
    std::size_t session = 0;
    std::string id;
    std::uint64_t sent = 0;      // the cursor of its last poll
    std::uint64_t received = 0;  // the highest notice it was given
  };
  struct Waiting {
    std::size_t request = 0;  // number in the server
    std::size_t tab = 0;
    std::string text;  // for people
  };

  void Begin();
  void Step();
  void End();

  // Asks both. Answers what the server said, where the model foretold it.
  std::optional<std::vector<std::string>> Do(const Request& request, std::size_t tab = SIZE_MAX);
  void TakeEnded();
  void CheckQuiet();
  void Pass(std::int64_t ms);
  void Differ(const std::string& text, const std::string& expected, const std::string& got);
  std::string TargetOf(const Request& request) const;

  void OpenTab();
  void PollSome();
  void Poll(std::size_t tab, std::size_t session);
  void Close(std::size_t tab);
  void Restart();
  void LongPause();
  void Week();
  void Burst();

  std::int64_t now_s() const { return clock_.now_ms / 1000; }

  const std::uint64_t seed_;
  const bool is_durable_;
  const bool verbose_;
  Random random_;
  const std::vector<AppSpec> apps_;
  HandClock clock_;
  Model model_;
  Server server_;
  Draw draw_;
  std::vector<Tab> tabs_;
  std::map<std::size_t, Waiting> waiting_;  // by the model's number
  std::size_t step_ = 0;
  std::string difference_;
};

}  // namespace sim
