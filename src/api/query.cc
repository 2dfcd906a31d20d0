#include "api/query.h"

#include <algorithm>

#include "base/utf8.h"

namespace api {
namespace {

constexpr std::size_t kMaxParameters = 64;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<std::string> Decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      decoded += ' ';
    } else if (text[i] != '%') {
      decoded += text[i];
    } else {
      if (i + 2 >= text.size()) return std::nullopt;
      int high = HexDigit(text[i + 1]);
      int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      decoded += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return decoded;
}

}  // namespace

std::optional<Query> Query::Parse(std::string_view text) {
  Query query;
  while (!text.empty()) {
    std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    if (query.parameters_.size() == kMaxParameters) return std::nullopt;
    std::size_t equals = parameter.find('=');
    auto name = Decode(parameter.substr(0, equals));
    auto value = equals == std::string_view::npos ? std::optional<std::string>("")
                                                  : Decode(parameter.substr(equals + 1));
    if (!name || !value || !base::IsUtf8(*name)) return std::nullopt;
    // The body of a JSONP call is checked, as any other body, where it is parsed.
    if (*name != "jsonpbody" && !base::IsUtf8(*value)) return std::nullopt;
    query.parameters_.emplace_back(*std::move(name), *std::move(value));
  }
  return query;
}

void Query::Add(std::string name, std::string value) {
  parameters_.emplace_back(std::move(name), std::move(value));
}

std::optional<std::string_view> Query::Find(std::string_view name) const {
  for (const auto& [parameter, value] : parameters_) {
    if (parameter == name) return value;
  }
  return std::nullopt;
}

}  // namespace api
