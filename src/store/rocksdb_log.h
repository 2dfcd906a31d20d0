#pragma once

// Where RocksDB's own messages go. Private to store/.

#include <rocksdb/env.h>

#include <memory>

namespace store {

// Warnings and errors go to the program's log, the rest nowhere. Without this RocksDB 7.8 writes a
// file LOG beside the tables, and aborts the process at the second message it cannot write: on a
// full disk.
std::shared_ptr<rocksdb::Logger> MakeRocksDbLog();

}  // namespace store
