#pragma once

// What a function answers that may have to wait first.

#include <boost/asio/awaitable.hpp>
#include <utility>
#include <variant>

namespace base {

// A value that is there, or a coroutine to wait for it with. A function that answers one may be a
// coroutine itself; one that is not costs no frame where it need not wait, which is mostly.
template <class T>
class [[nodiscard]] Pending {
 public:
  using Later = boost::asio::awaitable<T>;

  Pending(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Pending(Later later) : state_(std::in_place_index<1>, std::move(later)) {}

  bool is_there() const { return state_.index() == 0; }
  T& value() { return std::get<0>(state_); }
  Later& later() { return std::get<1>(state_); }

 private:
  std::variant<T, Later> state_;
};

// For who waits in any case.
template <class T>
boost::asio::awaitable<T> Wait(Pending<T> pending) {
  if (pending.is_there()) co_return std::move(pending.value());
  co_return co_await std::move(pending.later());
}

}  // namespace base

// A coroutine that answers a Pending is one of Asio's.
template <class T, class... Parameters>
struct std::coroutine_traits<base::Pending<T>, Parameters...>
    : std::coroutine_traits<boost::asio::awaitable<T>, Parameters...> {};
