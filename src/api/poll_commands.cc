#include <openssl/rand.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/steady_timer.hpp>

#include "api/await.h"
#include "api/handlers.h"
#include "api/instances.h"
#include "api/profiles.h"
#include "base/check.h"
#include "base/json_string.h"
#include "notify/notices.h"
#include "profile/value.h"

namespace api {
namespace {

using base::Code;
using base::Fail;
using base::JsonValue;
using base::Result;
using notify::Wake;

constexpr std::size_t kMaxInstanceIdBytes = 64;
constexpr int kTimeoutS = 60;  // the longest the page waits

// docs/protocol/wire-contract.md §6.7.1.
struct Poll {
  std::string instance;
  std::uint64_t seen_seq = 0;  // the page has processed the notices up to this one
  std::chrono::seconds hold{};
};

Result<Poll> ReadPoll(JsonValue body) {
  auto fail = [](const char* what) { return Fail(Code::kAccountParameters, what); };
  if (!body.Is(JsonValue::Type::kObject)) return fail("the body is not an object");
  JsonValue cookie = body.Find("Cookie");
  if (!cookie.Is(JsonValue::Type::kObject)) return fail("Cookie is not an object");
  JsonValue id = cookie.Find("LongPollingId");
  bool is_id = id.Is(JsonValue::Type::kString) && !id.String().empty() &&
               id.String().size() <= kMaxInstanceIdBytes;
  if (!is_id) return fail("LongPollingId is not a string of 1 to 64 bytes");
  Poll poll;
  poll.instance = id.String();
  JsonValue seen = cookie.Find("NoticeSeq");
  if (seen.Is(JsonValue::Type::kInteger)) {
    poll.seen_seq = static_cast<std::uint64_t>(std::max<std::int64_t>(0, seen.Integer()));
  }
  // Always shorter than the page's own timeout, which would count as a network error.
  std::int64_t timeout_s = 15;
  JsonValue timeout = body.Find("Timeout");
  if (timeout.Is(JsonValue::Type::kInteger) && timeout.Integer() > 0) {
    timeout_s = std::min<std::int64_t>(timeout.Integer(), kTimeoutS);
  } else if (timeout.Is(JsonValue::Type::kDouble) && timeout.Double() > 0) {
    timeout_s = static_cast<std::int64_t>(std::min<double>(timeout.Double(), kTimeoutS));
  }
  poll.hold = std::chrono::seconds(std::clamp<std::int64_t>(timeout_s - 5, 1, 50));
  return poll;
}

// The time in milliseconds and six random digits, as the real service's look.
std::string MakeInstanceId(std::int64_t now_ms) {
  std::uint32_t random = 0;
  CHECK(RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof random) == 1);
  std::string digits = std::to_string(1000000 + random % 1000000);
  return std::to_string(now_ms) + digits.substr(1);
}

// What an account has to say to one that has seen its changes up to `after`.
struct News {
  std::uint64_t latest_seq = 0;
  const profile::Schema* schema;  // the notices' fields are its
  std::vector<notify::Notice> notices;
};

asio::awaitable<Result<News>> ReadNews(const Request& request, std::uint64_t after) {
  const Caller& caller = request.caller;
  auto found = co_await ReadRecord(request.services, caller.app->id, caller.account);
  if (!found) co_return tl::unexpected(found.error());
  store::RecordPtr record = *std::move(found);
  if (record == nullptr || !record->Exists()) co_return Fail(Code::kPollHasEnded);
  News news{record->header().notice_seq, caller.app->CurrentSchema(), {}};
  if (news.latest_seq <= after) co_return news;

  using Changes = std::vector<store::Change>;
  std::function<void(store::Callback<Changes>)> read_changes = [&](store::Callback<Changes> done) {
    request.services.store.ReadNotices(caller.app->id, caller.account, after,
                                       notify::kMaxBacklog + 1, std::move(done));
  };
  auto changes = co_await Await<Changes>(read_changes);
  if (!changes) co_return tl::unexpected(changes.error());
  news.notices = notify::MakeNotices(*record, *changes, after, caller.app->push_list, *news.schema);
  co_return news;
}

// Where the instance's notices start. An id that is not known is one of an earlier login in the
// same page: it becomes a new instance (§6.7.4). One that the page had with a session that is still
// there goes over to the new session, and ends with that.
asio::awaitable<Result<std::uint64_t>> StartOf(const Request& request, std::string id) {
  auto instance = co_await FindInstance(request, id);
  if (!instance) co_return tl::unexpected(instance.error());
  if (*instance && (*instance)->evicted) co_return Fail(Code::kPollHasEnded);
  bool is_its = *instance && (*instance)->session == request.caller.session->id;
  if (is_its) co_return (*instance)->start_seq;
  std::optional<std::uint64_t> start_seq;
  if (*instance) start_seq = (*instance)->start_seq;
  auto registered = co_await RegisterInstance(request, id, start_seq);
  if (!registered) co_return tl::unexpected(registered.error());
  co_return registered->start_seq;
}

// The news for a cursor that is another account's: it says nothing here, and the page will go on
// sending it, so what is answered counts as seen.
asio::awaitable<Result<News>> ReadNewsOfForeignCursor(const Request& request, const Poll& poll,
                                                      std::uint64_t after) {
  auto news = co_await ReadNews(request, after);
  if (!news || news->notices.empty()) co_return news;
  auto moved = co_await RegisterInstance(request, poll.instance, news->latest_seq);
  if (!moved) co_return tl::unexpected(moved.error());
  co_return news;
}

// A wait in the hub, for as long as this lives: whatever happens to the instance meanwhile finds
// it. Of the connection's thread.
class Waiting {
 public:
  Waiting(const Request& request, const std::string& instance, asio::any_io_executor executor)
      : hub_(request.services.hub),
        app_(request.caller.app->id),
        account_(request.caller.account),
        state_(std::make_shared<State>(executor)) {
    auto waker = [state = state_](Wake wake) {
      asio::post(state->timer.get_executor(), [state, wake] {
        if (wake == Wake::kChanged) {
          state->has_changed = true;
        } else if (!state->end) {
          state->end = wake;
        }
        state->timer.cancel();
      });
    };
    number_ = hub_.Add(app_, account_, {instance, request.caller.session->id}, std::move(waker));
  }
  ~Waiting() { hub_.Remove(app_, account_, number_); }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  // What ended the wait, if anything has.
  std::optional<Wake> End() const { return state_->end; }

  // Whether there is nothing to look at yet: then `timer` is cancelled when there is.
  bool IsQuiet() const { return !state_->end && !state_->has_changed; }
  asio::steady_timer& timer() { return state_->timer; }

  // What happened since the last call, if anything. An end outweighs changes.
  std::optional<Wake> Take() {
    bool has_changed = std::exchange(state_->has_changed, false);
    if (state_->end) return state_->end;
    if (has_changed) return Wake::kChanged;
    return std::nullopt;
  }

 private:
  struct State {
    explicit State(const asio::any_io_executor& executor) : timer(executor) {}
    asio::steady_timer timer;
    bool has_changed = false;
    std::optional<Wake> end;
  };

  notify::Hub& hub_;
  store::AppId app_;
  store::AccountId account_;
  std::shared_ptr<State> state_;
  std::uint64_t number_ = 0;
};

base::Result<void> ToEnd(Wake end) {
  bool is_gone = end == Wake::kEnded || end == Wake::kEvicted;
  return Fail(is_gone ? Code::kPollHasEnded : Code::kPollIsOver);
}

void WriteNotices(std::string& out, const std::string& account,
                  const std::vector<notify::Notice>& notices) {
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out += R"(,"EventArray":[{"Event":8,"ProfileDataMod":[)";
  for (std::size_t i = 0; i < notices.size(); ++i) {
    out += i > 0 ? "," : "";
    out += R"({"PushType":1,"NoticeSeq":)" + std::to_string(notices[i].notice_seq);
    out += R"(,"Profile_Account":)";
    base::AppendJsonString(out, account);
    out += R"(,"ProfileList":[)";
    bool first = true;
    for (const notify::NoticeField& field : notices[i].fields) {
      bool is_number = field.field->kind == profile::ValueKind::kUint32;
      out += first ? R"({"Tag":")" : R"(,{"Tag":")";
      out += field.field->tag;
      out += is_number ? R"(","ValueNum":)" : R"(","ValueBytes":)";
      out += field.fragment + '}';
      first = false;
    }
    out += "]}";
  }
  out += R"(]}],"NextTimeOut":5})";
}

// Writes the notices there are for the poll, or nothing. Changes up to `skipped_seq` are no news to
// the page; later ones that it is not told of are added to them.
asio::awaitable<Result<void>> WriteNews(const Request& request, const Poll& poll,
                                        std::uint64_t& skipped_seq, std::string& out) {
  auto news = co_await ReadNews(request, std::max(poll.seen_seq, skipped_seq));
  if (news && news->latest_seq < poll.seen_seq) {
    news = co_await ReadNewsOfForeignCursor(request, poll, skipped_seq);
  }
  if (!news) co_return tl::unexpected(news.error());
  if (!news->notices.empty()) {
    WriteNotices(out, request.caller.account.String(), news->notices);
  } else {
    skipped_seq = std::max(skipped_seq, news->latest_seq);
  }
  co_return Result<void>();
}

}  // namespace

Answer GetLongPollingId(Request request, std::string& out) {
  if (!request.caller.session) co_return Fail(Code::kNoCredentials, "a session is needed");
  auto instance =
      co_await RegisterInstance(request, MakeInstanceId(request.services.clock.NowMs()));
  if (!instance) co_return tl::unexpected(instance.error());
  out += '{';
  AppendOk(out, Envelope::kPlain);
  out +=
      R"(,"LongPollingId":")" + instance->id + R"(","Timeout":)" + std::to_string(kTimeoutS) + '}';
  co_return Result<void>();
}

Answer LongPolling(Request request, std::string& out) {
  if (!request.caller.session) co_return Fail(Code::kNoCredentials, "a session is needed");
  auto poll = ReadPoll(request.body);
  if (!poll) co_return tl::unexpected(poll.error());
  auto deadline = std::chrono::steady_clock::now() + poll->hold;
  // Waiting begins before looking, so that nothing falls between the two.
  Waiting waiting(request, poll->instance, co_await asio::this_coro::executor);
  auto start_seq = co_await StartOf(request, poll->instance);
  if (!start_seq) co_return tl::unexpected(start_seq.error());
  std::uint64_t skipped_seq = *start_seq;
  for (;;) {
    auto written = co_await WriteNews(request, *poll, skipped_seq, out);
    if (waiting.End()) {
      out.clear();
      co_return ToEnd(*waiting.End());
    }
    if (!written || !out.empty()) co_return written;
    if (waiting.IsQuiet()) {
      waiting.timer().expires_at(deadline);
      co_await waiting.timer().async_wait(asio::as_tuple(asio::deferred));
    }
    auto wake = waiting.Take();
    if (wake != Wake::kChanged) co_return ToEnd(wake.value_or(Wake::kSuperseded));
  }
}

}  // namespace api
