#pragma once

// An account's record: everything stored about it, and its encoding.
//
// Encoding, format 1 (docs/storage-format.md):
//   byte     1                      the format
//   sections type(1) length(varint) payload, in any order:
//     1      tiny_id u64, kick_time_s i64, standard_seq u32, custom_seq u32, notice_seq u64, flags
//     u8
//            (bit 0: deleted); little-endian; bytes after these belong to a later version
//     2      key length(1) key fragment: one set field; the fragment is JSON text (profile/value.h)
//     other  of a later version
//   u32      CRC-32 of all before it
// What belongs to a later version is carried through unchanged by every change.

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/errors.h"
#include "profile/account_id.h"

namespace profile {

struct RecordHeader {
  TinyId tiny_id = 0;
  std::int64_t kick_time_s = 0;  // UserSigs issued up to this second do not log in; 0: never kicked
  std::uint32_t standard_seq = 0;  // +1 for every set that changed a standard tag
  std::uint32_t custom_seq = 0;    // the same for custom tags
  std::uint64_t notice_seq = 0;    // +1 for every entry in the change log
  bool deleted = false;            // a tombstone: no fields, no login with older UserSigs
};

// A record to write. Fields by their record key (profile/fields.h), values as JSON fragments.
struct RecordDraft {
  RecordHeader header;
  std::map<std::string, std::string, std::less<>> fields;
  std::string header_tail;     // carried through
  std::string later_sections;  // carried through

  std::string Encode() const;
};

// A record as read: immutable, cheap to look into. Thread-safe.
class Record {
 public:
  // Fails with kStorageFailed where the bytes are not a whole record of a known format.
  static base::Result<Record> Decode(std::string bytes);

  const RecordHeader& header() const { return header_; }
  bool Exists() const { return !header_.deleted; }

  // The fragment of a set field. Points into this record.
  std::optional<std::string_view> Find(std::string_view record_key) const;

  // What it takes in memory, as the one thing a shared_ptr points to.
  std::size_t MemoryBytes() const;

  // A draft that, written unchanged, is this record.
  RecordDraft Edit() const;

 private:
  friend class FieldSelection;

  std::string bytes_;
  RecordHeader header_;
};

// Some fields, to be looked up in many records with one walk over each.
class FieldSelection {
 public:
  FieldSelection() { short_.fill(kNone); }

  // Answers the field's place; the same for the same key. At most 254 different ones.
  std::size_t Add(std::string_view record_key);

  // How many places there are.
  std::size_t size() const { return size_; }

  // Puts the fragment of each field into its place, empty where it is not set. They point into the
  // record. `fragments` is as long as size().
  void Find(const Record& record, std::vector<std::string_view>& fragments) const;

 private:
  static constexpr std::uint8_t kNone = 255;

  std::size_t PlaceOf(std::string_view record_key) const;

  std::array<std::uint8_t, 256> short_;  // the places of keys of one byte
  std::vector<std::pair<std::string, std::size_t>> long_;
  std::size_t size_ = 0;
};

}  // namespace profile
