#pragma once

// Who finds out that an endpoint that was down works again. Private to store/sql.

#include <condition_variable>
#include <thread>

#include "store/sql/connection.h"

namespace store::sql {

// Looks once a second at the endpoints that are down, on a thread of its own, so that no read or
// write waits for one that is frozen or cut off.
class Prober {
 public:
  explicit Prober(Endpoints& endpoints);
  ~Prober();

 private:
  void Run();

  Endpoints& endpoints_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_stopping_ = false;
  std::thread thread_;
};

}  // namespace store::sql
