#pragma once

// The part of a URL after the '?'.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace api {

class Query {
 public:
  // `%XX` and '+' (a space) are decoded; names and values are case-sensitive. Nothing where a '%'
  // is not followed by two hexadecimal digits, a value is not UTF-8, or there are more than 64
  // parameters.
  static std::optional<Query> Parse(std::string_view text);

  // One more parameter, as it is.
  void Add(std::string_view name, std::string_view value);

  // The first parameter of that name. Valid until this is changed or moved.
  std::optional<std::string_view> Find(std::string_view name) const;

 private:
  // Places in a text: the name, one byte between, the value. No value: both end in one place.
  struct Parameter {
    std::uint32_t name;
    std::uint32_t equals;
    std::uint32_t end;
  };

  static Parameter ToParameter(std::size_t name, std::size_t equals, std::size_t end);
  static std::string_view NameIn(std::string_view text, const Parameter& parameter);
  static std::string_view ValueIn(std::string_view text, const Parameter& parameter);
  bool AddDecoded(std::string_view name, std::string_view value);
  bool IsUtf8() const;

  std::string text_;
  std::vector<Parameter> parameters_;
};

}  // namespace api
