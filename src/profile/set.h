#pragma once

// What a set does to a record: the one place where fields and sequences change.

#include <string>
#include <vector>

#include "profile/fields.h"
#include "profile/record.h"

namespace profile {

// A checked change: the field's new fragment (profile/value.h). Custom fields set to "" become
// unset.
struct FieldChange {
  const Field* field = nullptr;
  std::string fragment;
};

// A field that really changed, as the change log keeps it.
struct ChangedField {
  std::string record_key;
  std::string fragment;

  friend bool operator==(const ChangedField&, const ChangedField&) = default;
};

// Applies `changes` in order (the last one on a field wins) and counts the sequences up:
// standard_seq and custom_seq by one if any field of theirs has another value than before,
// notice_seq by one if any has. Answers the fields that changed, in the order of `changes`; empty:
// `draft` is as it was.
std::vector<ChangedField> ApplySet(RecordDraft& draft, const std::vector<FieldChange>& changes);

}  // namespace profile
