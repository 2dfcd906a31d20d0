#include "api/query.h"

#include <algorithm>

#include "base/utf8.h"

namespace api {
namespace {

constexpr std::size_t kMaxParameters = 64;
constexpr std::size_t kUsualParameters = 16;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Appends `text` decoded, if it `is_encoded`; false where it cannot be.
bool AppendDecoded(std::string& out, std::string_view text, bool is_encoded) {
  if (!is_encoded) {
    out += text;
    return true;
  }
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      if (i + 2 >= text.size()) return false;
      int high = HexDigit(text[i + 1]);
      int low = HexDigit(text[i + 2]);
      if (high < 0 || low < 0) return false;
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return true;
}

}  // namespace

std::optional<Query> Query::Parse(std::string_view text) {
  Query query;
  query.text_.reserve(text.size() + 1);
  query.parameters_.reserve(kUsualParameters);
  constexpr auto kNone = std::string_view::npos;
  bool is_encoded = text.find('%') != kNone || text.find('+') != kNone;
  while (!text.empty()) {
    std::string_view parameter = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), parameter.size() + 1));
    if (parameter.empty()) continue;
    if (query.parameters_.size() == kMaxParameters) return std::nullopt;
    std::size_t equals = std::min(parameter.find('='), parameter.size());
    std::string_view value = parameter.substr(std::min(equals + 1, parameter.size()));
    if (!query.AddDecoded(parameter.substr(0, equals), value, is_encoded)) return std::nullopt;
  }
  if (!query.IsUtf8()) return std::nullopt;
  return query;
}

bool Query::AddDecoded(std::string_view name, std::string_view value, bool is_encoded) {
  Parameter parameter{};
  parameter.name = static_cast<std::uint32_t>(text_.size());
  if (!AppendDecoded(text_, name, is_encoded)) return false;
  parameter.equals = static_cast<std::uint32_t>(text_.size());
  text_ += '=';
  if (!AppendDecoded(text_, value, is_encoded)) return false;
  parameter.end = static_cast<std::uint32_t>(text_.size());
  text_ += '&';  // no character of one parameter ends in the next
  parameters_.push_back(parameter);
  return true;
}

bool Query::IsUtf8() const {
  if (base::IsUtf8(text_)) return true;
  // The body of a JSONP call is checked, as any other body, where it is parsed.
  return std::all_of(parameters_.begin(), parameters_.end(), [this](const Parameter& parameter) {
    return base::IsUtf8(NameOf(parameter)) &&
           (NameOf(parameter) == "jsonpbody" || base::IsUtf8(ValueOf(parameter)));
  });
}

void Query::Add(std::string_view name, std::string_view value) {
  Parameter parameter{};
  parameter.name = static_cast<std::uint32_t>(text_.size());
  text_ += name;
  parameter.equals = static_cast<std::uint32_t>(text_.size());
  text_ += '=';
  text_ += value;
  parameter.end = static_cast<std::uint32_t>(text_.size());
  parameters_.push_back(parameter);
}

std::string_view Query::NameOf(const Parameter& parameter) const {
  return std::string_view(text_).substr(parameter.name, parameter.equals - parameter.name);
}

std::string_view Query::ValueOf(const Parameter& parameter) const {
  return std::string_view(text_).substr(parameter.equals + 1, parameter.end - parameter.equals - 1);
}

std::optional<std::string_view> Query::Find(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (NameOf(parameter) == name) return ValueOf(parameter);
  }
  return std::nullopt;
}

}  // namespace api
