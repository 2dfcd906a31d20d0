#include "profile/record.h"

#include <zlib.h>

#include <algorithm>

#include "base/bytes.h"

namespace profile {
namespace {

constexpr char kFormat = 1;
constexpr char kHeaderSection = 1;
constexpr char kFieldSection = 2;
constexpr std::size_t kHeaderBytes = 8 + 8 + 4 + 4 + 8 + 1;
constexpr std::size_t kChecksumBytes = 4;

void AppendSection(std::string& out, char type, std::string_view payload) {
  out += type;
  base::AppendBytes(out, payload);
}

struct Section {
  char type = 0;
  std::string_view payload;
  std::string_view whole;  // type and length included
};

// The next section of `in`, or nothing where `in` is not one.
std::optional<Section> TakeSection(std::string_view& in) {
  std::string_view start = in;
  Section section;
  section.type = in.front();
  in.remove_prefix(1);
  auto payload = base::TakeBytes(in);
  if (!payload) return std::nullopt;
  section.payload = *payload;
  section.whole = start.substr(0, start.size() - in.size());
  return section;
}

// `in` holds at least kHeaderBytes.
RecordHeader TakeHeader(std::string_view in) {
  RecordHeader header;
  header.tiny_id = *base::TakeFixed<std::uint64_t>(in);
  header.kick_time_s = *base::TakeFixed<std::int64_t>(in);
  header.standard_seq = *base::TakeFixed<std::uint32_t>(in);
  header.custom_seq = *base::TakeFixed<std::uint32_t>(in);
  header.notice_seq = *base::TakeFixed<std::uint64_t>(in);
  header.deleted = (*base::TakeFixed<std::uint8_t>(in) & 1) != 0;
  return header;
}

std::uint32_t Checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// The sections of a whole record's bytes.
std::string_view Sections(std::string_view bytes) {
  return bytes.substr(1, bytes.size() - 1 - kChecksumBytes);
}

bool IsField(const Section& section) {
  return section.type == kFieldSection && !section.payload.empty() &&
         static_cast<unsigned char>(section.payload[0]) < section.payload.size();
}

std::string_view FieldKey(const Section& section) {
  return section.payload.substr(1, static_cast<unsigned char>(section.payload[0]));
}

std::string_view FieldFragment(const Section& section) {
  return section.payload.substr(1 + static_cast<unsigned char>(section.payload[0]));
}

}  // namespace

std::string RecordDraft::Encode() const {
  std::string out(1, kFormat);
  std::string payload;
  base::AppendFixed(payload, header.tiny_id);
  base::AppendFixed(payload, header.kick_time_s);
  base::AppendFixed(payload, header.standard_seq);
  base::AppendFixed(payload, header.custom_seq);
  base::AppendFixed(payload, header.notice_seq);
  base::AppendFixed(payload, static_cast<std::uint8_t>(header.deleted ? 1 : 0));
  payload += header_tail;
  AppendSection(out, kHeaderSection, payload);
  for (const auto& [key, fragment] : fields) {
    payload.assign(1, static_cast<char>(key.size()));
    payload += key;
    payload += fragment;
    AppendSection(out, kFieldSection, payload);
  }
  out += later_sections;
  base::AppendFixed(out, Checksum(out));
  return out;
}

base::Result<Record> Record::Decode(std::string bytes) {
  auto broken = [](const char* why) {
    return base::Fail(base::Code::kStorageFailed, std::string("a stored record is broken: ") + why);
  };
  if (bytes.size() < 1 + kChecksumBytes) return broken("too short");
  if (bytes[0] != kFormat) return broken("unknown format");
  std::string_view covered(bytes.data(), bytes.size() - kChecksumBytes);
  std::string_view checksum(bytes.data() + covered.size(), kChecksumBytes);
  if (base::TakeFixed<std::uint32_t>(checksum) != Checksum(covered))
    return broken("checksum differs");

  Record record;
  bool has_header = false;
  std::string_view in = Sections(bytes);
  while (!in.empty()) {
    auto section = TakeSection(in);
    if (!section) return broken("cut section");
    if (section->type == kHeaderSection) {
      if (section->payload.size() < kHeaderBytes) return broken("short header");
      record.header_ = TakeHeader(section->payload);
      has_header = true;
    } else if (section->type == kFieldSection && !IsField(*section)) {
      return broken("cut field");
    }
  }
  if (!has_header) return broken("no header");
  record.bytes_ = std::move(bytes);
  return record;
}

std::optional<std::string_view> Record::Find(std::string_view record_key) const {
  std::string_view in = Sections(bytes_);
  while (!in.empty()) {
    auto section = TakeSection(in);
    if (section->type == kFieldSection && FieldKey(*section) == record_key) {
      return FieldFragment(*section);
    }
  }
  return std::nullopt;
}

std::size_t Record::MemoryBytes() const {
  constexpr std::size_t kCounts = 16;     // of the shared_ptr
  constexpr std::size_t kAllocator = 16;  // of each of the two pieces
  return sizeof(Record) + kCounts + kAllocator + bytes_.capacity() + 1 + kAllocator;
}

std::size_t FieldSelection::PlaceOf(std::string_view record_key) const {
  if (record_key.size() == 1) return short_[static_cast<unsigned char>(record_key[0])];
  for (const auto& [key, place] : long_) {
    if (key == record_key) return place;
  }
  return kNone;
}

std::size_t FieldSelection::Add(std::string_view record_key) {
  std::size_t place = PlaceOf(record_key);
  if (place != kNone) return place;
  if (record_key.size() == 1) {
    short_[static_cast<unsigned char>(record_key[0])] = static_cast<std::uint8_t>(size_);
  } else {
    long_.emplace_back(record_key, size_);
  }
  return size_++;
}

// The sections are whole: Decode has seen to it.
void FieldSelection::Find(const Record& record, std::vector<std::string_view>& fragments) const {
  std::fill(fragments.begin(), fragments.end(), std::string_view());
  const char* at = record.bytes_.data() + 1;
  const char* end = record.bytes_.data() + record.bytes_.size() - kChecksumBytes;
  while (at < end) {
    char type = *at++;
    std::size_t size = 0;
    for (unsigned shift = 0;; shift += 7) {
      auto byte = static_cast<unsigned char>(*at++);
      size |= static_cast<std::size_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (type == kFieldSection) {
      auto key_size = static_cast<unsigned char>(*at);
      std::size_t place = PlaceOf({at + 1, key_size});
      if (place != kNone) fragments[place] = {at + 1 + key_size, size - 1 - key_size};
    }
    at += size;
  }
}

RecordDraft Record::Edit() const {
  RecordDraft draft;
  draft.header = header_;
  std::string_view in = Sections(bytes_);
  while (!in.empty()) {
    auto section = TakeSection(in);
    if (section->type == kHeaderSection) {
      draft.header_tail = section->payload.substr(kHeaderBytes);
    } else if (section->type == kFieldSection) {
      draft.fields.emplace(FieldKey(*section), FieldFragment(*section));
    } else {
      draft.later_sections += section->whole;
    }
  }
  return draft;
}

}  // namespace profile
