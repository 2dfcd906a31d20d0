#pragma once

// What every engine does alike with an update, so that they cannot differ.

#include <vector>

#include "store/store.h"

namespace store {

// TinyIds are decimal strings of 18 digits on the wire, as the real service's are. The first one:
inline constexpr TinyId kFirstTinyId = 144115200000000001;

// Of the account's `existing` sessions, those that `update` ends: all of them, or the longest
// unused ones that a new session beyond kMaxSessionsPerAccount pushes out.
std::vector<SessionId> SessionsToEnd(const Update& update, std::vector<Session> existing);

// The record an update leaves behind and what to tell its caller; `bytes` is empty where none is
// written.
struct Outcome {
  std::string bytes;
  Updated updated;
};
Outcome MakeOutcome(const RecordPtr& before, const Update& update);

}  // namespace store
