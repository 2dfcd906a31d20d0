#pragma once

// The building blocks of what is stored: little-endian integers and length-prefixed bytes. The Take
// functions cut what they read off the front of `in`, and answer nothing (leaving `in` anywhere)
// where it is too short.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace base {

template <class T>
requires std::is_integral_v<T>
void AppendFixed(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

template <class T>
requires std::is_integral_v<T> std::optional<T> TakeFixed(std::string_view& in) {
  if (in.size() < sizeof(T)) return std::nullopt;
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(in[i])) << (8 * i);
  }
  in.remove_prefix(sizeof(T));
  return static_cast<T>(value);
}

// LEB128.
inline void AppendVarint(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(0x80 | (value & 0x7f));
    value >>= 7;
  }
  out += static_cast<char>(value);
}

inline std::optional<std::uint64_t> TakeVarint(std::string_view& in) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    if (in.empty()) return std::nullopt;
    auto byte = static_cast<unsigned char>(in.front());
    in.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  return std::nullopt;
}

inline void AppendBytes(std::string& out, std::string_view bytes) {
  AppendVarint(out, bytes.size());
  out += bytes;
}

inline std::optional<std::string_view> TakeBytes(std::string_view& in) {
  auto size = TakeVarint(in);
  if (!size || *size > in.size()) return std::nullopt;
  std::string_view bytes = in.substr(0, *size);
  in.remove_prefix(*size);
  return bytes;
}

}  // namespace base
