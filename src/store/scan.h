#pragma once

// Reading all accounts of a store that no server has open: what `portraitctl export` does.

#include <functional>
#include <string>

#include "base/errors.h"
#include "store/store.h"

namespace store {

// The custom fields of an app in the store in `folder`, then every account that exists, in the
// order of their ids; a broken record is handed on as its error. Ends early, without an error, when
// `each` answers false. Fails with kStorageFailed.
using EachAccount = std::function<bool(const std::string& account, base::Result<RecordPtr> record)>;
base::Result<void> ScanAccounts(const std::string& folder, AppId app,
                                const std::function<void(Store::Fields)>& on_fields,
                                const EachAccount& each);

}  // namespace store
