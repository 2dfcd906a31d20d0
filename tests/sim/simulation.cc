#include "tests/sim/simulation.h"

#include <array>
#include <iostream>

#include "auth/usersig.h"
#include "tests/sim/wire.h"

namespace sim {
namespace {

constexpr std::int64_t kHourMs = 3600 * 1000;
constexpr std::size_t kSteps = 250;
constexpr std::size_t kNoTab = SIZE_MAX;

std::string SigOf(const Who& who, const std::vector<AppSpec>& apps, std::int64_t now_s) {
  auth::UserSigClaims claims{who.identifier, apps[who.app].sdkappid, who.sig_time_s, 86400, {}};
  std::string key = apps[who.app].secret_key;
  switch (who.fault) {
    case SigFault::kNone: break;
    case SigFault::kEmpty: return "";
    case SigFault::kBroken: return "eJyrVgrxCdYrSy1SslIy0jNQ0gHzM1NS80oy0zLB";
    case SigFault::kOtherKey: key += '?'; break;
    case SigFault::kOtherAccount: claims.identifier = "somebody else"; break;
    case SigFault::kOtherApp: claims.sdkappid += 7; break;
    case SigFault::kExpired: claims.time_s = now_s - 86401; break;
    case SigFault::kFuture: claims.time_s = now_s + 601; break;
  }
  return auth::MakeUserSig(claims, key);
}

// For people, without secrets.
std::string WhoText(const Who& who, const Model& model) {
  std::string text = "app " + std::to_string(who.app) + ", ";
  if (!who.session) {
    return text + "UserSig of " + who.identifier + " of second " + std::to_string(who.sig_time_s) +
           (who.fault == SigFault::kNone ? "" : ", faulty");
  }
  text +=
      "session " + std::to_string(*who.session) + " of " + model.sessions()[*who.session].account;
  return text + (who.wrong_tiny_id ? ", wrong tinyid" : "");
}

}  // namespace

Simulation::Simulation(std::uint64_t seed, const Server::OpenStore& open_store, bool verbose)
    : seed_(seed),
      is_durable_(open_store != nullptr),
      verbose_(verbose),
      random_(seed),
      apps_(MakeApps()),
      clock_(),
      model_(apps_),
      server_(apps_, clock_, open_store),
      draw_(random_, apps_, model_) {
  clock_.now_ms = 1700000000000;
  model_.SetNow(clock_.now_ms);
}

std::string Simulation::Run() {
  Begin();
  for (std::size_t i = 0; i < kSteps && difference_.empty(); ++i) Step();
  End();
  return difference_;
}

void Simulation::Pass(std::int64_t ms) {
  clock_.now_ms += ms;
  model_.SetNow(clock_.now_ms);
  while (model_.IsInDoubt()) {
    clock_.now_ms += kHourMs;
    model_.SetNow(clock_.now_ms);
  }
}

std::string Simulation::TargetOf(const Request& request) const {
  const Who& who = request.who;
  std::string query = "sdkappid=" + std::to_string(apps_[who.app].sdkappid);
  if (who.session) {
    const Model::Session& session = model_.sessions()[*who.session];
    query += "&tinyid=" + session.tiny_id + (who.wrong_tiny_id ? "1" : "") + "&a2=" + session.a2;
  } else {
    query += "&identifier=" + UrlText(who.identifier) + "&usersig=" + SigOf(who, apps_, now_s());
  }
  return '/' + PathOf(request.body) + '?' + query;
}

void Simulation::Differ(const std::string& text, const std::string& expected,
                        const std::string& got) {
  if (!difference_.empty()) return;
  difference_ = "seed " + std::to_string(seed_) + ", step " + std::to_string(step_) + " (" +
                (is_durable_ ? "on disk" : "memory") + ")\nrequest:  " + text +
                "\nexpected: " + Readable(expected) + "\ngot:      " + got +
                "\nreplay:   SIM_SEED=" + std::to_string(seed_) + " ./sim_test";
}

std::optional<std::vector<std::string>> Simulation::Do(const Request& request, std::size_t tab) {
  if (!difference_.empty()) return std::nullopt;
  ++step_;
  std::string body = BodyOf(request);
  std::string text = PathOf(request.body) + " as " + WhoText(request.who, model_) + ' ' + body;
  std::string target = TargetOf(request);
  auto expected = model_.Ask(request);
  if (verbose_) std::cout << step_ << ' ' << text << '\n';
  std::size_t number = server_.Start(target, body);
  std::optional<std::vector<std::string>> fills;
  if (expected) {
    bool is_answered = server_.RunUntilAnswered(number);
    std::string got = is_answered ? *server_.TakeAnswer(number) : "nothing";
    if (verbose_) std::cout << "    " << got << '\n';
    fills = Match(expected->text, got);
    if (!fills) Differ(text, expected->text, got);
    if (fills && expected->learn) {
      std::string problem = expected->learn(*fills);
      if (!problem.empty()) Differ(text, problem, got);
    }
    if (tab != kNoTab && expected->notice_seq > 0) tabs_[tab].received = expected->notice_seq;
  } else {
    waiting_[model_.last_poll()] = {number, tab, text};
    if (verbose_) std::cout << "    waits as poll " << model_.last_poll() << '\n';
  }
  TakeEnded();
  // Now and then the next request comes before everything has calmed down. Only a memory store,
  // which has no thread of its own, then does the same again.
  bool is_hasty = !is_durable_ && random_.Chance(40);
  if (!is_hasty) CheckQuiet();
  return fills;
}

void Simulation::TakeEnded() {
  for (const Model::Ended& ended : model_.TakeEnded()) {
    Waiting waiting = waiting_.at(ended.poll);
    waiting_.erase(ended.poll);
    bool is_answered = server_.RunUntilAnswered(waiting.request);
    std::string got = is_answered ? *server_.TakeAnswer(waiting.request) : "nothing";
    if (verbose_) std::cout << "    poll " << ended.poll << ": " << got << '\n';
    if (!Match(ended.answer.text, got)) {
      Differ("the poll before: " + waiting.text, ended.answer.text, got);
    }
    if (waiting.tab != kNoTab && ended.answer.notice_seq > 0) {
      tabs_[waiting.tab].received = ended.answer.notice_seq;
    }
  }
}

void Simulation::CheckQuiet() {
  server_.Settle();
  for (const auto& [number, waiting] : waiting_) {
    auto got = server_.TakeAnswer(waiting.request);
    if (got) Differ("the poll before: " + waiting.text, "nothing: it should wait", *got);
  }
}

void Simulation::Begin() {
  for (std::size_t app = 0; app < apps_.size(); ++app) {
    MultiImport many;
    for (const std::string& name : NamesOf(app)) {
      if (random_.Chance(50)) many.imports.push_back({name, {}, {}});
    }
    many.is_old_form = random_.Chance(50);
    Do(draw_.AsAdmin(app, many, now_s()));
  }
}

void Simulation::Step() {
  Pass(random_.Chance(30) ? 1 : static_cast<std::int64_t>(1 + random_.Pick(3000)));
  struct Kind {
    std::size_t weight;
    void (*run)(Simulation&);
  };
  using S = Simulation;
  static constexpr std::array kKinds = {
      Kind{260, [](S& s) { s.Do(s.draw_.Set(s.now_s())); }},
      Kind{130, [](S& s) { s.Do(s.draw_.Get(s.now_s())); }},
      Kind{120, [](S& s) { s.Do(s.draw_.Login(s.now_s())); }},
      Kind{90, [](S& s) { s.OpenTab(); }},
      Kind{220, [](S& s) { s.PollSome(); }},
      Kind{30, [](S& s) { s.Do(s.draw_.OfThePage(Logout(), s.now_s())); }},
      Kind{15, [](S& s) { s.Do(s.draw_.OfThePage(LogoutAll(), s.now_s())); }},
      Kind{30, [](S& s) { s.Do(s.draw_.OfThePage(AuthKey(), s.now_s())); }},
      Kind{30, [](S& s) { s.Do(s.draw_.ImportOne(s.now_s())); }},
      Kind{15, [](S& s) { s.Do(s.draw_.ImportMany(s.now_s())); }},
      Kind{15, [](S& s) { s.Do(s.draw_.Check(s.now_s())); }},
      Kind{20, [](S& s) { s.Do(s.draw_.Delete(s.now_s())); }},
      Kind{20, [](S& s) { s.Do(s.draw_.Kick(s.now_s())); }},
      Kind{8, [](S& s) { s.Restart(); }},
      Kind{3, [](S& s) { s.LongPause(); }},
      Kind{1, [](S& s) { s.Week(); }},
      Kind{1, [](S& s) { s.Burst(); }},
  };
  std::size_t sum = 0;
  for (const Kind& kind : kKinds) sum += kind.weight;
  std::size_t at = random_.Pick(sum);
  for (const Kind& kind : kKinds) {
    if (at < kind.weight) return kind.run(*this);
    at -= kind.weight;
  }
}

void Simulation::OpenTab() {
  Request request = draw_.OfThePage(GetLongPollingId(), now_s());
  auto fills = Do(request);
  if (fills && fills->size() == 1) tabs_.push_back({*request.who.session, fills->front()});
}

void Simulation::PollSome() {
  if (tabs_.empty()) return OpenTab();
  std::size_t tab = random_.Pick(tabs_.size());
  for (int i = 0; i < 3 && !model_.IsAlive(model_.sessions()[tabs_[tab].session]); ++i) {
    tab = random_.Pick(tabs_.size());
  }
  std::size_t session = tabs_[tab].session;
  // A page that has signed in again, perhaps as another account, may go on with its old id.
  if (random_.Chance(5)) session = *draw_.Session();
  Poll(tab, session);
}

void Simulation::Poll(std::size_t tab, std::size_t session) {
  Tab& page = tabs_[tab];
  // The page has seen the last answer, or it was lost on the way and the page asks once more.
  if (random_.Chance(80)) page.sent = page.received;
  LongPolling poll{page.id, page.sent};
  if (page.sent == 0 && random_.Chance(20)) poll.seen.reset();
  Who who;
  who.app = model_.sessions()[session].app;
  who.session = session;
  auto fills = Do({who, poll, false, random_.Chance(10)}, tab);
  // A page that was told that it has ended is closed, mostly.
  bool is_dead = !model_.IsAlive(model_.sessions()[session]);
  if (fills && is_dead && random_.Chance(70)) Close(tab);
}

void Simulation::Close(std::size_t tab) {
  tabs_.erase(tabs_.begin() + static_cast<std::ptrdiff_t>(tab));
  for (auto& [number, waiting] : waiting_) {
    if (waiting.tab == kNoTab || waiting.tab < tab) continue;
    waiting.tab = waiting.tab == tab ? kNoTab : waiting.tab - 1;
  }
}

void Simulation::Restart() {
  if (!difference_.empty()) return;
  ++step_;
  if (verbose_) std::cout << step_ << " restart\n";
  if (!server_.Stop()) return Differ("restart", "every poll is answered", "one is not");
  model_.EndPolls();
  TakeEnded();
  server_.Open();
}

// Nobody does anything for a while.
void Simulation::LongPause() {
  constexpr std::int64_t kHours[] = {1, 20, 20, 26, 8 * 24};
  Restart();
  Pass(kHours[random_.Pick(std::size(kHours))] * kHourMs);
  if (random_.Chance(60)) {
    model_.Sweep();
    server_.Sweep();
  }
}

// A page stays open, but asks for nothing new until the log has forgotten what it missed.
void Simulation::Week() {
  if (tabs_.empty()) return;
  std::size_t tab = random_.Pick(tabs_.size());
  std::size_t session = tabs_[tab].session;
  std::size_t app = model_.sessions()[session].app;
  std::string account = model_.sessions()[session].account;
  for (const char* nick : {"one", "two"}) {
    Value value{Value::Kind::kText, nick, 0};
    Do(draw_.AsAdmin(app, PortraitSet{account, {{"Tag_Profile_IM_Nick", value}}}, now_s()));
  }
  Restart();
  for (int day = 0; day < 9; ++day) {
    Pass(20 * kHourMs);
    Do({{app, session, false, {}, 0, SigFault::kNone}, AuthKey()});
  }
  Do(draw_.AsAdmin(app, AccountImport{{"grace", "a newer change", {}}}, now_s()));
  model_.Sweep();
  server_.Sweep();
  Poll(tab, session);
}

// More changes than are kept for a listener.
void Simulation::Burst() {
  if (tabs_.empty()) return;
  std::size_t tab = random_.Pick(tabs_.size());
  std::size_t session = tabs_[tab].session;
  std::size_t app = model_.sessions()[session].app;
  std::size_t count = is_durable_ ? 3 : 99 + random_.Pick(4);
  for (std::size_t i = 0; i < count; ++i) {
    Pass(1);
    Value value{Value::Kind::kInteger, "", static_cast<std::int64_t>(i + seed_ % 1000)};
    PortraitSet set{model_.sessions()[session].account, {{"Tag_Profile_IM_Level", value}}};
    Do(draw_.AsAdmin(app, set, now_s()));
  }
  Poll(tab, session);
}

// Everything is read once more, after a restart.
void Simulation::End() {
  Restart();
  Pass(2000);
  for (std::size_t app = 0; app < apps_.size(); ++app) {
    std::vector<std::string> names = NamesOf(app);
    for (const char* ghost : {"ghost0", "ghost1", "ghost2"}) names.push_back(ghost);
    Do(draw_.AsAdmin(app, PortraitGet{{}, names, AllTags(apps_[app]), {}}, now_s()));
    Do(draw_.AsAdmin(app, AccountCheck{names}, now_s()));
    for (const std::string& name : names) {
      Do(draw_.AsAdmin(app, PortraitGet{{}, {name}, {"Tag_Profile_IM_Nick"}, 0}, now_s()));
    }
  }
  for (std::size_t i = 0; i < model_.sessions().size(); ++i) {
    Do({{model_.sessions()[i].app, i, false, {}, 0, SigFault::kNone}, AuthKey()});
  }
  for (std::size_t tab = tabs_.size(); tab-- > 0;) Poll(tab, tabs_[tab].session);
  Restart();
}

}  // namespace sim
