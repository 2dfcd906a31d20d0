#pragma once

// What the account commands (docs/protocol/wire-contract.md §9) have in common.

#include <functional>
#include <string>
#include <string_view>

#include "auth/app.h"
#include "base/errors.h"
#include "base/json.h"
#include "profile/account_id.h"

namespace api {

inline constexpr std::size_t kMaxAccountItems = 100;

// The account an object names: UserID (new documents) or Identifier (old ones). 60015 for a number,
// 70402 for anything else that is not a string, or neither.
base::Result<std::string> ReadAccountName(base::JsonValue object);

// 70402 where the name is not an account id (docs/protocol/fields.md §8).
base::Result<profile::AccountId> ParseAccount(std::string_view name, const auth::App& app);

// 70402 unless there are 1 to 100.
base::Result<void> CheckCount(std::size_t count, std::string_view member);

// Calls `each` for the objects of the array `member`, until it fails. 70402 where `member` is not
// an array of 1 to 100 objects.
base::Result<void> ForEachItem(base::JsonValue body, std::string_view member,
                               const std::function<base::Result<void>(base::JsonValue)>& each);

}  // namespace api
