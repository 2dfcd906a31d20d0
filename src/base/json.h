#pragma once

// Reading JSON: RFC 8259 within stated limits. The parser behind it stays in json.cc.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace base {

// A value inside a parsed document: a cheap copy that is valid as long as its JsonParser has not
// parsed again. A default-made one, as Find answers for a missing member, is kMissing.
class JsonValue {
 public:
  enum class Type {
    kMissing,
    kNull,
    kBool,
    kInteger,
    kBigInteger,
    kDouble,
    kString,
    kArray,
    kObject
  };

  JsonValue() = default;
  Type type() const;
  bool Is(Type wanted) const { return type() == wanted; }
  bool IsMissing() const { return handle_[0] == 0; }

  std::string_view String() const;             // type kString: the unescaped UTF-8
  std::int64_t Integer() const;                // type kInteger
  double Double() const;                       // type kDouble
  std::size_t ArraySize() const;               // type kArray
  JsonValue Find(std::string_view key) const;  // type kObject: the first member of that name

  std::string Text() const;  // any but kMissing: as JSON, without spaces

  // Calls `each` for the elements of an array, in order, until it returns false.
  void ForEach(const std::function<bool(JsonValue)>& each) const;

 private:
  friend class JsonParser;
  using Handle = std::array<std::uint64_t, 2>;  // the parser's own reference; missing: 0 first
  explicit JsonValue(Handle handle) : handle_(handle) {}

  Handle handle_{};
};

// Parses one document at a time and owns it. Not thread-safe; keep one per thread.
class JsonParser {
 public:
  static constexpr std::size_t kMaxDepth = 64;  // objects and arrays inside each other

  explicit JsonParser(std::size_t max_depth = kMaxDepth);
  ~JsonParser();
  JsonParser(const JsonParser&) = delete;
  JsonParser& operator=(const JsonParser&) = delete;

  // Nothing unless every byte of `text` is JSON: valid UTF-8, no lone surrogates, numbers that a
  // 64-bit integer or a double holds (an integer that only a double holds is a kDouble), at most
  // `max_depth` deep (docs/protocol/fields.md §1).
  std::optional<JsonValue> Parse(std::string_view text);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
  const std::size_t max_depth_;
};

}  // namespace base
