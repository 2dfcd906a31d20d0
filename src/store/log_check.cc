#include "store/log_check.h"

#include <fcntl.h>
#include <rocksdb/file_checksum.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "store/keys.h"

namespace store {
namespace {

using base::Code;
using base::Fail;

constexpr std::size_t kBlock = 32768;
constexpr std::size_t kHeader = 4 + 2 + 1;  // checksum, length, type
constexpr std::size_t kSector = 512;        // what a disk writes whole or not at all

enum Type : unsigned char { kZero = 0, kFull = 1, kFirst = 2, kMiddle = 3, kLast = 4 };

std::uint32_t ReadFixed(std::string_view bytes, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

std::uint32_t Crc32c(std::string_view bytes) {
  static const auto factory = rocksdb::GetFileChecksumGenCrc32cFactory();
  auto generator = factory->CreateFileChecksumGenerator({});
  generator->Update(bytes.data(), bytes.size());
  generator->Finalize();
  return static_cast<std::uint32_t>(keys::ReadBigEndian(generator->GetChecksum()));
}

// Logs hold checksums rotated and shifted, so that a log inside a log does not look right.
std::uint32_t Masked(std::uint32_t crc) { return ((crc >> 15) | (crc << 17)) + 0xa282ead8u; }

// The bytes from a record's beginning to the end of its block (or of the log).
struct Piece {
  std::string_view bytes;
  std::size_t Length() const { return ReadFixed(bytes.substr(4), 2); }
  unsigned char Kind() const { return static_cast<unsigned char>(bytes[6]); }
  bool IsRight(std::size_t length) const {
    if (bytes.size() < kHeader + length) return false;
    return Masked(Crc32c(bytes.substr(6, 1 + length))) == ReadFixed(bytes, 4);
  }
};

Piece PieceAt(std::string_view log, std::size_t at) {
  std::size_t block_end = (at / kBlock + 1) * kBlock;
  return {log.substr(at, std::min(block_end, log.size()) - at)};
}

bool IsZero(std::string_view bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](char c) { return c == 0; });
}

// Whether a write that never ended could have left this: some sector of it was not written.
bool LacksASector(std::string_view log, std::size_t from, std::size_t to) {
  while (from < to) {
    std::size_t end = std::min((from / kSector + 1) * kSector, to);
    if (IsZero(log.substr(from, end - from))) return true;
    from = end;
  }
  return false;
}

// Where the next record begins behind `at`, or npos.
std::size_t FindNext(std::string_view log, std::size_t at) {
  for (std::size_t i = at + 1; i + kHeader <= log.size(); ++i) {
    Piece piece = PieceAt(log, i);
    if (piece.bytes.size() < kHeader) continue;
    bool begins = piece.Kind() == kFull || piece.Kind() == kFirst;
    if (begins && piece.IsRight(piece.Length())) return i;
  }
  return std::string_view::npos;
}

// Whether what begins at `at` was begun again behind it: on a full disk RocksDB writes a part of a
// record and later, as it resumes, the same record once more behind that part. Nobody was told an
// OK for it, and the log is not used afterwards. No two records begin alike: they are numbered.
bool IsBegunAgain(std::string_view log, std::size_t at, std::size_t next) {
  constexpr std::size_t kUnlike = kHeader + 8;  // the header, the record's number
  if (log.find(log.substr(at, kUnlike), at + 1) != std::string_view::npos) return true;
  if (next == std::string_view::npos) return false;
  std::size_t size = std::min(next - at, kUnlike);
  return log.substr(at, size) == log.substr(next, size);
}

// What a record that is not right, at `at`, tells.
LogEnd Judge(std::string_view log, std::size_t at) {
  LogEnd damaged{LogEnd::Kind::kDamaged, at};
  LogEnd cut_short{LogEnd::Kind::kCutShort, at};
  if (IsZero(log.substr(at))) return cut_short;
  // Each record is synced before the next one begins.
  std::size_t next = FindNext(log, at);
  if (IsBegunAgain(log, at, next)) return cut_short;
  if (next != std::string_view::npos) return damaged;
  Piece piece = PieceAt(log, at);
  if (piece.bytes.size() < kHeader) return cut_short;
  for (unsigned bit = 0; bit < 16; ++bit) {
    if (piece.IsRight(piece.Length() ^ (1u << bit))) return damaged;
  }
  std::size_t end = at + kHeader + piece.Length();
  bool is_all_there = end <= at + piece.bytes.size();
  return is_all_there && !LacksASector(log, at, end) ? damaged : cut_short;
}

// Without CURRENT RocksDB makes a new, empty database.
base::Result<void> CheckThatItIsNew(rocksdb::FileSystem& files, const std::string& folder) {
  std::vector<std::string> names;
  files.GetChildren(folder, {}, &names, nullptr).PermitUncheckedError();  // not there: new
  for (const std::string& name : names) {
    if (name.ends_with(".sst") || name.ends_with(".log")) {
      return Fail(Code::kStorageFailed, folder + "/CURRENT: is missing, though there is " + name);
    }
  }
  return {};
}

}  // namespace

LogEnd CheckLog(std::string_view log) {
  bool is_inside = false;  // a record of several pieces
  std::size_t begin = 0;
  for (std::size_t at = 0; at < log.size();) {
    Piece piece = PieceAt(log, at);
    if (piece.bytes.size() < kHeader && at + piece.bytes.size() < log.size()) {
      at += piece.bytes.size();  // the rest of a block, too short for a record
      continue;
    }
    if (piece.bytes.size() < kHeader || !piece.IsRight(piece.Length())) {
      LogEnd end = Judge(log, at);
      if (end.kind == LogEnd::Kind::kCutShort && is_inside) end.position = begin;
      return end;
    }
    unsigned char kind = piece.Kind();
    bool continues = kind == kMiddle || kind == kLast;
    if (kind == kZero || kind > kLast || continues != is_inside) {
      return {LogEnd::Kind::kDamaged, at};
    }
    if (!continues) begin = at;
    is_inside = kind == kFirst || kind == kMiddle;
    at += kHeader + piece.Length();
  }
  if (is_inside) return {LogEnd::Kind::kCutShort, begin};
  return {LogEnd::Kind::kWhole, log.size()};
}

base::Result<std::vector<std::string>> FindLogs(rocksdb::FileSystem& files,
                                                const std::string& folder) {
  std::vector<std::string> names;
  rocksdb::IOStatus status = files.GetChildren(folder, {}, &names, nullptr);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + ": " + status.ToString());
  std::string current;
  status = rocksdb::ReadFileToString(&files, folder + "/CURRENT", &current);
  if (!status.ok()) return Fail(Code::kStorageFailed, folder + "/CURRENT: " + status.ToString());
  if (!current.starts_with("MANIFEST-") || !current.ends_with('\n')) {
    return Fail(Code::kStorageFailed, folder + "/CURRENT: damaged, it names no MANIFEST");
  }
  current.pop_back();
  if (std::find(names.begin(), names.end(), current) == names.end()) {
    return Fail(Code::kStorageFailed,
                folder + "/CURRENT: damaged, it names a MANIFEST that is not there");
  }
  std::erase_if(
      names, [&](const std::string& name) { return name != current && !name.ends_with(".log"); });
  std::sort(names.begin(), names.end());
  return names;
}

base::Result<std::vector<UnfinishedLog>> CheckLogs(rocksdb::FileSystem& files,
                                                   const std::string& folder) {
  std::vector<UnfinishedLog> unfinished;
  if (files.FileExists(folder + "/CURRENT", {}, nullptr).IsNotFound()) {
    auto is_new = CheckThatItIsNew(files, folder);
    if (!is_new) return tl::unexpected(is_new.error());
    return unfinished;
  }
  auto names = FindLogs(files, folder);
  if (!names) return tl::unexpected(names.error());
  for (const std::string& name : *names) {
    std::string path = folder + '/' + name;
    std::string contents;
    rocksdb::IOStatus status = rocksdb::ReadFileToString(&files, path, &contents);
    if (!status.ok()) return Fail(Code::kStorageFailed, path + ": " + status.ToString());
    LogEnd end = CheckLog(contents);
    if (end.kind == LogEnd::Kind::kDamaged) {
      return Fail(Code::kStorageFailed, path + ": damaged at byte " + std::to_string(end.position));
    }
    bool is_unfinished = end.kind == LogEnd::Kind::kCutShort && name.ends_with(".log");
    if (is_unfinished) unfinished.push_back({path, end.position});
  }
  return unfinished;
}

base::Result<void> DropUnfinished(const std::vector<UnfinishedLog>& logs) {
  for (const UnfinishedLog& log : logs) {  // RocksDB's file system of the machine cannot truncate
    int fd = ::open(log.path.c_str(), O_WRONLY | O_CLOEXEC);
    bool is_cut =
        fd >= 0 && ::ftruncate(fd, static_cast<off_t>(log.position)) == 0 && ::fsync(fd) == 0;
    int number = errno;
    if (fd >= 0) ::close(fd);
    if (!is_cut) return Fail(Code::kStorageFailed, log.path + ": " + std::strerror(number));
  }
  return {};
}

}  // namespace store
