#include "store/update.h"

#include <algorithm>

#include "base/check.h"

namespace store {
namespace {

// Evicted instances that are remembered of an account, so that their next poll can be told.
constexpr std::size_t kMaxEvicted = 100;

}  // namespace

std::vector<SessionId> SessionsToEnd(const Update& update, std::vector<Session> existing) {
  std::size_t keep = existing.size();
  if (update.end_sessions) {
    keep = 0;
  } else if (update.new_session) {
    keep = std::min(keep, Store::kMaxSessionsPerAccount - 1);
  }
  std::sort(existing.begin(), existing.end(), [](const Session& a, const Session& b) {
    return a.last_used_ms != b.last_used_ms ? a.last_used_ms > b.last_used_ms : a.id > b.id;
  });
  std::vector<SessionId> ended;
  for (std::size_t i = 0; i < existing.size(); ++i) {
    if (i >= keep || existing[i].id == update.end_session) ended.push_back(existing[i].id);
  }
  return ended;
}

InstanceChanges ChangeInstances(const Update& update, std::vector<Instance> existing,
                                const std::vector<SessionId>& ended_sessions) {
  InstanceChanges changes;
  std::erase_if(existing, [&](const Instance& instance) {
    bool is_dead = update.end_sessions || std::find(ended_sessions.begin(), ended_sessions.end(),
                                                    instance.session) != ended_sessions.end();
    if (is_dead) changes.removed.push_back(instance.id);
    bool is_replaced = update.new_instance && update.new_instance->id == instance.id;
    return is_dead || is_replaced;
  });
  if (!update.new_instance) return changes;
  Instance fresh = *update.new_instance;
  for (const Instance& instance : existing) {
    fresh.created_ms = std::max(fresh.created_ms, instance.created_ms + 1);
  }
  std::sort(existing.begin(), existing.end(),
            [](const Instance& a, const Instance& b) { return a.created_ms > b.created_ms; });
  auto first_evicted = std::stable_partition(
      existing.begin(), existing.end(), [](const Instance& instance) { return !instance.evicted; });
  auto alive = static_cast<std::size_t>(first_evicted - existing.begin());
  for (std::size_t i = update.max_instances - 1; i < alive; ++i) {
    existing[i].evicted = true;
    changes.stored.push_back(existing[i]);
  }
  for (std::size_t i = alive + kMaxEvicted; i < existing.size(); ++i) {
    changes.removed.push_back(existing[i].id);
  }
  changes.stored.push_back(std::move(fresh));
  return changes;
}

const SessionId* NeededSession(const Update& update) {
  if (!update.new_instance) return nullptr;
  const SessionId& needed = update.new_instance->session;
  bool is_new = update.new_session && update.new_session->id == needed;
  return is_new ? nullptr : &needed;
}

Outcome MakeOutcome(const RecordPtr& before, const Update& update) {
  Outcome outcome;
  outcome.updated.record = before;
  outcome.updated.changed = update.change.has_value();
  outcome.updated.by_logout = update.end_session.has_value();
  if (!update.record) return outcome;
  outcome.bytes = update.record->Encode();
  auto decoded = profile::Record::Decode(outcome.bytes);
  CHECK(decoded.has_value());  // what we just encoded
  outcome.updated.created = decoded->Exists() && (before == nullptr || !before->Exists());
  outcome.updated.record = std::make_shared<const profile::Record>(*std::move(decoded));
  return outcome;
}

bool IsWorthAnEvent(const Updated& updated) {
  return updated.changed || !updated.ended_sessions.empty() || !updated.evicted_instances.empty();
}

Event MakeEvent(AppId app, const AccountId& account, const Updated& updated) {
  return {app,
          account,
          updated.changed,
          updated.ended_sessions,
          updated.evicted_instances,
          updated.by_logout};
}

}  // namespace store
