#pragma once

// Carrying out an update inside a commit group of the embedded store. Private to store/.

#include "store/committer.h"
#include "store/store.h"

namespace store {

// Decides on the account as the group sees it, and adds everything the decision wants written to
// the group. On an error nothing has been added. `current`: its record, where that is in memory;
// null: it is read.
base::Result<Updated> ApplyUpdate(Database& database, CommitGroup& group, AppId app,
                                  const AccountId& account, const RecordPtr& current,
                                  const Decide& decide);

// The record a read answered; null where there is none.
base::Result<RecordPtr> ToRecord(const rocksdb::Status& status, std::string bytes);

}  // namespace store
