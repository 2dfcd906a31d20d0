#pragma once

// Waiting on the calling thread for what completes through a callback (store.h).

#include <future>
#include <utility>

#include "store/store.h"

namespace store {

// Calls `start` with a callback and answers what the callback is given. Not for threads that
// callbacks run on.
template <class T, class Start>
base::Result<T> Wait(Start start) {
  std::promise<base::Result<T>> promise;
  start(Callback<T>([&promise](base::Result<T> result) { promise.set_value(std::move(result)); }));
  return promise.get_future().get();
}

}  // namespace store
