#include "net/plain_head.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace net {
namespace {

constexpr std::size_t kUsualFields = 16;
constexpr std::size_t kMaxLengthDigits = 18;

constexpr std::array<bool, 256> kToken = [] {
  std::array<bool, 256> table{};
  for (unsigned c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned c = 'a'; c <= 'z'; ++c) table[c] = table[c - 'a' + 'A'] = true;
  for (char c : {'-', '_'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

// Whether all bytes are from `first` to '~'. Without branches, so that it is done many at a time.
bool IsPrintable(std::string_view text, unsigned char first) {
  auto span = static_cast<unsigned char>('~' - first);
  unsigned char strange = 0;
  for (char c : text) {
    auto above = static_cast<unsigned char>(static_cast<unsigned char>(c) - first);
    strange |= static_cast<unsigned char>(above > span);
  }
  return strange == 0;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return kToken[static_cast<unsigned char>(c)]; });
}

// What a field says about the message as a whole.
enum class Meaning { kNone, kHost, kLength, kOther };

Meaning MeaningOf(std::string_view name) {
  constexpr std::pair<std::string_view, Meaning> kNames[] = {
      {"Host", Meaning::kHost},        {"Content-Length", Meaning::kLength},
      {"Connection", Meaning::kOther}, {"Transfer-Encoding", Meaning::kOther},
      {"Expect", Meaning::kOther},     {"Upgrade", Meaning::kOther},
      {"Keep-Alive", Meaning::kOther}, {"Proxy-Connection", Meaning::kOther},
      {"Trailer", Meaning::kOther},    {"TE", Meaning::kOther},
  };
  for (const auto& [known, meaning] : kNames) {
    if (known.size() == name.size() && EqualsIgnoringCase(known, name)) return meaning;
  }
  return Meaning::kNone;
}

bool ReadRequestLine(std::string_view line, Request& request) {
  constexpr std::string_view kVersion = " HTTP/1.1";
  std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !line.ends_with(kVersion)) return false;
  std::string_view method = line.substr(0, space);
  if (method != "POST" && method != "GET") return false;
  if (line.size() < space + 1 + kVersion.size()) return false;
  std::string_view target = line.substr(space + 1, line.size() - space - 1 - kVersion.size());
  if (target.empty() || target[0] != '/' || !IsPrintable(target, '!')) return false;
  request.method = method;
  request.target = target;
  return true;
}

// Takes the next line off `text`, without its end; nothing where it does not end with CRLF.
std::optional<std::string_view> TakeLine(std::string_view& text) {
  std::size_t end = text.find('\r');
  if (end == std::string_view::npos || end + 1 == text.size() || text[end + 1] != '\n') {
    return std::nullopt;
  }
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

// The name and the value of a field; nothing where it is not plain.
std::optional<std::pair<std::string_view, std::string_view>> ReadField(std::string_view line) {
  std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return std::nullopt;
  std::string_view value = line.substr(colon + 1);
  if (!IsPrintable(value, ' ')) return std::nullopt;
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  while (value.ends_with(' ')) value.remove_suffix(1);
  return std::pair(line.substr(0, colon), value);
}

struct Seen {
  int hosts = 0;
  std::optional<std::uint64_t> length;
};

// False: there is more to it than this can tell.
bool Note(std::string_view name, std::string_view value, Seen& seen) {
  switch (MeaningOf(name)) {
    case Meaning::kNone: return true;
    case Meaning::kHost: return ++seen.hosts == 1;
    case Meaning::kLength: {
      std::uint64_t length = 0;
      const char* end = value.data() + value.size();
      auto [stop, error] = std::from_chars(value.data(), end, length);
      bool is_number = error == std::errc() && stop == end && value.size() <= kMaxLengthDigits;
      if (!is_number || seen.length) return false;
      seen.length = length;
      return true;
    }
    case Meaning::kOther: return false;
  }
  return false;
}

std::optional<Seen> ReadFields(std::string_view text, Request& request, std::size_t max_fields) {
  Seen seen;
  request.fields.reserve(kUsualFields);
  while (text != "\r\n") {
    auto line = TakeLine(text);
    auto field = line ? ReadField(*line) : std::nullopt;
    if (!field || request.fields.size() == max_fields) return std::nullopt;
    if (!Note(field->first, field->second, seen)) return std::nullopt;
    request.fields.push_back(*field);
  }
  if (seen.hosts != 1) return std::nullopt;
  return seen;
}

}  // namespace

std::optional<std::uint64_t> ReadPlainHead(Request& request, std::size_t max_fields) {
  std::string_view text = request.head;
  auto line = TakeLine(text);
  std::optional<Seen> seen;
  if (line && ReadRequestLine(*line, request)) seen = ReadFields(text, request, max_fields);
  if (seen) return seen->length.value_or(0);
  request.method = request.target = {};
  request.fields.clear();
  return std::nullopt;
}

}  // namespace net
