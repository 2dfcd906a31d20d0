#pragma once

// Waiting in a coroutine for what completes through a callback (store/store.h).

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/errors.h"

namespace api {

namespace asio = boost::asio;

// Calls `start` with a callback and answers what the callback is given. A callback called before
// `start` returns costs no suspension; one called later, on whatever thread, resumes the coroutine
// on its own.
template <class T>
asio::awaitable<base::Result<T>> Await(
    std::function<void(std::function<void(base::Result<T>)>)> start) {
  struct State {
    std::mutex mutex;
    std::optional<base::Result<T>> result;
    std::function<void()> resume;
  };
  auto state = std::make_shared<State>();
  start([state](base::Result<T> result) {
    std::function<void()> resume;
    {
      std::lock_guard lock(state->mutex);
      CHECK(!state->result);  // a callback is called once
      state->result = std::move(result);
      resume = std::move(state->resume);
    }
    if (resume) resume();
  });
  bool ready = false;
  {
    std::lock_guard lock(state->mutex);
    ready = state->result.has_value();
  }
  if (!ready) {
    auto executor = co_await asio::this_coro::executor;
    // Captures references alone: GCC 12 may destroy what an initiation captures by value twice.
    auto wait = [&state, &executor](auto handler) {
      auto shared = std::make_shared<decltype(handler)>(std::move(handler));
      std::function<void()> resume = [executor, shared] {
        asio::post(executor, [shared] { (*shared)(); });
      };
      {
        std::lock_guard lock(state->mutex);
        if (!state->result) {
          state->resume = std::move(resume);
          return;
        }
      }
      resume();
    };
    co_await asio::async_initiate<const asio::use_awaitable_t<>&, void()>(wait,
                                                                          asio::use_awaitable);
  }
  co_return std::move(*state->result);
}

// Starts `count` such operations at once, each with its index, and answers their results in order.
template <class T>
asio::awaitable<std::vector<base::Result<T>>> AwaitAll(
    std::size_t count,
    std::function<void(std::size_t, std::function<void(base::Result<T>)>)> start) {
  using Results = std::vector<base::Result<T>>;
  struct State {
    std::mutex mutex;
    Results results;
    std::size_t missing = 0;
  };
  auto state = std::make_shared<State>();
  state->results.assign(count, base::Fail(base::Code::kInternal));
  state->missing = count;
  auto begin = [state, count, start](std::function<void(base::Result<Results>)> done) {
    if (count == 0) return done(Results());
    for (std::size_t i = 0; i < count; ++i) {
      start(i, [state, i, done](base::Result<T> result) {
        {
          std::lock_guard lock(state->mutex);
          state->results[i] = std::move(result);
          if (--state->missing > 0) return;
        }
        done(std::move(state->results));
      });
    }
  };
  auto all = co_await Await<Results>(begin);
  co_return *std::move(all);
}

}  // namespace api
