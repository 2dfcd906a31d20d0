#pragma once

// What a listener is told of an account's changes. docs/protocol/wire-contract.md §8.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "profile/record.h"
#include "profile/schema.h"
#include "store/types.h"

namespace notify {

// A listener that is further behind gets one notice with the whole profile instead.
inline constexpr std::size_t kMaxBacklog = 100;

struct NoticeField {
  const profile::Field* field = nullptr;
  std::string fragment;  // JSON text (profile/value.h)
};

struct Notice {
  std::uint64_t notice_seq = 0;
  std::vector<NoticeField> fields;
};

// The notices for a listener that has seen all up to `after`, from the account's record and those
// of its changes after that which the log still has. Changes that nobody is told of under `list`
// are left out.
std::vector<Notice> MakeNotices(const profile::Record& record,
                                const std::vector<store::Change>& changes, std::uint64_t after,
                                profile::PushList list, const profile::Schema& schema);

}  // namespace notify
