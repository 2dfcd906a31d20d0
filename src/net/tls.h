#pragma once

// Certificates.

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>

#include "base/errors.h"

namespace net {

// The certificate new connections are served with. TLS 1.2 and 1.3. Thread-safe.
class TlsContext {
 public:
  // Reads both PEM files and checks that they belong together. Fails with kInternal and a detail
  // that names the file.
  base::Result<void> Load(const std::string& certificate_file, const std::string& key_file);

  // Puts what `fresh` has loaded in force. Connections that are there go on as they are.
  void Take(const TlsContext& fresh);

  std::shared_ptr<boost::asio::ssl::context> Current() const;

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<boost::asio::ssl::context> context_;
};

// Makes a self-signed certificate for localhost, 127.0.0.1 and ::1, valid for ten years, where the
// files are not there yet. The key file has mode 0600. Fails with kInternal.
base::Result<void> MakeSelfSigned(const std::string& certificate_file, const std::string& key_file);

}  // namespace net
