#pragma once

// Copies of a store: made by hard links while a server runs (Store::MakeBackup), put back offline.

#include <string>

#include "base/errors.h"

namespace store {

// Copies the store in `from` (a backup, or a store no server has open) to `to`, which must not be
// there; all of it is on disk when this returns. Whoever sees `to` sees all of it. Fails with
// kStorageFailed and the file that cannot be read or written.
base::Result<void> CopyStore(const std::string& from, const std::string& to);

}  // namespace store
