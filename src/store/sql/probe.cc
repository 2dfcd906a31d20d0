#include "store/sql/probe.h"

namespace store::sql {
namespace {

constexpr std::chrono::seconds kInterval{1};

// A node that is not one of its cluster refuses even the first of these; one that takes no writes
// is not where reads should go while another does. What knows no such setting takes them.
bool Works(const SqlOptions& options, std::size_t endpoint) {
  SqlOptions alone = options;
  alone.endpoints = {options.endpoints[endpoint]};
  Endpoints one(alone);
  Connection connection(one, Connection::Use::kRead);
  if (!connection.Ensure() || !connection.Run("SELECT name FROM meta LIMIT 1")) return false;
  auto is_read_only = connection.Run("SELECT @@global.read_only");
  return !is_read_only || !is_read_only->Next() || is_read_only->Number(0) == 0;
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
