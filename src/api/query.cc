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

// Appends `text` decoded; false where it cannot be.
bool AppendDecoded(std::string& out, std::string_view text) {
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
  query.parameters_.reserve(kUsualParameters);
  constexpr auto kNone = std::string_view::npos;
  bool is_encoded = text.find('%') != kNone || text.find('+') != kNone;
  if (!is_encoded) query.text_ = text;
  for (std::size_t start = 0; start < text.size();) {
    std::size_t end = std::min(text.find('&', start), text.size());
    std::size_t equals = std::min(text.find('=', start), end);
    if (end > start) {
      if (query.parameters_.size() == kMaxParameters) return std::nullopt;
      Parameter here = ToParameter(start, equals, end);
      if (!is_encoded) {
        query.parameters_.push_back(here);
      } else if (!query.AddDecoded(NameIn(text, here), ValueIn(text, here))) {
        return std::nullopt;
      }
    }
    start = end + 1;
  }
  if (!query.IsUtf8()) return std::nullopt;
  return query;
}

bool Query::AddDecoded(std::string_view name, std::string_view value) {
  std::size_t start = text_.size();
  if (!AppendDecoded(text_, name)) return false;
  std::size_t equals = text_.size();
  text_ += '=';
  if (!AppendDecoded(text_, value)) return false;
  parameters_.push_back(ToParameter(start, equals, text_.size()));
  text_ += '&';  // no character of one parameter ends in the next
  return true;
}

bool Query::IsUtf8() const {
  if (base::IsUtf8(text_)) return true;
  // The body of a JSONP call is checked, as any other body, where it is parsed.
  return std::all_of(parameters_.begin(), parameters_.end(), [this](const Parameter& parameter) {
    std::string_view name = NameIn(text_, parameter);
    return base::IsUtf8(name) && (name == "jsonpbody" || base::IsUtf8(ValueIn(text_, parameter)));
  });
}

void Query::Add(std::string_view name, std::string_view value) {
  std::size_t start = text_.size();
  text_ += name;
  std::size_t equals = text_.size();
  text_ += '=';
  text_ += value;
  parameters_.push_back(ToParameter(start, equals, text_.size()));
}

Query::Parameter Query::ToParameter(std::size_t name, std::size_t equals, std::size_t end) {
  return {static_cast<std::uint32_t>(name), static_cast<std::uint32_t>(equals),
          static_cast<std::uint32_t>(end)};
}

std::string_view Query::NameIn(std::string_view text, const Parameter& parameter) {
  return text.substr(parameter.name, parameter.equals - parameter.name);
}

std::string_view Query::ValueIn(std::string_view text, const Parameter& parameter) {
  std::size_t value = std::min(parameter.equals + 1, parameter.end);
  return text.substr(value, parameter.end - value);
}

std::optional<std::string_view> Query::Find(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (NameIn(text_, parameter) == name) return ValueIn(text_, parameter);
  }
  return std::nullopt;
}

}  // namespace api
