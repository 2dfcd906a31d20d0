#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "store/store.h"

namespace rocksdb {
class FileSystem;
}

namespace store {

struct RocksDbOptions {
  std::string path;  // a folder; made if it is not there (its parent must be)
  std::size_t record_cache_bytes = 64 << 20;  // for accounts' records; 0: none are kept
  // For blocks read from disk; those of records only where record_cache_bytes is 0.
  std::size_t block_cache_bytes = 64 << 20;
  std::size_t write_buffer_bytes = 64 << 20;  // for writes not yet in a table, per column family
  std::size_t read_threads = 2;               // for reads that need the disk
  int max_open_files =
      200;  // tables, each opened twice; a server leaves 512 files to its store (app/server.cc)
  std::shared_ptr<rocksdb::FileSystem> file_system = nullptr;  // null: the machine's
};

// The embedded store: one process, one folder, everything on disk when it is acknowledged.
//
// Opens a folder of this format or an older one; a newer format, a folder in use by another
// process, or a damaged one is refused with kStorageFailed and a detail that says which. Destroying
// the store finishes the writes that wait and calls their callbacks first.
base::Result<std::unique_ptr<Store>> OpenRocksDbStore(const RocksDbOptions& options);

}  // namespace store
