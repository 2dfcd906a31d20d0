// What the client's tests share: logging in, folders, certificates.
#pragma once

#include <filesystem>
#include <string>

#include "tests/client/fake_server.h"
#include "webim/webim.h"

namespace webim::test {

// Alice of application 1400000001 with a UserSig the fake server takes.
LoginInfo Alice();

// Logs Alice in; the test fails when that fails.
void LogIn(Client& client, const LoginOptions& options);

// A folder that is gone with the object.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  // Writes a file into it and answers its path.
  std::string Write(const std::string& name, const std::string& text) const;

 private:
  std::filesystem::path path_;
};

// A self-signed certificate, made on the spot and valid for a day. `names` as OpenSSL writes a
// subjectAltName: "IP:127.0.0.1,DNS:localhost".
Identity MakeIdentity(const std::string& names);

}  // namespace webim::test
