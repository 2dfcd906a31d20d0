#pragma once

// Small files: secrets and what a start leaves behind.

#include <string>
#include <string_view>

#include "base/errors.h"

namespace app {

// The first line of a file, without its end. Fails with kInternal and a detail that names the file.
base::Result<std::string> ReadFirstLine(const std::string& path);

// Writes the file under another name, mode 0600, and renames it: whoever sees it sees all of it.
base::Result<void> WriteFileAtomically(const std::string& path, std::string_view text);

// The secret kept in `path`: made at random the first time, 64 hexadecimal digits.
base::Result<std::string> ReadOrMakeSecret(const std::string& path);

// Makes the folder (and those above it), mode 0700 for the last one.
base::Result<void> MakePrivateFolder(const std::string& path);

}  // namespace app
