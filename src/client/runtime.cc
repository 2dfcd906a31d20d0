#include "webim/runtime.h"

#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <new>
#include <system_error>
#include <utility>

#include "runtime_core.h"

namespace webim {
namespace internal {
namespace {

namespace asio = boost::asio;

// The context for https. Throws boost::system::system_error when something cannot be read.
asio::ssl::context MakeTlsContext(const LoginOptions& options) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  if (SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) != 1) {
    throw std::bad_alloc();
  }
  if (!options.verify_peer) {
    context.set_verify_mode(asio::ssl::verify_none);
    return context;
  }
  context.set_verify_mode(asio::ssl::verify_peer);
  if (options.ca_file.empty()) {
    context.set_default_verify_paths();
  } else {
    context.load_verify_file(options.ca_file);
  }
  return context;
}

}  // namespace

bool RuntimeCore::Admit() {
  if (pending_.fetch_add(1, std::memory_order_relaxed) < options_.max_pending) {
    return true;
  }
  Release();
  return false;
}

std::shared_ptr<HttpPool> RuntimeCore::PoolFor(const ServerUrl& server, const LoginOptions& options,
                                               std::string& failure) {
  // Without TLS the certificate options make no difference.
  const PoolKey key(server.tls, server.host, server.port, server.tls ? options.ca_file : "",
                    !server.tls || options.verify_peer);
  std::shared_ptr<HttpPool>& pool = pools_[key];
  if (pool != nullptr) {
    return pool;
  }
  try {
    std::optional<asio::ssl::context> tls;
    if (server.tls) {
      tls.emplace(MakeTlsContext(options));
    }
    pool = std::make_shared<HttpPool>(io_, server, std::move(tls), options_);
    return pool;
  } catch (const boost::system::system_error& error) {
    failure = "reading the trusted certificates: " + error.code().message();
    pools_.erase(key);
    return nullptr;
  }
}

void RuntimeCore::Stop() {
  asio::post(io_, [this] {
    for (const auto& [key, pool] : pools_) {
      pool->Shutdown();
    }
    pools_.clear();
    work_.reset();
  });
}

RuntimeOwner::RuntimeOwner(const RuntimeOptions& options) {
  try {
    core_ = std::make_shared<RuntimeCore>(options);
    thread_ = std::thread([core = core_] { core->Run(); });
  } catch (const std::system_error&) {
    throw std::bad_alloc();  // no descriptor or no thread left: documented as this
  } catch (const boost::system::system_error&) {
    throw std::bad_alloc();
  }
}

RuntimeOwner::~RuntimeOwner() {
  const bool on_io_thread = core_->OnIoThread();
  core_->Stop();
  if (on_io_thread) {
    thread_.detach();  // the thread cannot wait for itself; it keeps the core until it ends
  } else {
    thread_.join();
  }
}

}  // namespace internal

Runtime::Runtime(const RuntimeOptions& options)
    : owner_(std::make_shared<internal::RuntimeOwner>(options)) {}

}  // namespace webim
