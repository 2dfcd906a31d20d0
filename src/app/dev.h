#pragma once

// Dev mode: one app with a secret of its own, so that the product can be tried without a config
// file.

#include <string>

#include "app/config.h"
#include "auth/app.h"
#include "base/clock.h"
#include "base/errors.h"
#include "net/http.h"

namespace app {

inline constexpr profile::AppId kDevApp = 1400000001;
inline constexpr const char* kDevAdmin = "administrator";

// Adds the dev app, unless the config has one of that number. Its secret is kept in the data
// folder.
base::Result<void> AddDevApp(Config& config);

// GET /dev/usersig?identifier=…: a UserSig for the page,
// `{"identifier","sdkappid","usersig","custom_tags"}`. Only for loopback peers that named a
// loopback host, without a foreign Origin and without a proxy in between; never for an admin.
// Everything else is refused with 403.
net::Response ServeDevUserSig(const net::Request& request, const auth::App& app,
                              const base::Clock& clock);

}  // namespace app
