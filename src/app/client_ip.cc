#include "app/client_ip.h"

#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <optional>

namespace app {
namespace {

namespace ip = boost::asio::ip;

// The 4 or 16 bytes of an address; an IPv4 address inside IPv6 counts as IPv4.
std::optional<std::string> ToBytes(std::string_view text) {
  boost::system::error_code error;
  ip::address address = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (address.is_v6() && address.to_v6().is_v4_mapped()) {
    address = ip::make_address_v4(ip::v4_mapped, address.to_v6());
  }
  auto copy = [](const auto& bytes) { return std::string(bytes.begin(), bytes.end()); };
  return address.is_v4() ? copy(address.to_v4().to_bytes()) : copy(address.to_v6().to_bytes());
}

bool SharesBits(const std::string& a, const std::string& b, std::size_t bits) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < bits; ++i) {
    auto mask = static_cast<unsigned char>(0x80 >> (i % 8));
    if (((static_cast<unsigned char>(a[i / 8]) ^ static_cast<unsigned char>(b[i / 8])) & mask) !=
        0) {
      return false;
    }
  }
  return true;
}

std::string_view Trim(std::string_view text) {
  std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

}  // namespace

base::Result<void> TrustedProxies::Add(const std::string& text) {
  std::size_t slash = text.find('/');
  auto bytes = ToBytes(text.substr(0, slash));
  auto fail = [&] {
    return base::Fail(base::Code::kInternal, text + ": not an address or network");
  };
  if (!bytes) return fail();
  std::size_t bits = bytes->size() * 8;
  if (slash != std::string::npos) {
    const char* first = text.data() + slash + 1;
    const char* last = text.data() + text.size();
    auto [end, error] = std::from_chars(first, last, bits);
    if (error != std::errc() || end != last || bits > bytes->size() * 8) return fail();
  }
  networks_.push_back({*bytes, bits});
  return {};
}

bool TrustedProxies::IsTrusted(std::string_view address) const {
  auto bytes = ToBytes(address);
  if (!bytes) return false;
  for (const Network& network : networks_) {
    if (SharesBits(*bytes, network.bytes, network.bits)) return true;
  }
  return false;
}

std::string TrustedProxies::ClientIp(const net::Request& request) const {
  std::string client(request.peer_ip);
  if (networks_.empty() || !IsTrusted(client)) return client;
  // Fields of one name are one list.
  std::string forwarded;
  for (const auto& [name, value] : request.fields) {
    if (!net::EqualsIgnoringCase(name, "x-forwarded-for")) continue;
    forwarded += forwarded.empty() ? "" : ",";
    forwarded += value;
  }
  std::string_view rest = forwarded;
  while (!rest.empty() && IsTrusted(client)) {
    std::size_t comma = rest.rfind(',');
    std::string_view last = Trim(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(0, comma);
    if (!ToBytes(last)) break;
    client = last;
  }
  return client;
}

}  // namespace app
