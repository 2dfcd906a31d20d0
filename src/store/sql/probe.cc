#include "store/sql/probe.h"

namespace store::sql {
namespace {

constexpr std::chrono::seconds kInterval{1};

// A node that is not one of its cluster refuses even this.
bool Works(const SqlOptions& options, std::size_t endpoint) {
  SqlOptions alone = options;
  alone.endpoints = {options.endpoints[endpoint]};
  Endpoints one(alone);
  Connection connection(one, Connection::Use::kRead);
  return connection.Ensure() && connection.Run("SELECT name FROM meta LIMIT 1");
}

}  // namespace

Prober::Prober(Endpoints& endpoints) : endpoints_(endpoints), thread_([this] { Run(); }) {}

Prober::~Prober() {
  {
    std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void Prober::Run() {
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kInterval, [this] { return is_stopping_; })) {
    lock.unlock();
    for (std::size_t endpoint : endpoints_.Down()) {
      if (Works(endpoints_.options(), endpoint)) endpoints_.SetUp(endpoint);
    }
    lock.lock();
  }
}

}  // namespace store::sql
