#pragma once

// Reading accounts' records, and writing whole profiles.

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "api/call.h"

namespace api {

// Accounts in one request.
inline constexpr std::size_t kMaxAccounts = 100;

// What became of one account that was asked for.
struct Found {
  store::RecordPtr record;  // null: `code` says why
  base::Code code = base::Code::kOk;
  bool invalid = false;  // malformed or deleted: listed in Invalid_Account, not in Fail_Account
};

// The account's record; null: there never was one. Errors: kStorageFailed.
boost::asio::awaitable<base::Result<store::RecordPtr>> ReadRecord(Services& services,
                                                                  store::AppId app,
                                                                  store::AccountId account);

// What was found of accounts, in the order in which they were asked for.
struct Profiles {
  std::vector<Found> found;
  std::vector<store::AccountId> missing;  // those that are yet to be read
  std::vector<std::size_t> places;        // of these, in `found`
};

// What is in memory of them, at once; and the rest.
Profiles PeekProfiles(Services& services, const auth::App& app,
                      const std::vector<std::string>& accounts);
boost::asio::awaitable<void> ReadMissing(Services& services, store::AppId app, Profiles& profiles);

// The record of an account that exists; null where it does not, or cannot be read.
boost::asio::awaitable<store::RecordPtr> ReadExisting(Services& services, store::AppId app,
                                                      store::AccountId account);

// Appends `"Fail_Account":[…],"Invalid_Account":[…]`.
void AppendFailed(std::string& out, const std::vector<std::string>& accounts,
                  const std::vector<Found>& found);

// How a field is written: `{"Tag":…,"Value":…}`, or as a notice has it.
enum class FieldForm { kValue, kNotice };

// Which of a profile's fields, and how the unset custom ones: "" or not at all.
struct WholeProfile {
  profile::Role reader = profile::Role::kUser;
  FieldForm form = FieldForm::kValue;
  bool with_standard = true;
  bool with_custom = true;
  bool with_unset_custom = true;
};

// Appends an array of all fields that the reader may read. Unset standard ones are written as what
// clears them, since who merges the answer into what it has would keep a value that is left out.
// docs/protocol/websocket-contract.md §4.4.
void AppendWholeProfile(std::string& out, const profile::Record& record,
                        const profile::Schema& schema, const WholeProfile& which);

}  // namespace api
