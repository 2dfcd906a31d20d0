#pragma once

// Reading and updating one account from a command.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "api/call.h"
#include "profile/set.h"
#include "store/store.h"

namespace api {

boost::asio::awaitable<base::Result<store::Updated>> UpdateAccount(Services& services,
                                                                   store::AppId app,
                                                                   store::AccountId account,
                                                                   store::Decide decide);

// Whether the account exists and is not deleted. A store that cannot say counts as yes: the write
// that follows will answer for itself.
boost::asio::awaitable<bool> AccountExists(Services& services, store::AppId app,
                                           store::AccountId account);

// The record of an account that is created. What its tombstone, if it left one, counted and when it
// was kicked stays; its number and fields do not come back.
profile::RecordDraft NewRecord(const profile::Record* tombstone, store::TinyId tiny_id);

// Where a change comes from, as the change log keeps it.
struct ChangeOrigin {
  store::AccountId account;
  store::AccountId caller;
  std::string client_ip;
  std::string platform;
  std::int64_t time_ms = 0;

  store::Change ToChange(std::uint64_t notice_seq, std::vector<profile::ChangedField> fields) const;
};

ChangeOrigin OriginOf(const Request& request, store::AccountId account);

}  // namespace api
