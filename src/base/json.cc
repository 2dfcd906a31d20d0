#include "base/json.h"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <charconv>

#include "base/check.h"
#include "base/utf8.h"

namespace base {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

static_assert(sizeof(element) == 16 && std::is_trivially_copyable_v<element>);

template <class Handle>
element ToElement(Handle handle) {
  return std::bit_cast<element>(handle);
}

// Whether valid JSON nests deeper than `max_depth`. The parser does not count empty arrays and
// objects.
bool IsDeeperThan(std::string_view json, std::size_t max_depth) {
  auto openers =
      std::count_if(json.begin(), json.end(), [](char c) { return c == '[' || c == '{'; });
  if (static_cast<std::size_t>(openers) <= max_depth) return false;
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size(); ++i) {
    char c = json[i];
    if (c == '"') {
      in_string = !in_string;
    } else if (in_string) {
      if (c == '\\') ++i;
    } else if (c == '[' || c == '{') {
      if (++depth > max_depth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

// Whether a number is an integer that no 64 bits hold.
bool IsWideInteger(std::string_view number) {
  std::int64_t negative = 0;
  std::uint64_t positive = 0;
  const char* end = number.data() + number.size();
  auto read = number.starts_with('-') ? std::from_chars(number.data(), end, negative)
                                      : std::from_chars(number.data(), end, positive);
  return read.ec == std::errc::result_out_of_range && read.ptr == end;
}

// The parser refuses such integers, but takes a double that is written as one. JavaScript writes
// numbers up to 1e21 as integers.
std::string WithWideIntegersAsDoubles(std::string_view json) {
  constexpr std::string_view kOfNumbers = "+-.0123456789Ee";
  std::string out;
  bool in_string = false;
  for (std::size_t i = 0; i < json.size();) {
    std::size_t end = std::min(json.find_first_not_of(kOfNumbers, i), json.size());
    std::string_view token = json.substr(i, std::max(end - i, std::size_t{1}));
    if (in_string && token == "\\") token = json.substr(i, 2);
    if (token == "\"") in_string = !in_string;
    out += token;
    if (!in_string && IsWideInteger(token)) out += ".0";
    i += token.size();
  }
  return out;
}

}  // namespace

JsonValue::Type JsonValue::type() const {
  if (IsMissing()) return Type::kMissing;
  switch (ToElement(handle_).type()) {
    case element_type::ARRAY: return Type::kArray;
    case element_type::OBJECT: return Type::kObject;
    case element_type::INT64: return Type::kInteger;
    case element_type::UINT64: return Type::kBigInteger;  // above the range of int64
    case element_type::DOUBLE: return Type::kDouble;
    case element_type::STRING: return Type::kString;
    case element_type::BOOL: return Type::kBool;
    case element_type::NULL_VALUE: return Type::kNull;
  }
  CHECK(false);
}

std::string_view JsonValue::String() const {
  return ToElement(handle_).get_string().value_unsafe();
}

std::int64_t JsonValue::Integer() const { return ToElement(handle_).get_int64().value_unsafe(); }

double JsonValue::Double() const { return ToElement(handle_).get_double().value_unsafe(); }

std::size_t JsonValue::ArraySize() const {
  simdjson::dom::array array = ToElement(handle_).get_array().value_unsafe();
  return array.size();
}

JsonValue JsonValue::Find(std::string_view key) const {
  element found;
  if (ToElement(handle_).at_key(key).get(found) != simdjson::SUCCESS) return JsonValue();
  return JsonValue(std::bit_cast<Handle>(found));
}

std::string JsonValue::Text() const { return simdjson::minify(ToElement(handle_)); }

void JsonValue::ForEach(const std::function<bool(JsonValue)>& each) const {
  simdjson::dom::array array = ToElement(handle_).get_array().value_unsafe();
  for (element item : array) {
    if (!each(JsonValue(std::bit_cast<Handle>(item)))) return;
  }
}

struct JsonParser::Impl {
  simdjson::dom::parser parser;
};

JsonParser::JsonParser(std::size_t max_depth)
    : impl_(std::make_unique<Impl>()), max_depth_(max_depth) {
  // The parser counts the document itself as one level.
  CHECK(impl_->parser.allocate(4096, max_depth + 1) == simdjson::SUCCESS);
}

JsonParser::~JsonParser() = default;

std::optional<JsonValue> JsonParser::Parse(std::string_view text) {
  element root;
  auto error = impl_->parser.parse(text.data(), text.size()).get(root);
  if (error == simdjson::NUMBER_ERROR) {
    std::string other = WithWideIntegersAsDoubles(text);
    error = impl_->parser.parse(other.data(), other.size()).get(root);
  }
  if (error != simdjson::SUCCESS || IsDeeperThan(text, max_depth_)) return std::nullopt;
  return JsonValue(std::bit_cast<JsonValue::Handle>(root));
}

bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace base
