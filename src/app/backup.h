#pragma once

// POST /backup on the operator's listener: a copy of the store, made while the server runs.

#include <string>

#include "net/http.h"
#include "store/store.h"

namespace app {

// The request's field `X-Portrait-Backup` names the copy: 1 to 64 letters, digits, `-`, `_` and
// `.`, not beginning with a dot. (A field, so that no web page can have a browser ask for one.) It
// becomes `folder`/NAME, and the answer is {"folder":PATH,"seconds":N}. Otherwise: 400 without a
// good name, 405 for another method, 409 where there is one of that name or there are 100 backups,
// 500 and why not.
boost::asio::awaitable<net::Response> ServeBackup(const net::Request& request, store::Store& store,
                                                  const std::string& folder);

}  // namespace app
