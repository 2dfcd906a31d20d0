#pragma once

// One account as a line of JSON, as export writes it and import reads it:
// {"To_Account":"alice","ProfileItem":[{"Tag":"Tag_Profile_IM_Nick","Value":"Alice"}]}
// The same names and values as in an answer of portrait_get; fields that are not set are left out.

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "profile/record.h"
#include "profile/schema.h"
#include "profile/set.h"

namespace cli {

struct AccountLine {
  profile::AccountId account;
  std::vector<profile::FieldChange> changes;
};

// Why a line is refused. The codes are those of docs/protocol/errors.md: 60003 no JSON, 70402 a
// wrong shape or account id, 40009, 40601, 40605 and 40610 of a field.
struct Refusal {
  std::string account;  // empty: none is named
  base::Error error;
};

// Reads a line with its fields checked against `schema`. Whether the caller may write a field is
// not asked: an export holds what was written by all.
tl::expected<AccountLine, Refusal> ReadAccountLine(std::string_view line, base::JsonParser& parser,
                                                   const profile::Schema& schema,
                                                   profile::AccountId::Alphabet alphabet);

// Appends the line, with its end, for an account's record.
void AppendAccountLine(std::string& out, std::string_view account, const profile::Record& record,
                       const profile::Schema& schema);

}  // namespace cli
