#pragma once

// Small files. All of these fail with kInternal and a detail that names the file.

#include <string>
#include <string_view>

#include "base/errors.h"

namespace base {

// The first line of a file, without its end.
Result<std::string> ReadFirstLine(const std::string& path);

// Writes the file under another name and renames it: whoever sees it sees all of it, whatever
// happens; on disk when this answers.
Result<void> WriteFileAtomically(const std::string& path, std::string_view text,
                                 unsigned mode = 0600);

// That the folder's entries are on disk: a name that was made or changed is there after a crash.
Result<void> SyncFolder(const std::string& path);

// Makes the folder (and those above it), mode 0700 for the last one.
Result<void> MakePrivateFolder(const std::string& path);

}  // namespace base
