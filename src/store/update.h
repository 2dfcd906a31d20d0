#pragma once

// What every engine does alike with an update, so that they cannot differ.

#include <vector>

#include "store/store.h"

namespace store {

// TinyIds are decimal strings of 18 digits on the wire, as the real service's are. The first one:
inline constexpr TinyId kFirstTinyId = 144115200000000001;

// Of the account's `existing` sessions, those that `update` ends: all of them, the one it names, or
// the longest unused ones that a new session beyond kMaxSessionsPerAccount pushes out.
std::vector<SessionId> SessionsToEnd(const Update& update, std::vector<Session> existing);

// What becomes of the account's instances: those of ended sessions go, and the oldest that a new
// one pushes out are marked evicted. `ended_sessions` is what SessionsToEnd answered.
struct InstanceChanges {
  std::vector<std::string> removed;
  std::vector<Instance> stored;  // to be stored as they are: evicted ones and the new one
};
InstanceChanges ChangeInstances(const Update& update, std::vector<Instance> existing,
                                const std::vector<SessionId>& ended_sessions);

// The session that must be there for the update's new instance, unless it is new itself.
const SessionId* NeededSession(const Update& update);

// The record an update leaves behind and what to tell its caller; `bytes` is empty where none is
// written.
struct Outcome {
  std::string bytes;
  Updated updated;
};
Outcome MakeOutcome(const RecordPtr& before, const Update& update);

// Does as `changes` say: `erase` is called with the id of an instance, `put` with what to store,
// and `updated` tells of the evicted ones.
template <class Erase, class Put>
void ApplyInstances(InstanceChanges changes, Updated& updated, Erase erase, Put put) {
  for (const std::string& id : changes.removed) erase(id);
  for (Instance& instance : changes.stored) {
    put(instance);
    if (instance.evicted) updated.evicted_instances.push_back(std::move(instance));
  }
}

// What Store::Watch tells of an update, and whether it tells of it at all.
bool IsWorthAnEvent(const Updated& updated);
Event MakeEvent(AppId app, const AccountId& account, const Updated& updated);

}  // namespace store
