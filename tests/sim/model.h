#pragma once

// The server as docs/protocol/ describes it, in plain maps: no store, no JSON, no coroutines, no
// code of src/. It answers every request with the text the server must answer it with.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/answer.h"
#include "tests/sim/fields.h"
#include "tests/sim/request.h"

namespace sim {

class Model {
 public:
  // A long poll that a request before has ended.
  struct Ended {
    std::size_t poll = 0;
    Answer answer;
  };
  struct Session {
    std::size_t app = 0;
    std::string account, tiny_id, a2;
    std::int64_t last_used_ms = 0;
    bool has_ended = false;
  };

  explicit Model(const std::vector<AppSpec>& apps);

  // The clock of the server; it never goes back.
  void SetNow(std::int64_t now_ms) { now_ms_ = now_ms; }

  // What the request is answered with. Nothing: it is a poll that waits; last_poll() is its number.
  std::optional<Answer> Ask(const Request& request);
  std::size_t last_poll() const { return last_poll_; }

  // The polls that ended since the last call, and how.
  std::vector<Ended> TakeEnded() { return std::exchange(ended_, {}); }

  // The server stops: every poll that waits is told to ask again.
  void EndPolls();
  // The server drops what is too old.
  void Sweep();

  // For whoever draws requests. Sessions are numbered from 0 in the order of their logins.
  const std::vector<Session>& sessions() const { return sessions_; }
  bool IsAlive(const Session& session) const;
  // Whether a session has been idle for so long that the documents leave open whether it is alive:
  // its use is written down hourly, so it dies after 24 hours or up to an hour later.
  bool IsInDoubt() const;
  std::uint32_t standard_seq(std::size_t app, const std::string& account) const;
  // UserSigs of the account issued up to this second are void; nothing: none are.
  std::optional<std::int64_t> revoked_s(std::size_t app, const std::string& account) const;

 private:
  struct Account {
    bool exists = false;  // false: deleted
    std::optional<std::string> tiny_id;
    std::optional<std::int64_t> revoked_s;  // UserSigs issued up to then are void
    std::uint32_t standard_seq = 0, custom_seq = 0;
    std::uint64_t notice_seq = 0;
    std::map<std::string, std::string> values;  // JSON text by tag
    using Change = std::vector<std::pair<std::string, std::string>>;
    std::map<std::uint64_t, Change> changes;  // by notice_seq: tags and JSON texts
  };
  struct Instance {
    std::size_t session = 0;
    std::uint64_t start_seq = 0;
    std::int64_t created_ms = 0;
    bool is_evicted = false;
  };
  using InstanceKey = std::pair<std::string, std::string>;  // account, LongPollingId
  struct Logged {
    std::string account;
    std::uint64_t notice_seq = 0;
    std::int64_t time_ms = 0;
  };
  struct App {
    AppSpec spec;
    std::vector<Field> fields;
    std::map<std::string, Account> accounts;
    std::map<InstanceKey, Instance> instances;
    std::deque<Logged> log;
    std::set<std::string> tiny_ids;  // all there ever were
  };
  struct Poll {
    std::size_t number = 0;
    std::size_t app = 0;
    std::size_t session = 0;
    InstanceKey instance;
    std::uint64_t seen = 0;     // the page has processed the notices up to this one
    std::uint64_t skipped = 0;  // the changes up to this one are news to nobody
  };
  struct Caller {
    std::size_t app = 0;
    std::string account;
    bool is_admin = false;
    std::optional<std::size_t> session;
  };
  using Notice = std::pair<std::uint64_t, Account::Change>;

  // model.cc: who asks.
  std::optional<Answer> CheckSession(const Request& request, Caller& caller);
  std::optional<Answer> CheckUserSig(const Request& request, Caller& caller);
  std::optional<Answer> CheckAccess(const Request& request, const Caller& caller);
  Answer Run(const Caller& caller, const AuthKey& body);
  Answer Run(const Caller& caller, const Login& body);
  Answer Run(const Caller& caller, const Logout& body);
  Answer Run(const Caller& caller, const LogoutAll& body);
  std::string Learn(const Caller& caller, const std::string& tiny_id, const std::string& a2);

  // model_profile.cc
  Answer Run(const Caller& caller, const PortraitGet& body);
  Answer Run(const Caller& caller, const PortraitSet& body);
  std::string ItemOf(const App& app, const std::string& account,
                     const std::vector<std::string>& tags) const;
  // Applies what a set changes, logs it and ends the polls that wait for it.
  void Set(std::size_t app, const std::string& account,
           const std::vector<std::pair<const Field*, Value>>& values);

  // model_accounts.cc
  Answer Run(const Caller& caller, const AccountImport& body);
  Answer Run(const Caller& caller, const MultiImport& body);
  Answer Run(const Caller& caller, const AccountCheck& body);
  Answer Run(const Caller& caller, const AccountDelete& body);
  Answer Run(const Caller& caller, const Kick& body);
  Account* Find(std::size_t app, const std::string& account);
  void Create(std::size_t app, const std::string& account);
  int CheckImport(const Caller& caller, const Import& import) const;
  void Apply(const Caller& caller, const Import& import);
  void Revoke(std::size_t app, const std::string& account);
  // Ends sessions of an account, all or one, and their instances; their polls get `code`.
  void EndSessions(std::size_t app, const std::string& account, std::optional<std::size_t> one,
                   int code);

  // model_polls.cc
  Answer Run(const Caller& caller, const GetLongPollingId& body);
  std::optional<Answer> Run(const Caller& caller, const LongPolling& body);
  void Register(std::size_t app, const InstanceKey& key, std::size_t session);
  std::optional<Answer> News(Poll& poll);
  std::vector<Notice> NoticesAfter(const App& app, const Account& account,
                                   std::uint64_t after) const;
  Account::Change ShownNow(const App& app, const Account& account) const;
  // Ends the polls of one instance, or all of an account that have news.
  void EndPolls(std::size_t app, const InstanceKey& key, int code);
  void TellPolls(std::size_t app, const std::string& account);

  std::int64_t now_ms_ = 0;
  std::vector<App> apps_;
  std::vector<Session> sessions_;
  std::vector<Poll> polls_;
  std::vector<Ended> ended_;
  std::size_t last_poll_ = 0;
};

// Whether the path's answers carry ErrorDisplay.
Envelope EnvelopeOf(const Body& body);

}  // namespace sim
