#pragma once

// What a store keeps besides records: sessions and the change log.

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "profile/account_id.h"
#include "profile/record.h"
#include "profile/set.h"

namespace store {

using profile::AccountId;
using profile::AppId;
using profile::TinyId;

// A record as read; null: there has never been such an account.
using RecordPtr = std::shared_ptr<const profile::Record>;

// A session is kept under the SHA-256 of its secret (the A2Key), so that a stolen store opens no
// session.
using SessionId = std::array<char, 32>;

struct Session {
  SessionId id{};
  AccountId account;
  TinyId tiny_id = 0;
  std::int64_t created_ms = 0;
  std::int64_t last_used_ms = 0;  // as last persisted; at most an hour behind
};

// A web instance: one page that polls for notices. It belongs to a session and ends with it.
struct Instance {
  std::string id;  // the LongPollingId, at most 64 bytes
  SessionId session{};
  std::uint64_t start_seq = 0;  // it gets the notices after this one
  std::int64_t created_ms = 0;  // later than that of each older one of the account
  bool evicted = false;         // pushed out by newer ones; kept so that its next poll can be told
};

// One entry of an app's change log: what one set changed.
struct Change {
  AccountId account;
  std::uint64_t notice_seq = 0;  // dense per account, from 1
  AccountId caller;              // who made the change
  std::string client_ip;
  std::string platform;  // how it arrived: Web, RESTAPI, …
  std::int64_t time_ms = 0;
  std::vector<profile::ChangedField> fields;
};

}  // namespace store
