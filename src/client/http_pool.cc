#include "http_pool.h"

#include <boost/asio/co_spawn.hpp>
#include <exception>
#include <utility>

namespace webim::internal {

namespace asio = boost::asio;

using Clock = std::chrono::steady_clock;

HttpPool::HttpPool(asio::io_context& io, ServerUrl server, std::optional<asio::ssl::context> tls,
                   const RuntimeOptions& options)
    : io_(io),
      server_(std::move(server)),
      tls_(std::move(tls)),
      options_(options),
      rest_timer_(io) {}

void HttpPool::Submit(const std::shared_ptr<HttpRequest>& request) {
  request->timer.emplace(io_, request->timeout);
  request->timer->async_wait([self = shared_from_this(), request](boost::system::error_code error) {
    if (!error && !request->finished) {
      HttpResult late;
      late.failure = "no answer within " + std::to_string(request->timeout.count()) + " ms";
      self->Finish(*request, std::move(late));
    }
  });
  waiting_.push_back(request);
  if (workers_ >= options_.max_connections && workers_ > 0) {
    return;
  }
  ++workers_;
  // What a worker may throw is std::bad_alloc: nothing is left to carry on with (webim/client.h).
  asio::co_spawn(
      io_, [self = shared_from_this()] { return self->Work(); },
      [self = shared_from_this()](std::exception_ptr error) {
        if (error) {
          std::terminate();
        }
      });
}

void HttpPool::Cancel(HttpRequest& request) {
  request.finished = true;
  request.done = nullptr;
  request.timer.reset();
  if (request.stream != nullptr) {
    request.stream->Close();  // its worker still reads `body` until it notices
  } else {
    request.body.clear();
  }
}

void HttpPool::Finish(HttpRequest& request, HttpResult result) {
  const auto done = std::exchange(request.done, nullptr);
  Cancel(request);
  done(std::move(result));
}

asio::awaitable<void> HttpPool::Work() {
  while (!waiting_.empty()) {
    std::shared_ptr<HttpRequest> request = std::move(waiting_.front());
    waiting_.pop_front();
    if (!request->finished) {
      co_await Serve(std::move(request));
    }
  }
  --workers_;
}

asio::awaitable<void> HttpPool::Serve(std::shared_ptr<HttpRequest> request) {
  std::unique_ptr<HttpStream> stream = TakeResting();
  const bool kept = stream != nullptr;
  HttpResult result = co_await Attempt(*request, stream);
  const bool repeat = kept && !request->finished && !result.failure.empty() && !result.answered &&
                      request->repeatable;
  if (repeat) {
    stream.reset();
    result = co_await Attempt(*request, stream);
  }
  if (request->finished) {
    co_return;  // timed out or cancelled meanwhile, and its connection closed
  }
  if (result.failure.empty() && result.keep_alive) {
    Rest(std::move(stream));
  }
  Finish(*request, std::move(result));
}

asio::awaitable<HttpResult> HttpPool::Attempt(HttpRequest& request,
                                              std::unique_ptr<HttpStream>& stream) {
  HttpResult result;
  const bool connected = stream != nullptr;
  if (!connected) {
    stream = std::make_unique<HttpStream>(io_, server_, tls_ ? &*tls_ : nullptr,
                                          options_.max_answer_bytes);
  }
  request.stream = stream.get();
  if (!connected) {
    result.failure = co_await stream->Connect();
  }
  if (result.failure.empty() && !request.finished) {
    result = co_await stream->Post(request.target, request.body);
  }
  request.stream = nullptr;
  co_return result;
}

std::unique_ptr<HttpStream> HttpPool::TakeResting() {
  while (!resting_.empty()) {
    std::unique_ptr<HttpStream> stream = std::move(resting_.back().stream);
    resting_.pop_back();
    if (!stream->IsStale()) {
      return stream;
    }
  }
  return nullptr;
}

void HttpPool::Rest(std::unique_ptr<HttpStream> stream) {
  if (shut_down_) {
    return;
  }
  resting_.push_back({std::move(stream), Clock::now()});
  CloseOverdue();
}

void HttpPool::CloseOverdue() {
  const auto limit = std::chrono::milliseconds(options_.idle_timeout_ms);
  while (!resting_.empty() && resting_.front().since + limit <= Clock::now()) {
    resting_.pop_front();
  }
  if (resting_.empty() || rest_timer_runs_) {
    return;
  }
  rest_timer_runs_ = true;
  rest_timer_.expires_at(resting_.front().since + limit);
  rest_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!error && self) {
      self->rest_timer_runs_ = false;
      self->CloseOverdue();
    }
  });
}

void HttpPool::Shutdown() {
  shut_down_ = true;
  resting_.clear();
  rest_timer_.cancel();
}

}  // namespace webim::internal
