#include "store/verify.h"

#include <rocksdb/file_checksum.h>
#include <rocksdb/sst_file_reader.h>

#include <array>
#include <fstream>
#include <optional>

#include "base/bytes.h"
#include "store/codec.h"
#include "store/keys.h"
#include "store/log_check.h"
#include "store/read_only.h"
#include "store/rocksdb_log.h"
#include "store/rocksdb_open.h"
#include "store/update.h"

namespace store {
namespace {

using OnFile = std::function<void(const std::string&)>;

void CheckLogFiles(const std::string& folder, const OnFile& on_file, VerifyReport& report) {
  auto files = rocksdb::FileSystem::Default();
  auto names = FindLogs(*files, folder);
  if (!names) return report.faults.push_back(names.error().detail);
  for (const std::string& name : *names) {
    std::string path = folder + '/' + name;
    if (on_file) on_file(name);
    ++report.files;
    std::string contents;
    rocksdb::IOStatus status = rocksdb::ReadFileToString(files.get(), path, &contents);
    if (!status.ok()) {
      report.faults.push_back(path + ": " + status.ToString());
      continue;
    }
    LogEnd end = CheckLog(contents);
    std::string at = " at byte " + std::to_string(end.position);
    if (end.kind == LogEnd::Kind::kDamaged) report.faults.push_back(path + ": damaged" + at);
    if (end.kind == LogEnd::Kind::kCutShort) report.notes.push_back(path + ": cut short" + at);
  }
}

// The checksum of a whole file as RocksDB keeps it; nothing where it cannot be read.
std::optional<std::string> FileChecksum(const std::string& path) {
  auto generator = rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({});
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::vector<char> buffer(1 << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())), in.gcount() > 0) {
    generator->Update(buffer.data(), static_cast<std::size_t>(in.gcount()));
  }
  if (in.bad()) return std::nullopt;
  generator->Finalize();
  return generator->GetChecksum();
}

// The checksums of a table's blocks; an empty string: all is well.
std::string CheckBlocks(const std::string& path) {
  rocksdb::Options options;
  options.info_log = MakeRocksDbLog();
  rocksdb::SstFileReader reader(options);
  rocksdb::Status status = reader.Open(path);
  if (status.ok()) status = reader.VerifyChecksum();
  return status.ok() ? std::string() : status.ToString();
}

// Where the database cannot be opened: every table there is.
void CheckTablesAlone(const std::string& folder, const OnFile& on_file, VerifyReport& report) {
  std::vector<std::string> names;
  rocksdb::FileSystem::Default()->GetChildren(folder, {}, &names, nullptr).PermitUncheckedError();
  for (const std::string& name : names) {
    if (!name.ends_with(".sst")) continue;
    if (on_file) on_file(name);
    ++report.files;
    std::string what = CheckBlocks(folder + '/' + name);
    if (!what.empty()) report.faults.push_back(folder + '/' + name + ": " + what);
  }
}

void CheckTables(const ReadOnlyDatabase& database, const std::string& folder, const OnFile& on_file,
                 VerifyReport& report) {
  std::vector<rocksdb::LiveFileMetaData> tables;
  database.db->GetLiveFilesMetaData(&tables);
  for (const rocksdb::LiveFileMetaData& table : tables) {
    std::string name = table.relative_filename;
    std::string path = folder + '/' + name;
    if (on_file) on_file(name);
    ++report.files;
    // Versions before this checksum was kept wrote tables with those of their blocks alone.
    if (table.file_checksum_func_name == rocksdb::kUnknownFileChecksumFuncName) {
      std::string what = CheckBlocks(path);
      if (!what.empty()) report.faults.push_back(path + ": " + what);
      continue;
    }
    if (FileChecksum(path) != table.file_checksum) {
      report.faults.push_back(path + ": damaged, its checksum is another");
    }
  }
}

std::string NameOf(const char* family, AppId app, std::string_view account) {
  return std::string(family) + ": app " + std::to_string(app) + ", " + base::Quoted(account);
}

// The app, and the account behind its length, of a key that begins with both.
struct Owner {
  AppId app = 0;
  std::optional<AccountId> account;
  std::string_view rest;
};

Owner TakeOwner(std::string_view key) {
  Owner owner;
  if (key.size() < 9) return owner;
  owner.app = keys::ReadBigEndian(key.substr(0, 8));
  auto size = static_cast<unsigned char>(key[8]);
  if (key.size() < 9u + size) return owner;
  owner.account = AccountId::Parse(key.substr(9, size), AccountId::Alphabet::kUtf8);
  owner.rest = key.substr(9u + size);
  return owner;
}

class Contents {
 public:
  Contents(const ReadOnlyDatabase& database, VerifyReport& report)
      : database_(database), report_(report) {}

  void Check() {
    CheckMeta();
    ForEach(keys::kAccountsFamily, [this](auto key, auto value) { CheckAccount(key, value); });
    ForEach(keys::kSessionsFamily, [this](auto key, auto value) { CheckSession(key, value); });
    ForEach(keys::kChangesFamily, [this](auto key, auto value) { CheckChange(key, value); });
    ForEach(keys::kNoticesFamily, [this](auto key, auto value) { CheckNotice(key, value); });
  }

 private:
  template <class Each>
  void ForEach(const char* family, Each each) {
    auto* handle = database_.Find(family);
    if (handle == nullptr) return;
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    std::unique_ptr<rocksdb::Iterator> it(database_.db->NewIterator(options, handle));
    for (it->SeekToFirst(); it->Valid(); it->Next()) each(ToView(it->key()), ToView(it->value()));
    if (!it->status().ok()) Say(family, "not all of it can be read: " + it->status().ToString());
  }

  std::optional<std::string> Get(const char* family, const std::string& key) {
    std::string value;
    auto* handle = database_.Find(family);
    if (handle == nullptr || !database_.db->Get({}, handle, key, &value).ok()) return std::nullopt;
    return value;
  }

  void Say(const std::string& where, const std::string& what) {
    report_.faults.push_back(where + ": " + what);
  }

  void CheckMeta() {
    ForEach("default", [this](std::string_view key, std::string_view value) {
      if (key == keys::kNextTinyId) {
        auto next = base::TakeFixed<TinyId>(value);
        if (!next) return Say("default", "next_tiny_id is broken");
        next_tiny_id_ = *next;
      } else if (key.starts_with("fields") && !DecodeFields(value)) {
        Say("default", "the custom fields of an app are broken");
      } else if (key.starts_with("cursor") && value.size() != 8) {
        Say("default", "a reader's cursor is broken");
      }
    });
  }

  void CheckAccount(std::string_view key, std::string_view value) {
    ++report_.accounts;
    AppId app = keys::ReadBigEndian(key.substr(0, 8));
    std::string name = NameOf("accounts", app, key.substr(std::min<std::size_t>(8, key.size())));
    auto record = profile::Record::Decode(std::string(value));
    if (!record) return Say(name, record.error().detail);
    TinyId tiny_id = record->header().tiny_id;
    if (tiny_id >= next_tiny_id_) Say(name, "its tiny_id has not been given out");
  }

  void CheckSession(std::string_view key, std::string_view value) {
    if (key.starts_with('s') && key.size() == 1 + 8 + sizeof(SessionId)) {
      ++report_.sessions;
      AppId app = keys::AppOf(key);
      SessionId id = keys::SessionIdOf(key);
      std::string name = "sessions: app " + std::to_string(app) + ", a session";
      auto session = DecodeSession(id, value);
      if (!session) return Say(name, "broken; it ends when its account next signs in");
      if (!Get(keys::kSessionsFamily, keys::AccountSession(app, session->account, id))) {
        Say(NameOf("sessions", app, session->account.View()), "a session is not in the list");
      }
      return;
    }
    Owner owner = TakeOwner(key.substr(1));
    if (!owner.account) return Say("sessions", "a key is broken");
    std::string name = NameOf("sessions", owner.app, owner.account->View());
    if (key.starts_with('i')) {
      ++report_.instances;
      if (!DecodeInstance(owner.rest, value)) Say(name, "an instance is broken");
    } else if (!key.starts_with('a') || owner.rest.size() != sizeof(SessionId)) {
      Say(name, "a key is broken");
    }
  }

  void CheckChange(std::string_view key, std::string_view value) {
    ++report_.changes;
    constexpr std::size_t kStreamBytes = 8 + 4;
    if (key.size() != kStreamBytes + 8) return Say("changes", "a key is broken");
    AppId app = keys::ChangeAppOf(key);
    std::uint64_t position = keys::PositionOf(key);
    std::string name =
        "changes: app " + std::to_string(app) + ", position " + std::to_string(position);
    std::string stream(key.substr(0, kStreamBytes));
    if (stream == last_stream_ && position != last_position_ + 1) {
      Say(name, "the one before it is missing");
    }
    last_stream_ = std::move(stream);
    last_position_ = position;
    if (!DecodeChange(value)) Say(name, "broken");
  }

  void CheckNotice(std::string_view key, std::string_view value) {
    Owner owner = TakeOwner(key);
    if (!owner.account || owner.rest.size() != 8 || value.size() != 4 + 8) {
      return Say("notices", "an entry is broken");
    }
    std::uint64_t seq = keys::ReadBigEndian(owner.rest);
    auto bytes = Get(keys::kChangesFamily, keys::ChangeAt(owner.app, value));
    auto change = bytes ? DecodeChange(*bytes) : std::nullopt;
    if (!change || change->account != *owner.account || change->notice_seq != seq) {
      Say(NameOf("notices", owner.app, owner.account->View()) + ", " + std::to_string(seq),
          "its change is missing");
    }
  }

  const ReadOnlyDatabase& database_;
  VerifyReport& report_;
  TinyId next_tiny_id_ = kFirstTinyId;
  std::string last_stream_;
  std::uint64_t last_position_ = 0;
};

}  // namespace

base::Result<VerifyReport> VerifyStore(const std::string& folder, const OnFile& on_file) {
  auto lock = FolderLock::Take(folder);
  if (!lock) return tl::unexpected(lock.error());
  VerifyReport report;
  CheckLogFiles(folder, on_file, report);
  auto database = OpenReadOnly(folder);
  if (!database) {
    bool are_logs_right = report.faults.empty();
    CheckTablesAlone(folder, on_file, report);
    if (are_logs_right && report.faults.empty() && !report.notes.empty()) {
      // What a full disk left may keep RocksDB from opening it; a server that starts drops it.
      return base::Fail(base::Code::kStorageFailed,
                        report.notes.front() + "; start the server once, then verify");
    }
    report.faults.push_back(database.error().detail);
    return report;
  }
  CheckTables(*database, folder, on_file, report);
  if (auto checked = CheckKnownFormat(*database->db, folder); !checked) {
    // Unless it is damaged it is one this program does not know, and cannot check.
    if (report.faults.empty()) return tl::unexpected(checked.error());
    report.faults.push_back(checked.error().detail);
    return report;
  }
  Contents(*database, report).Check();
  return report;
}

}  // namespace store
