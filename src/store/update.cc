#include "store/update.h"

#include <algorithm>

#include "base/check.h"

namespace store {

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
  for (std::size_t i = keep; i < existing.size(); ++i) ended.push_back(existing[i].id);
  return ended;
}

Outcome MakeOutcome(const RecordPtr& before, const Update& update) {
  Outcome outcome;
  outcome.updated.record = before;
  if (!update.record) return outcome;
  outcome.bytes = update.record->Encode();
  auto decoded = profile::Record::Decode(outcome.bytes);
  CHECK(decoded.has_value());  // what we just encoded
  outcome.updated.created = decoded->Exists() && (before == nullptr || !before->Exists());
  outcome.updated.record = std::make_shared<const profile::Record>(*std::move(decoded));
  return outcome;
}

}  // namespace store
