#pragma once

// The part of a URL after the '?'.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace api {

class Query {
 public:
  // `%XX` and '+' (a space) are decoded; names and values are case-sensitive. Nothing where a '%'
  // is not followed by two hexadecimal digits, a value is not UTF-8, or there are more than 64
  // parameters.
  static std::optional<Query> Parse(std::string_view text);

  // One more parameter, as it is.
  void Add(std::string name, std::string value);

  // The first parameter of that name.
  std::optional<std::string_view> Find(std::string_view name) const;

 private:
  std::vector<std::pair<std::string, std::string>> parameters_;
};

}  // namespace api
