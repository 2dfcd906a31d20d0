#pragma once

// What a new configuration changes in a server that runs.

#include <string>
#include <vector>

#include "app/config.h"
#include "auth/app.h"
#include "base/errors.h"
#include "store/store.h"

namespace app {

// The settings in which `fresh` differs from `running` and that are read at start only, by name.
std::vector<std::string> WaitingForRestart(const Config& running, const Config& fresh);

// The app's stored custom fields and what a configuration adds to them; with a type that is not the
// stored one it fails, and names the app. `AddFields` stores them and has them in force.
base::Result<void> CheckFields(store::Store& store, const auth::App& app,
                               const std::vector<profile::CustomField>& configured);
base::Result<void> AddFields(store::Store& store, const auth::App& app,
                             const std::vector<profile::CustomField>& configured);

}  // namespace app
