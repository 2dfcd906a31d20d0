#include "notify/notices.h"

#include <algorithm>
#include <array>
#include <span>

#include "profile/value.h"

namespace notify {
namespace {

constexpr std::array<std::string_view, 4> kDemoTags = {
    "Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender", "Tag_Profile_IM_AllowType",
    "Tag_Profile_IM_Image"};

// The value now; an unset string is "", which pages expect here.
NoticeField Current(const profile::Record& record, const profile::Field& field) {
  auto stored = record.Find(field.record_key);
  std::string_view fragment = stored ? *stored : field.default_fragment;
  return {&field, fragment.empty() ? "\"\"" : std::string(fragment)};
}

std::vector<NoticeField> DemoFields(const profile::Record& record, const profile::Schema& schema) {
  std::vector<NoticeField> fields;
  for (std::string_view tag : kDemoTags) fields.push_back(Current(record, *schema.Find(tag)));
  return fields;
}

bool TouchesDemoFields(const store::Change& change, const profile::Schema& schema) {
  return std::any_of(change.fields.begin(), change.fields.end(), [&](const auto& changed) {
    return std::any_of(kDemoTags.begin(), kDemoTags.end(), [&](std::string_view tag) {
      return schema.Find(tag)->record_key == changed.record_key;
    });
  });
}

std::vector<NoticeField> ChangedFields(const store::Change& change, const profile::Schema& schema) {
  std::vector<NoticeField> fields;
  for (const profile::ChangedField& changed : change.fields) {
    const profile::Field* field = schema.FindByRecordKey(changed.record_key);

    // What not everyone may read is nobody's news.
    if (field == nullptr || !field->readers.Has(profile::Role::kUser)) continue;
    fields.push_back({field, changed.fragment});
  }
  return fields;
}

std::vector<NoticeField> WholeProfile(const profile::Record& record,
                                      const profile::Schema& schema) {
  std::vector<NoticeField> fields;
  for (const profile::Field& field : schema.fields()) {
    if (!field.readers.Has(profile::Role::kUser)) continue;
    auto stored = record.Find(field.record_key);
    if (stored) fields.push_back({&field, std::string(*stored)});
  }
  return fields;
}

}  // namespace

std::vector<Notice> MakeNotices(const profile::Record& record,
                                const std::vector<store::Change>& changes, std::uint64_t after,
                                profile::PushList list, const profile::Schema& schema) {
  std::vector<Notice> notices;
  std::uint64_t latest = record.header().notice_seq;
  if (latest <= after) return notices;
  std::uint64_t behind = latest - after;
  // Changes made since the record was read are told with a later one: a page whose cursor is beyond
  // the record would look like another account's.
  auto end = std::find_if(changes.begin(), changes.end(),
                          [&](const store::Change& change) { return change.notice_seq > latest; });
  if (behind > kMaxBacklog || static_cast<std::uint64_t>(end - changes.begin()) < behind) {
    notices.push_back({latest, list == profile::PushList::kDemoSafe
                                   ? DemoFields(record, schema)
                                   : WholeProfile(record, schema)});
    return notices;
  }
  for (const store::Change& change : std::span(changes.begin(), end)) {
    Notice notice{change.notice_seq, {}};
    if (list == profile::PushList::kChanged) {
      notice.fields = ChangedFields(change, schema);
    } else if (TouchesDemoFields(change, schema)) {
      notice.fields = DemoFields(record, schema);
    }
    if (!notice.fields.empty()) notices.push_back(std::move(notice));
  }
  return notices;
}

}  // namespace notify
