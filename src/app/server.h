#pragma once

// The whole server, put together.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/errors.h"

namespace app {

class Server {
 public:
  // Opens the store and binds every listener; nothing is served yet. Fails with kInternal or
  // kStorageFailed and the reason. The data folder of `config` exists.
  static base::Result<std::unique_ptr<Server>> Make(const Config& config);
  ~Server();

  void Start();

  // Lets requests being answered finish, for at most ten seconds, then closes everything.
  void Stop();

  // Puts in force what may change while the server runs: keys, administrators and other settings of
  // the apps that are there, new custom fields, [limits], certificates, the log level. Answers what
  // else is different and has to wait for a restart, or fails with the reason: having changed
  // nothing, unless it is that the store refuses to write new custom fields. From the thread that
  // starts and stops.
  base::Result<std::vector<std::string>> Reload(const Config& fresh);

  // Drops sessions and change-log entries that have expired, a bounded number of them. To be called
  // every few minutes. `done` is told, on a thread of the store, whether there may be more to drop.
  void Sweep(const std::function<void(bool has_more)>& done);

  // What --ready-file holds: one JSON object.
  std::string ReadyText() const;

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace app
