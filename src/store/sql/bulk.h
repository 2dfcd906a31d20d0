#pragma once

// A SQL store for Bulk: what `portraitctl copy` reads and writes.

#include "store/bulk.h"
#include "store/sql/sql_store.h"

namespace store::sql {

// kLive: servers write meanwhile, so that a copy is of no one time, and needs another one.
enum class Source { kStill, kLive };

// Tables that no server uses, or a live source's.
base::Result<std::unique_ptr<Bulk>> OpenSqlToRead(const SqlOptions& options, Source source);
// Tables that `portraitctl store init` has made. They hold no accounts and sessions yet, or those
// of an earlier try or copy: until it is finished no server opens them.
base::Result<std::unique_ptr<Bulk>> OpenSqlToWrite(const SqlOptions& options);

}  // namespace store::sql
