#include "profile/set.h"

#include <algorithm>
#include <string_view>

#include "profile/value.h"

namespace profile {
namespace {

// What a reader sees of the field: its fragment, or what an unset one is answered with.
std::string_view Shown(const RecordDraft& draft, const Field& field) {
  auto found = draft.fields.find(field.record_key);
  return found == draft.fields.end() ? field.default_fragment : std::string_view(found->second);
}

bool IsOverridden(const std::vector<FieldChange>& changes, std::size_t at) {
  return std::any_of(changes.begin() + static_cast<std::ptrdiff_t>(at) + 1, changes.end(),
                     [&](const FieldChange& later) { return later.field == changes[at].field; });
}

}  // namespace

std::vector<ChangedField> ApplySet(RecordDraft& draft, const std::vector<FieldChange>& changes) {
  std::vector<ChangedField> changed;
  bool standard = false;
  bool custom = false;
  for (std::size_t i = 0; i < changes.size(); ++i) {
    if (IsOverridden(changes, i)) continue;
    const Field& field = *changes[i].field;
    bool unset = field.custom && changes[i].fragment == "\"\"";
    std::string_view wanted = unset ? std::string_view() : changes[i].fragment;
    if (Shown(draft, field) == wanted) continue;
    if (unset) {
      draft.fields.erase(field.record_key);
    } else {
      draft.fields.insert_or_assign(field.record_key, changes[i].fragment);
    }
    (field.custom ? custom : standard) = true;
    changed.push_back({field.record_key, changes[i].fragment});
  }
  if (standard) ++draft.header.standard_seq;
  if (custom) ++draft.header.custom_seq;
  if (!changed.empty()) ++draft.header.notice_seq;
  return changed;
}

}  // namespace profile
