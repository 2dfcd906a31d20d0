#include <algorithm>
#include <charconv>

#include "store/sql/sql_store.h"

namespace store::sql {
namespace {

// It stands in statements as it is.
bool IsDatabaseName(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
  });
}

bool IsEndpoint(std::string_view endpoint) {
  if (endpoint.starts_with('/')) return true;
  std::size_t colon = endpoint.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = endpoint.substr(0, colon);
  std::string_view port = endpoint.substr(colon + 1);
  bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  unsigned number = 0;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  return error == std::errc() && end == port.data() + port.size() && number > 0 &&
         number <= 65535 && (is_bracketed || host.find(':') == std::string_view::npos);
}

}  // namespace

std::string ProblemOf(const SqlOptions& options) {
  if (options.endpoints.empty()) return "the database has no endpoints";
  for (const std::string& endpoint : options.endpoints) {
    if (!IsEndpoint(endpoint)) return "endpoint " + base::Quoted(endpoint) + " is not HOST:PORT";
  }
  if (!IsDatabaseName(options.database)) {
    return "database " + base::Quoted(options.database) + " is not letters, digits and _";
  }
  if (options.tls_certificate.empty() != options.tls_key.empty()) {
    return "the database's tls_certificate and tls_key go together";
  }
  if (options.tls_ca.empty() && !options.tls_key.empty()) {
    return "the database's tls_key needs a tls_ca";
  }
  return {};
}

}  // namespace store::sql
