#include "app/callback.h"

#include <curl/curl.h>

#include <algorithm>
#include <chrono>
#include <memory>

#include "base/json_string.h"
#include "base/log.h"
#include "store/wait.h"

namespace app {
namespace {

constexpr long kTimeoutS = 5;
constexpr int kMaxPauseS = 30;
constexpr int kLookAgainS = 5;
static_assert(kTimeoutS + 1 < store::Store::kTurn.count() / 2);
constexpr std::size_t kBatch = 100;

std::size_t Discard(char*, std::size_t size, std::size_t count, void*) { return size * count; }

std::string Escaped(CURL* curl, const std::string& text) {
  std::unique_ptr<char, decltype(&curl_free)> escaped(
      curl_easy_escape(curl, text.c_str(), static_cast<int>(text.size())), curl_free);
  return escaped == nullptr ? std::string() : escaped.get();
}

}  // namespace

CallbackSender::CallbackSender(const auth::App& app, std::string url, store::Store& store)
    : app_(app), url_(std::move(url)), store_(store) {}

CallbackSender::~CallbackSender() { Stop(); }

void CallbackSender::Stop() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CallbackSender::Start() {
  thread_ = std::thread([this] { Run(); });
}

void CallbackSender::OnChange(store::AppId app) {
  if (app != app_.id) return;
  std::lock_guard lock(mutex_);
  has_change_ = true;
  changed_.notify_all();
}

// False: the server stops.
bool CallbackSender::WaitForChange() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return is_stopping_ || has_change_; });
  has_change_ = false;
  return !is_stopping_;
}

bool CallbackSender::WaitToRetry(int seconds) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::seconds(seconds), [this] { return is_stopping_; });
  return !is_stopping_;
}

bool CallbackSender::IsOurs(std::chrono::seconds for_another) const {
  return std::chrono::steady_clock::now() + for_another < turn_ends_;
}

// Whether this process sends. One that has just got the turn begins where the log says.
bool CallbackSender::HoldTurn() {
  if (IsOurs(store::Store::kTurn / 2)) return true;
  bool continues = IsOurs(std::chrono::seconds(0));
  auto asked = std::chrono::steady_clock::now();
  auto taken = store::Wait<bool>(
      [&](store::Callback<bool> done) { store_.TakeTurn(app_.id, kReader, std::move(done)); });
  turn_ends_ = {};
  if (!taken || !*taken) return false;
  if (!continues) {
    auto position = store::Wait<std::uint64_t>([&](store::Callback<std::uint64_t> done) {
      store_.ReadCursor(app_.id, kReader, std::move(done));
    });
    if (!position) return false;
    position_ = *position;
  }
  turn_ends_ = asked + store::Store::kTurn;
  return true;
}

void CallbackSender::Run() {
  while (WaitForChange()) {
    int pause_s = 1;
    for (;;) {
      Sent sent = SendWaiting();
      if (sent == Sent::kAll) break;
      // One who does not send looks whether the one who does is still there.
      if (!WaitToRetry(sent == Sent::kNotOurs ? kLookAgainS : pause_s)) return;
      if (sent == Sent::kFailed) pause_s = std::min(pause_s * 2, kMaxPauseS);
    }
  }
}

// Sends all that the log has.
CallbackSender::Sent CallbackSender::SendWaiting() {
  for (;;) {
    if (!HoldTurn()) return Sent::kNotOurs;
    if (Sent sent = SendBatch(); sent != Sent::kSome) return sent;
  }
}

// Sends what the log has after `position_`, while it is this process's turn, and moves that along.
CallbackSender::Sent CallbackSender::SendBatch() {
  using Logged = std::vector<store::Store::LoggedChange>;
  auto changes = store::Wait<Logged>([&](store::Callback<Logged> done) {
    store_.ReadChanges(app_.id, position_, kBatch, std::move(done));
  });
  if (!changes) return Sent::kFailed;
  if (changes->empty()) return Sent::kAll;
  bool sent = true;
  bool has_moved = false;
  for (const auto& logged : *changes) {
    if (!IsOurs(std::chrono::seconds(kTimeoutS + 1))) break;
    sent = Send(logged.change);
    if (!sent) break;
    position_ = logged.position;
    has_moved = true;
  }
  if (has_moved) {
    auto written = store::Wait<bool>([&](store::Callback<bool> done) {
      store_.WriteCursor(app_.id, kReader, position_, std::move(done));
    });
    sent = sent && written;
  }
  return sent ? Sent::kSome : Sent::kFailed;
}

std::string CallbackSender::MakeBody(const store::Change& change) const {
  std::string body = R"({"CallbackCommand":"Profile.CallbackPortraitSet","Operator_Account":)";
  base::AppendJsonString(body, change.caller.View());
  body += R"(,"From_Account":)";
  base::AppendJsonString(body, change.account.View());
  body += ",\"EventTime\":" + std::to_string(change.time_ms) + ",\"ProfileItem\":[";
  auto schema = app_.CurrentSchema();
  bool first = true;
  for (const profile::ChangedField& changed : change.fields) {
    const profile::Field* field = schema->FindByRecordKey(changed.record_key);
    if (field == nullptr) continue;
    body += first ? R"({"Tag":")" : R"(,{"Tag":")";
    body += field->tag + R"(","Value":)" + changed.fragment + '}';
    first = false;
  }
  return body + "]}";
}

bool CallbackSender::Send(const store::Change& change) {
  std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return false;
  std::string url = url_ + (url_.find('?') == std::string::npos ? '?' : '&') +
                    "SdkAppid=" + std::to_string(app_.id) +
                    "&CallbackCommand=Profile.CallbackPortraitSet&contenttype=json&ClientIP=" +
                    Escaped(curl.get(), change.client_ip) +
                    "&OptPlatform=" + Escaped(curl.get(), change.platform);
  std::string body = MakeBody(change);
  std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> fields(
      curl_slist_append(nullptr, "Content-Type: application/json"), curl_slist_free_all);
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, kTimeoutS);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Discard);
  CURLcode result = curl_easy_perform(curl.get());
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (result == CURLE_OK && status == 200) return true;
  base::LogWarning("a callback was not taken",
                   {{"sdkappid", static_cast<std::int64_t>(app_.id)},
                    {"reason", result == CURLE_OK ? "HTTP " + std::to_string(status)
                                                  : curl_easy_strerror(result)}});
  return false;
}

}  // namespace app
