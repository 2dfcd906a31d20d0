#pragma once

// Looking through a whole store for damage: what `portraitctl verify` does.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/errors.h"

namespace store {

struct VerifyReport {
  // What is damaged and how: "PATH: …" of a file, "accounts: app 1, alice: …" of an entry. Never a
  // field's value.
  std::vector<std::string> faults;
  // No faults: the end of a log that a crash cut short; the next start drops it, nothing that was
  // acknowledged is in it.
  std::vector<std::string> notes;
  std::size_t files = 0;
  std::size_t accounts = 0;  // deleted ones too
  std::size_t sessions = 0;
  std::size_t instances = 0;
  std::size_t changes = 0;
};

// Checks every file's checksums, decodes every entry, and holds them against each other. `folder`
// is the store's ("DATA/store", or a backup); no server has it open. `on_file`, where there is one,
// is called with each file's name before it is read. Fails with kStorageFailed where nothing could
// be checked: no such folder, in use, a newer format.
base::Result<VerifyReport> VerifyStore(const std::string& folder,
                                       const std::function<void(const std::string&)>& on_file = {});

}  // namespace store
