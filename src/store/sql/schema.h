#pragma once

// The tables, made and brought up to date by the operator's command alone (portraitctl store).

#include <string>

#include "store/sql/connection.h"
#include "store/sql/sql_store.h"

namespace store::sql {

inline constexpr std::uint64_t kSqlFormat = 2;

// A row of `meta` while a copy is written into the tables.
inline constexpr const char* kCopying = "copying";

// Makes the database, where the user may, and its tables; what is there stays. Answers what was
// done, in words. Errors: kStorageFailed with a detail for the operator.
base::Result<std::string> InitSqlStore(const SqlOptions& options);

// Brings the tables of an older format up to this one.
base::Result<std::string> MigrateSqlStore(const SqlOptions& options);

// Fails where the tables are not of this format; the detail says what to do about it.
base::Result<void> CheckSqlTables(Connection& connection, const std::string& database);

// The same, and where a copy into them was not finished.
base::Result<void> CheckSqlFormat(Connection& connection, const std::string& database);

}  // namespace store::sql
