// docs/protocol/wire-contract.md §§6.6, 6.7, 8.

#include <algorithm>
#include <string_view>

#include "tests/sim/model.h"
#include "tests/sim/wire.h"

namespace sim {
namespace {

constexpr std::uint64_t kMaxBacklog = 100;

constexpr std::string_view kDemoTags[] = {"Tag_Profile_IM_Nick", "Tag_Profile_IM_Gender",
                                          "Tag_Profile_IM_AllowType", "Tag_Profile_IM_Image"};

bool IsDemoTag(std::string_view tag) {
  return std::find(std::begin(kDemoTags), std::end(kDemoTags), tag) != std::end(kDemoTags);
}

}  // namespace

// §6.6. The oldest instances beyond the limit end.
void Model::Register(std::size_t app, const InstanceKey& key, std::size_t session) {
  std::uint64_t now_seq = apps_[app].accounts.at(key.first).notice_seq;
  auto& instances = apps_[app].instances;
  instances[key] = {session, now_seq, now_ms_, false};
  std::vector<std::pair<std::int64_t, InstanceKey>> alive;
  for (const auto& [other, instance] : instances) {
    bool counts = other.first == key.first && other != key && !instance.is_evicted;
    if (counts) alive.emplace_back(instance.created_ms, other);
  }
  std::sort(alive.begin(), alive.end());
  for (std::size_t i = 0; i + apps_[app].spec.max_web_instances < alive.size() + 1; ++i) {
    instances.at(alive[i].second).is_evicted = true;
    EndPolls(app, alive[i].second, 91101);
  }
}

Answer Model::Run(const Caller& caller, const GetLongPollingId&) {
  if (!caller.session) return {Fail(60004, Envelope::kPlain)};
  Answer answer{OkObject(std::string(R"(,"LongPollingId":")") + kInstance + R"(","Timeout":60)")};
  answer.learn = [this, caller](const std::vector<std::string>& fills) -> std::string {
    InstanceKey key{caller.account, fills.front()};
    if (apps_[caller.app].instances.contains(key)) return "a LongPollingId given out twice";
    Register(caller.app, key, *caller.session);
    return {};
  };
  return answer;
}

// §6.7.
std::optional<Answer> Model::Run(const Caller& caller, const LongPolling& body) {
  InstanceKey key{caller.account, body.id};
  EndPolls(caller.app, key, 60008);
  auto& instances = apps_[caller.app].instances;
  auto found = instances.find(key);
  if (found != instances.end() && found->second.is_evicted) {
    return Answer{FailBare(91101, Envelope::kPlain)};
  }
  if (found == instances.end()) {
    Register(caller.app, key, *caller.session);
  } else if (found->second.session != *caller.session) {
    // The page has signed in anew and kept its id.
    std::uint64_t start_seq = found->second.start_seq;
    Register(caller.app, key, *caller.session);
    instances.at(key).start_seq = start_seq;
  }
  Poll poll{0, caller.app, *caller.session, key, body.seen.value_or(0), 0};
  if (auto answer = News(poll)) return answer;
  poll.number = ++last_poll_;
  polls_.push_back(poll);
  return std::nullopt;
}

// What the poll is answered with, if there is news for it.
std::optional<Answer> Model::News(Poll& poll) {
  App& app = apps_[poll.app];
  const Account& account = app.accounts.at(poll.instance.first);
  Instance& instance = app.instances.at(poll.instance);
  std::uint64_t after = std::max(instance.start_seq, poll.skipped);
  // A cursor the account has not reached is that of another one in the same page (§6.7.4).
  bool is_foreign = poll.seen > account.notice_seq;
  if (!is_foreign) after = std::max(after, poll.seen);
  std::vector<Notice> notices = NoticesAfter(app, account, after);
  poll.skipped = account.notice_seq;
  if (notices.empty()) return std::nullopt;
  if (is_foreign) instance = {poll.session, account.notice_seq, now_ms_, false};
  std::string list;
  for (const auto& [seq, fields] : notices) {
    std::string json;
    for (const auto& [tag, value] : fields) {
      bool is_text = value.front() == '"';
      std::string field = R"({"Tag":")" + tag;
      field += is_text ? R"(","ValueBytes":)" : R"(","ValueNum":)";
      AddToList(json, field + value + '}');
    }
    std::string notice = R"({"PushType":1,"NoticeSeq":)" + std::to_string(seq);
    notice += R"(,"Profile_Account":)" + JsonString(poll.instance.first);
    AddToList(list, notice + R"(,"ProfileList":[)" + json + "]}");
  }
  Answer answer{OkObject(R"(,"EventArray":[{"Event":8,"ProfileDataMod":[)" + list +
                         R"(]}],"NextTimeOut":5)")};
  answer.notice_seq = notices.back().first;
  return answer;
}

// §8.4. A field that people may not read is news to nobody.
std::vector<Model::Notice> Model::NoticesAfter(const App& app, const Account& account,
                                               std::uint64_t after) const {
  if (account.notice_seq <= after) return {};
  auto first = account.changes.upper_bound(after);
  auto kept = static_cast<std::uint64_t>(std::distance(first, account.changes.end()));
  std::uint64_t behind = account.notice_seq - after;
  if (behind > kMaxBacklog || kept < behind) {
    return {{account.notice_seq, ShownNow(app, account)}};
  }
  std::vector<Notice> notices;
  for (auto it = first; it != account.changes.end(); ++it) {
    Account::Change told;
    bool is_demo = false;
    for (const auto& [tag, value] : it->second) {
      is_demo = is_demo || IsDemoTag(tag);
      if (FindField(app.spec, app.fields, tag)->user_reads) told.emplace_back(tag, value);
    }
    if (!app.spec.pushes_changed) told = is_demo ? ShownNow(app, account) : Account::Change();
    if (!told.empty()) notices.emplace_back(it->first, told);
  }
  return notices;
}

// The profile as a listener that missed too much is told it; the four tags in demo_safe.
Model::Account::Change Model::ShownNow(const App& app, const Account& account) const {
  Account::Change shown;
  for (const Field& field : app.fields) {
    auto value = account.values.find(field.tag);
    bool is_set = value != account.values.end();
    if (app.spec.pushes_changed) {
      if (is_set && field.user_reads) shown.emplace_back(field.tag, value->second);
    } else if (IsDemoTag(field.tag)) {
      std::string unset = field.choices.empty() ? "" : field.choices.front();
      shown.emplace_back(field.tag, is_set ? value->second : JsonString(unset));
    }
  }
  return shown;
}

void Model::EndPolls(std::size_t app, const InstanceKey& key, int code) {
  std::erase_if(polls_, [&](const Poll& poll) {
    if (poll.app != app || poll.instance != key) return false;
    ended_.push_back({poll.number, {FailBare(code, Envelope::kPlain)}});
    return true;
  });
}

void Model::TellPolls(std::size_t app, const std::string& account) {
  std::erase_if(polls_, [&](Poll& poll) {
    if (poll.app != app || poll.instance.first != account) return false;
    auto answer = News(poll);
    if (answer) ended_.push_back({poll.number, *answer});
    return answer.has_value();
  });
}

void Model::EndPolls() {
  for (const Poll& poll : polls_) {
    ended_.push_back({poll.number, {FailBare(60008, Envelope::kPlain)}});
  }
  polls_.clear();
}

}  // namespace sim
