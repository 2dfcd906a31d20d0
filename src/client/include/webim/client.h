// libwebim: one account's view of a profile server, with the functions of webim.js.
//
//   webim::Client client;
//   client.login({.sdkAppID = 1400000001, .accountType = 1, .identifier = "alice",
//                 .userSig = sig}, {}, {.server = "https://im.example.com"},
//                [&](const webim::LoginAnswer& answer) { … },
//                [&](const webim::Error& error) { … error.ErrorCode, error.ErrorInfo … });
//
// Calling. Every function may be called from any thread, at any time, from callbacks too, and
// returns at once. Wait for login's callback before calls that need the session: they fail with
// kErrorNotLoggedIn before. Calls under way together may be carried out in any order.
//
// Callbacks. Exactly one of the two runs, once, on the Runtime's I/O thread and never inside the
// call itself; an empty one is left out. They delay every other callback of the Runtime, so keep
// them short, and never wait in one for another (no get() on a future of the same Runtime). A
// callback must not throw: as in a thread, that ends the program (std::terminate).
//
// Futures. The forms without callbacks answer a Result through a std::future; get() never throws.
//
// Requests. A connection is kept and used again. When the server has closed a kept one and no byte
// of an answer came, the request is sent once more on a new connection, except logout's. That is
// safe for a set: it states values, so storing it twice leaves the same profile. Redirects are not
// followed and proxies not used. https is TLS 1.2 or later and checks certificate and host name.
//
// Destruction. ~Client ends what is under way with kErrorNetwork and returns when all callbacks
// have run; a set ended so may or may not have been stored. A Client may be destroyed inside a
// callback, also while the call that made it is still returning. A call made by a callback while
// its Client is being destroyed is dropped: neither of its callbacks runs, its future holds
// kErrorNetwork. The server's session is not ended: logout does that.
//
// Exceptions. Calls throw nothing but std::bad_alloc. Out of memory on the I/O thread ends the
// program.
#pragma once

#include <functional>
#include <future>
#include <memory>
#include <string_view>

#include "webim/runtime.h"
#include "webim/types.h"

namespace webim {

namespace internal {
class ClientCore;
}

using LoginCallback = std::function<void(LoginAnswer)>;
using AnswerCallback = std::function<void(Answer)>;
using PortraitCallback = std::function<void(PortraitAnswer)>;
using ErrorCallback = std::function<void(Error)>;

class Client {
 public:
  // With a Runtime of its own. Throws std::bad_alloc as Runtime does.
  Client();
  // With a shared one.
  explicit Client(const Runtime& runtime);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Opens a session and reads the account's nick and image (docs/protocol/wire-contract.md §4).
  // Errors: kErrorNoLoginInfo … kErrorNoUserSig and kErrorOptions before anything is sent; codes of
  // docs/protocol/errors.md §§2, 3; kErrorNoTinyId, kErrorNoA2Key, kErrorNetwork. A session from an
  // earlier login stays in use until this one succeeds.
  void login(const LoginInfo& loginInfo, const Listeners& listeners, const LoginOptions& options,
             LoginCallback cbOk, ErrorCallback cbErr = nullptr);
  std::future<Result<LoginAnswer>> login(const LoginInfo& loginInfo, const Listeners& listeners,
                                         const LoginOptions& options);

  // Stores fields of the account's own profile, all or none; on disk when cbOk runs (§7.2).
  // Errors: kErrorNotLoggedIn, kErrorBusy, kErrorNetwork, 4xxxx, 6xxxx.
  void setProfilePortrait(const SetProfilePortraitOptions& options, AnswerCallback cbOk,
                          ErrorCallback cbErr = nullptr);
  std::future<Result<Answer>> setProfilePortrait(const SetProfilePortraitOptions& options);

  // Reads fields of up to 100 accounts (§7.1). Where some of them fail, cbErr gets kErrorPartial
  // with the others' profiles in it. Further errors: as setProfilePortrait.
  void getProfilePortrait(const GetProfilePortraitOptions& options, PortraitCallback cbOk,
                          ErrorCallback cbErr = nullptr);
  std::future<Result<PortraitAnswer>> getProfilePortrait(const GetProfilePortraitOptions& options);

  // The same with the options as JSON text, {"ProfileItem":[{"Tag":…,"Value":…}]} and
  // {"To_Account":[…],"TagList":[…]}: these members are sent as they are, others are not sent.
  // Text that is no JSON object fails with kErrorOptions. Every answer has its own text in `json`.
  void setProfilePortraitJson(std::string_view options, AnswerCallback cbOk,
                              ErrorCallback cbErr = nullptr);
  std::future<Result<Answer>> setProfilePortraitJson(std::string_view options);
  void getProfilePortraitJson(std::string_view options, PortraitCallback cbOk,
                              ErrorCallback cbErr = nullptr);
  std::future<Result<PortraitAnswer>> getProfilePortraitJson(std::string_view options);

  // Ends the session, here and on the server; other sessions of the account stay (§6.8). Without a
  // session it succeeds and sends nothing. When it fails the session is kept.
  void logout(AnswerCallback cbOk, ErrorCallback cbErr = nullptr);
  std::future<Result<Answer>> logout();

 private:
  Runtime runtime_;
  std::shared_ptr<internal::ClientCore> core_;
};

}  // namespace webim
