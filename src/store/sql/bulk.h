#pragma once

// A SQL store for Bulk: what `portraitctl copy` reads and writes.

#include "store/bulk.h"
#include "store/sql/sql_store.h"

namespace store::sql {

// Tables that no server uses. To write, they hold no accounts yet, or those of an earlier try that
// was cut short: until the copy is finished no server opens them.
base::Result<std::unique_ptr<Bulk>> OpenSqlToRead(const SqlOptions& options);
base::Result<std::unique_ptr<Bulk>> OpenSqlToWrite(const SqlOptions& options);

}  // namespace store::sql
