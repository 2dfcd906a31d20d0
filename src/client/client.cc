#include "webim/client.h"

#include <utility>

#include "client_core.h"
#include "codec.h"

namespace webim {
namespace {

// A call holds the core itself: its callback may destroy the Client before the call has returned.
using Core = std::shared_ptr<internal::ClientCore>;

// A promise kept in any case: dropped without an answer (a call made while its Client is being
// destroyed), it is kept by an error, so that get() does not throw.
template <class A>
class Settling {
 public:
  Settling() = default;
  Settling(const Settling&) = delete;
  Settling& operator=(const Settling&) = delete;
  ~Settling() {
    if (!settled_) {
      promise_.set_value(
          {std::nullopt, internal::MakeLocalError(kErrorNetwork, "the client was destroyed")});
    }
  }
  std::future<Result<A>> Future() { return promise_.get_future(); }
  void Settle(Result<A> result) {
    settled_ = true;
    promise_.set_value(std::move(result));
  }

 private:
  std::promise<Result<A>> promise_;
  bool settled_ = false;
};

// Makes a call whose callbacks settle the future answered.
template <class A, class Call>
std::future<Result<A>> Promised(Call call) {
  auto settling = std::make_shared<Settling<A>>();
  std::future<Result<A>> future = settling->Future();
  call(
      [settling](A answer) {
        settling->Settle({std::move(answer), std::nullopt});
      },
      [settling](Error error) {
        settling->Settle({std::nullopt, std::move(error)});
      });
  return future;
}

}  // namespace

Client::Client() : Client(Runtime()) {}

Client::Client(const Runtime& runtime)
    : runtime_(runtime), core_(std::make_shared<internal::ClientCore>(runtime_.owner_->core())) {}

Client::~Client() { core_->Close(); }

void Client::login(const LoginInfo& loginInfo, const Listeners&, const LoginOptions& options,
                   LoginCallback cbOk, ErrorCallback cbErr) {
  Core(core_)->Login(loginInfo, options, std::move(cbOk), std::move(cbErr));
}

std::future<Result<LoginAnswer>> Client::login(const LoginInfo& loginInfo,
                                               const Listeners& listeners,
                                               const LoginOptions& options) {
  return Promised<LoginAnswer>([&](LoginCallback cbOk, ErrorCallback cbErr) {
    login(loginInfo, listeners, options, std::move(cbOk), std::move(cbErr));
  });
}

void Client::setProfilePortrait(const SetProfilePortraitOptions& options, AnswerCallback cbOk,
                                ErrorCallback cbErr) {
  Core(core_)->SetPortrait(internal::SetMembers(options), std::move(cbOk), std::move(cbErr));
}

std::future<Result<Answer>> Client::setProfilePortrait(const SetProfilePortraitOptions& options) {
  return Promised<Answer>([&](AnswerCallback cbOk, ErrorCallback cbErr) {
    setProfilePortrait(options, std::move(cbOk), std::move(cbErr));
  });
}

void Client::getProfilePortrait(const GetProfilePortraitOptions& options, PortraitCallback cbOk,
                                ErrorCallback cbErr) {
  Core(core_)->GetPortrait(internal::GetMembers(options), std::move(cbOk), std::move(cbErr));
}

std::future<Result<PortraitAnswer>> Client::getProfilePortrait(
    const GetProfilePortraitOptions& options) {
  return Promised<PortraitAnswer>([&](PortraitCallback cbOk, ErrorCallback cbErr) {
    getProfilePortrait(options, std::move(cbOk), std::move(cbErr));
  });
}

void Client::setProfilePortraitJson(std::string_view options, AnswerCallback cbOk,
                                    ErrorCallback cbErr) {
  Core(core_)->SetPortrait(internal::SetMembers(options), std::move(cbOk), std::move(cbErr));
}

std::future<Result<Answer>> Client::setProfilePortraitJson(std::string_view options) {
  return Promised<Answer>([&](AnswerCallback cbOk, ErrorCallback cbErr) {
    setProfilePortraitJson(options, std::move(cbOk), std::move(cbErr));
  });
}

void Client::getProfilePortraitJson(std::string_view options, PortraitCallback cbOk,
                                    ErrorCallback cbErr) {
  Core(core_)->GetPortrait(internal::GetMembers(options), std::move(cbOk), std::move(cbErr));
}

std::future<Result<PortraitAnswer>> Client::getProfilePortraitJson(std::string_view options) {
  return Promised<PortraitAnswer>([&](PortraitCallback cbOk, ErrorCallback cbErr) {
    getProfilePortraitJson(options, std::move(cbOk), std::move(cbErr));
  });
}

void Client::logout(AnswerCallback cbOk, ErrorCallback cbErr) {
  Core(core_)->Logout(std::move(cbOk), std::move(cbErr));
}

std::future<Result<Answer>> Client::logout() {
  return Promised<Answer>(
      [&](AnswerCallback cbOk, ErrorCallback cbErr) { logout(std::move(cbOk), std::move(cbErr)); });
}

}  // namespace webim
