#include "base/json.h"

#include <simdjson.h>

#include <bit>

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

std::string_view JsonValue::String() const { return ToElement(handle_).get_string().value_unsafe(); }

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

void JsonValue::ForEach(const std::function<bool(JsonValue)>& each) const {
  simdjson::dom::array array = ToElement(handle_).get_array().value_unsafe();
  for (element item : array) {
    if (!each(JsonValue(std::bit_cast<Handle>(item)))) return;
  }
}

struct JsonParser::Impl {
  simdjson::dom::parser parser;
};

JsonParser::JsonParser() : impl_(std::make_unique<Impl>()) {
  // The parser counts the document itself as one level.
  CHECK(impl_->parser.allocate(4096, kMaxDepth + 1) == simdjson::SUCCESS);
}

JsonParser::~JsonParser() = default;

std::optional<JsonValue> JsonParser::Parse(std::string_view text) {
  element root;
  if (impl_->parser.parse(text.data(), text.size()).get(root) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  return JsonValue(std::bit_cast<JsonValue::Handle>(root));
}


bool IsUtf8(std::string_view text) { return simdjson::validate_utf8(text.data(), text.size()); }

}  // namespace base
