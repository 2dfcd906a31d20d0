#pragma once

// Where imported accounts go: a store that no server has open, or a running server.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "cli/account_line.h"
#include "cli/rest_client.h"

namespace cli {

class ImportTarget {
 public:
  // Called once, on any thread: nothing, or why the account was refused. 40006 and 70500: unknown.
  using Done = std::function<void(std::optional<base::Error>)>;

  virtual ~ImportTarget() = default;

  // Creates the account where it is missing and sets its fields; what it has besides stays. Lines
  // of one account take effect in the order of these calls.
  virtual void Apply(AccountLine line, Done done) = 0;

  // What lines are checked against before they are handed in. A running server's fields are its
  // own business: its schema is asked for once.
  virtual const profile::Schema& schema() const = 0;
};

// Opens the store in `folder`, which must be there. Fails with kStorageFailed.
base::Result<std::unique_ptr<ImportTarget>> OpenStoreTarget(const std::string& folder,
                                                            profile::AppId app);

// Imports through REST, `connections` at a time. Fails with kInternal where the server does not
// answer as it should.
base::Result<std::unique_ptr<ImportTarget>> OpenServerTarget(const RestServer& server,
                                                             std::size_t connections);

}  // namespace cli
