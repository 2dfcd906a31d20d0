#pragma once

// Telling a damaged log from one that a crash cut short. Private to store/.
//
// RocksDB writes its write-ahead logs (*.log) and its list of files (MANIFEST-*) in one format of
// records with checksums. At the end of a log it takes a broken record for the write that a crash
// interrupted, and drops it; were it the last acknowledged write, damaged since, that would lose it
// in silence. Each record is synced before the next one is begun, so the two can be told apart:
// damage is a broken record before the beginning of another, or one whose bytes are all there.

#include <rocksdb/file_system.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"

namespace store {

struct LogEnd {
  enum class Kind { kWhole, kCutShort, kDamaged };
  Kind kind = Kind::kWhole;
  std::uint64_t position = 0;  // of the first byte that is not part of a whole record
};

// The whole contents of a log.
LogEnd CheckLog(std::string_view contents);

// The logs of a database's folder that matter: the MANIFEST that CURRENT names, and every
// write-ahead log. Names without the folder. Fails with kStorageFailed, and what is wrong, where
// there is no such folder or no database in it.
base::Result<std::vector<std::string>> FindLogs(rocksdb::FileSystem& files,
                                                const std::string& folder);

// Checks them all. Answers the write-ahead logs whose end a crash or a full disk cut short. Fails
// with kStorageFailed and the first damaged one's path. A folder that is no database yet is fine;
// one that was, and has lost its CURRENT, is not.
struct UnfinishedLog {
  std::string path;
  std::uint64_t position = 0;  // the end of what is whole
};
base::Result<std::vector<UnfinishedLog>> CheckLogs(rocksdb::FileSystem& files,
                                                   const std::string& folder);

// Cuts off what is not whole; nobody was told an OK for it. RocksDB would refuse to open the folder
// where the log of a full disk has such an end and some tables are younger.
base::Result<void> DropUnfinished(const std::vector<UnfinishedLog>& logs);

}  // namespace store
