#pragma once

// The store: accounts' records, sessions and the change log of every app.
//
// Durability: when a write's callback is given a value, everything it wrote is on disk (fdatasync
// has returned) and every read that starts afterwards sees it. Given kStorageFailed, the outcome is
// unknown: all of it is stored or none; a retry settles it. Given another error, nothing was
// written. An engine that keeps nothing on disk (memory) promises the same for as long as the
// process lives.
//
// Threads: every function may be called from any thread. A callback is called exactly once: on the
// caller's thread before the function returns where the answer is at hand, otherwise later on a
// thread of the store, which it must not block.
//
// Source: docs/architecture.md, docs/storage-format.md.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/errors.h"
#include "profile/schema.h"
#include "store/types.h"

namespace store {

template <class T>
using Callback = std::function<void(base::Result<T>)>;

// What an update may need from the store that applies it.
struct UpdateContext {
  // Unused so far; taken by writing a record that holds it. 0 where the account exists.
  TinyId fresh_tiny_id = 0;
};

// What an update wants written, all in one commit. Empty: nothing, which is an OK as well.
struct Update {
  std::optional<profile::RecordDraft> record;
  std::optional<Change> change;
  std::optional<Session> new_session;
  // Its session must be there, or be the new one: kDeadSession.
  std::optional<Instance> new_instance;  // the account's oldest beyond `max_instances` end
  std::size_t max_instances = 10;
  std::optional<SessionId>
      end_session;            // one session and its instances; not being there is no error
  bool end_sessions = false;  // all sessions and instances the account had before
};

// Decides on an account's update. `current` is null for an account that never existed. Called on a
// thread of the store, once or more, while no other update of the account is between its read and
// its commit. Pure: it must not touch anything outside but its own captures. An error it answers is
// the update's outcome.
using Decide = std::function<base::Result<Update>(const profile::Record* current,
                                                  const UpdateContext& context)>;

struct Updated {
  RecordPtr record;      // after the update; null: still none
  bool created = false;  // there was none before, or a tombstone
  bool changed = false;  // there is a new entry in the change log
  std::vector<SessionId> ended_sessions;
  std::vector<Instance> evicted_instances;  // by a newer one
  bool by_logout = false;  // `ended_sessions` is one that was named, as a logout does
};

// Something an update did that others may wait for.
struct Event {
  AppId app = 0;
  AccountId account;
  bool has_change = false;                  // there is a new entry in the change log
  std::vector<SessionId> ended_sessions;    // and their instances with them
  std::vector<Instance> evicted_instances;  // by a newer one; told: id and session
  bool by_logout = false;  // `ended_sessions` is one that was named, as a logout does
};

class Store {
 public:
  // More sessions of one account than this: the longest unused ones are ended by the next login.
  static constexpr std::size_t kMaxSessionsPerAccount = 100;

  virtual ~Store() = default;

  // The records of `accounts`, in their order, each with an outcome of its own: a broken record
  // does not hide the others. Errors: kStorageFailed, for one or for all.
  using Records = std::vector<base::Result<RecordPtr>>;
  virtual void ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Records> done) = 0;

  // The account's record (null: there never was one), or the session, if it is at hand in memory:
  // what an engine answers by that ReadAccounts and FindSession would answer as well. Nothing says
  // nothing: ask them. Never waits.
  virtual std::optional<RecordPtr> PeekAccount(AppId, const AccountId&) { return std::nullopt; }
  virtual std::optional<Session> PeekSession(AppId, const SessionId&) { return std::nullopt; }

  // Reads, decides, commits. Errors: kStorageFailed, kDeadSession, and whatever `decide`
  // answers.
  virtual void UpdateAccount(AppId app, AccountId account, Decide decide,
                             Callback<Updated> done) = 0;

  // The session, or nothing. Errors: kStorageFailed.
  virtual void FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) = 0;

  // The account's instance of that id, or nothing. Errors: kStorageFailed.
  virtual void FindInstance(AppId app, AccountId account, std::string id,
                            Callback<std::optional<Instance>> done) = 0;

  // Persists that the session was used at `last_used_ms`, unless it has ended. Errors:
  // kStorageFailed.
  virtual void RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                            Callback<bool> done) = 0;

  // Drops the sessions last used before `sessions_before_ms` and the log entries made before
  // `changes_before_ms` (never an app's newest), at most kMaxSwept of each a call, and answers how
  // many. Errors: kStorageFailed.
  static constexpr std::size_t kMaxSwept = 10000;
  struct Swept {
    std::size_t sessions = 0;
    std::size_t changes = 0;
    bool has_more = false;  // it found as many as it may drop
  };
  virtual void Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
                     Callback<Swept> done) = 0;

  // Up to `limit` entries of the app's change log after position `after` (0: from the oldest kept),
  // oldest first, each with its position: ascending, from 1. Errors: kStorageFailed.
  struct LoggedChange {
    std::uint64_t position = 0;
    Change change;
  };
  virtual void ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                           Callback<std::vector<LoggedChange>> done) = 0;

  // The account's changes with a notice_seq above `after`, oldest first, up to `limit`. Changes
  // that were dropped from the log are missing. Errors: kStorageFailed.
  virtual void ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                           Callback<std::vector<Change>> done) = 0;

  // The app's custom fields as they are stored; empty where none ever were. Errors: kStorageFailed.
  using Fields = std::vector<profile::CustomField>;
  virtual void ReadFields(AppId app, Callback<Fields> done) = 0;

  // Reads them, decides what they are to be, commits, and answers that. Errors: kStorageFailed, and
  // whatever `decide` answers; it is called as a Decide is.
  using DecideFields = std::function<base::Result<Fields>(Fields stored)>;
  virtual void UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) = 0;

  // A reader's place in the app's change log: what it has done with, kept by name; 0 where none
  // ever was. Errors: kStorageFailed.
  virtual void ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) = 0;
  virtual void WriteCursor(AppId app, std::string reader, std::uint64_t position,
                           Callback<bool> done) = 0;

  // Writes a copy of all that was acknowledged when this was called to `folder`, which must not be
  // there (its parent must be). It shares its files with the store where both are on one file
  // system, and what comes after the call is in it or not, but whole. Errors: kStorageFailed, also
  // from an engine that is backed up by other means.
  virtual void MakeBackup(std::string folder, Callback<bool> done) {
    done(base::Fail(base::Code::kStorageFailed, folder + ": this engine makes no backups"));
  }

  // Has `on_event` called after every commit that did something to wait for, when reads see it, on
  // a thread of the store (or the updating one); it must not block or call the store. Once, before
  // the first update.
  virtual void Watch(std::function<void(const Event&)> on_event) = 0;

  // Has `on_fields` called after another process, or this one, has changed an app's custom fields,
  // with what they are then; on a thread of the store, as above. What only one process uses never
  // calls it.
  virtual void WatchFields(std::function<void(AppId, const Fields&)> on_fields) {
    static_cast<void>(on_fields);
  }

  // Whether this process may act in the `role` for an app (send its callbacks) for kTurn from the
  // call on; asking again prolongs it. Of the processes on one store one has the turn at a time.
  // Errors: kStorageFailed.
  static constexpr std::chrono::seconds kTurn{20};
  virtual void TakeTurn(AppId app, std::string role, Callback<bool> done) {
    static_cast<void>(app);
    static_cast<void>(role);
    done(true);  // a store that only one process uses
  }

  // How far this process may be behind what others commit, in seconds; 0 where there are no others.
  // What is acknowledged is read at once in any case: this is how late Watch tells of it.
  struct Lag {
    double since_look_s = 0;  // since it last knew of all that had arrived
    double longest_s = 0;     // from a commit to its being told here, within the last minute; by
                              // the clocks of both machines
  };
  virtual Lag ReadLag() const { return {}; }

  // Why writes are refused, or an empty string: readiness for the operator.
  virtual std::string WriteTrouble() const = 0;
};

}  // namespace store
