#pragma once

// Small files. All of these fail with kInternal and a detail that names the file.

#include <string>
#include <string_view>

#include "base/errors.h"

namespace base {

// The first line of a file, without its end.
Result<std::string> ReadFirstLine(const std::string& path);

// Writes the file under another name and renames it: whoever sees it sees all of it, whatever
// happens.
Result<void> WriteFileAtomically(const std::string& path, std::string_view text,
                                 unsigned mode = 0600);

// Makes the folder (and those above it), mode 0700 for the last one.
Result<void> MakePrivateFolder(const std::string& path);

}  // namespace base
