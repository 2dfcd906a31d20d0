#pragma once

// The whole server, put together.

#include <memory>
#include <string>

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

  // Drops sessions and change-log entries that have expired. To be called every few minutes.
  void Sweep();

  // What --ready-file holds: one JSON object.
  std::string ReadyText() const;

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace app
