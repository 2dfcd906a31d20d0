#include "store/rocksdb_store.h"

#include "base/bytes.h"
#include "store/apply.h"
#include "store/caches.h"
#include "store/codec.h"
#include "store/committer.h"
#include "store/keys.h"
#include "store/no_wait.h"
#include "store/sweep.h"
#include "store/update.h"
#include "store/worker.h"

namespace store {
namespace {

using base::Code;
using base::Error;
using base::Fail;

constexpr std::size_t kMaxWaitingReads = 65536;

// Whether a read was kept from the disk that it needs.
bool NeedsDisk(const rocksdb::Status& status) { return NoWait::IsOn() && status.IsBusy(); }

class RocksDbStore final : public Store {
 public:
  RocksDbStore(Database database, const RocksDbOptions& options)
      : fills_block_cache_(options.record_cache_bytes == 0),
        database_(std::move(database)),
        caches_(options.record_cache_bytes),
        committer_(database_),
        readers_(options.read_threads, kMaxWaitingReads) {}

  void ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Records> done) override;
  std::optional<RecordPtr> PeekAccount(AppId app, const AccountId& account) override {
    return caches_.records.Find({app, account});
  }
  std::optional<Session> PeekSession(AppId app, const SessionId& id) override {
    return caches_.sessions.Find({app, id});
  }
  void UpdateAccount(AppId app, AccountId account, Decide decide, Callback<Updated> done) override;
  void FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) override;
  void FindInstance(AppId app, AccountId account, std::string id,
                    Callback<std::optional<Instance>> done) override;
  void RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                    Callback<bool> done) override;
  void Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
             Callback<Swept> done) override;
  void ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                   Callback<std::vector<LoggedChange>> done) override;
  void ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                   Callback<std::vector<Change>> done) override;
  void ReadFields(AppId app, Callback<Fields> done) override;
  void UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) override;
  void ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) override;
  void WriteCursor(AppId app, std::string reader, std::uint64_t position,
                   Callback<bool> done) override;
  void MakeBackup(std::string folder, Callback<bool> done) override;
  void Watch(std::function<void(const Event&)> on_event) override {
    on_event_ = std::move(on_event);
  }
  std::string WriteTrouble() const override { return database_.health->Trouble(); }

 private:
  // Runs `read` at once against what is in memory; where that is not all, again on a reader thread.
  // `read` answers nothing when it needs the disk.
  template <class T>
  void Read(std::function<std::optional<base::Result<T>>()> read, Callback<T> done);

  // Submits a write whose result is computed while it joins the group.
  template <class T>
  void Write(std::function<base::Result<T>(CommitGroup&)> write, Callback<T> done);

  std::optional<base::Result<Records>> ReadRecords(AppId app,
                                                   const std::vector<AccountId>& accounts);

  std::optional<base::Result<std::vector<Change>>> FindNotices(AppId app, const AccountId& account,
                                                               std::uint64_t after,
                                                               std::size_t limit);

  // Whether who reads a record keeps its block as well: not where the record is kept on its own. A
  // large cache that fills costs more than the kernel's, which is there.
  const bool fills_block_cache_;
  std::function<void(const Event&)> on_event_;
  // In the order in which they need each other to end: readers submit to the committer.
  Database database_;
  Caches caches_;
  Committer committer_;
  WorkerPool readers_;
};

template <class T>
void RocksDbStore::Read(std::function<std::optional<base::Result<T>>()> read, Callback<T> done) {
  auto at_once = [&] {
    NoWait no_wait;
    return read();
  };
  if (auto result = at_once()) return done(*std::move(result));
  bool accepted = readers_.Submit([read = std::move(read), done] { done(*read()); });
  if (!accepted) done(Fail(Code::kStorageFailed, "too many reads wait"));
}

template <class T>
void RocksDbStore::Write(std::function<base::Result<T>(CommitGroup&)> write, Callback<T> done) {
  auto work = [write = std::move(write), done](CommitGroup& group) -> Committer::Finish {
    auto result = write(group);
    return [done, result = std::move(result)](const Error* failed) mutable {
      if (failed != nullptr && result) return done(tl::unexpected(*failed));
      done(std::move(result));
    };
  };
  committer_.Submit(std::move(work),
                    [done](const Error* failed) { done(tl::unexpected(*failed)); });
}

std::optional<base::Result<Store::Records>> RocksDbStore::ReadRecords(
    AppId app, const std::vector<AccountId>& accounts) {
  Records records(accounts.size());
  std::vector<std::size_t> places;  // of those that are not in the cache
  std::vector<std::uint64_t> versions;
  std::vector<std::string> keys;
  for (std::size_t i = 0; i < accounts.size(); ++i) {
    versions.push_back(caches_.records.Version({app, accounts[i]}));
    if (auto cached = caches_.records.Find({app, accounts[i]})) {
      records[i] = *std::move(cached);
      continue;
    }
    places.push_back(i);
    keys.push_back(keys::Account(app, accounts[i]));
  }
  rocksdb::ReadOptions options;
  options.fill_cache = fills_block_cache_;
  std::vector<rocksdb::PinnableSlice> values(keys.size());
  std::vector<rocksdb::Status> statuses(keys.size());
  if (keys.size() == 1) {
    statuses[0] = database_.db->Get(options, database_.accounts, keys[0], &values[0]);
  } else {
    std::vector<rocksdb::Slice> slices(keys.begin(), keys.end());
    database_.db->MultiGet(options, database_.accounts, slices.size(), slices.data(), values.data(),
                           statuses.data());
  }
  for (std::size_t i = 0; i < places.size(); ++i) {
    if (NeedsDisk(statuses[i])) return std::nullopt;
    base::Result<RecordPtr>& record = records[places[i]];
    record = ToRecord(statuses[i], values[i].ToString());
    if (!record) continue;
    // That there is no such account is kept too: it is asked for again and again, administrators
    // that have no profile above all.
    caches_.records.Fill({app, accounts[places[i]]}, *record,
                         *record ? (*record)->MemoryBytes() : 0, versions[places[i]]);
  }
  return records;
}

void RocksDbStore::ReadAccounts(AppId app, std::vector<AccountId> accounts,
                                Callback<Records> done) {
  Read<Records>([this, app, accounts = std::move(accounts)] { return ReadRecords(app, accounts); },
                std::move(done));
}

void RocksDbStore::UpdateAccount(AppId app, AccountId account, Decide decide,
                                 Callback<Updated> done) {
  auto work = [this, app, account, decide = std::move(decide),
               done](CommitGroup& group) -> Committer::Finish {
    RecordPtr current = caches_.Current({app, account});
    auto updated = ApplyUpdate(database_, group, app, account, current, decide);
    if (!updated) return [done, updated](const Error*) { done(updated); };
    caches_.Join({app, account}, updated->record);
    return [this, app, account, done, updated = std::move(updated)](const Error* failed) mutable {
      caches_.Leave({app, account}, *updated, failed == nullptr);
      if (failed != nullptr) return done(tl::unexpected(*failed));
      if (on_event_ && IsWorthAnEvent(*updated)) on_event_(MakeEvent(app, account, *updated));
      done(std::move(updated));
    };
  };
  committer_.Submit(std::move(work),
                    [done](const Error* failed) { done(tl::unexpected(*failed)); });
}

void RocksDbStore::FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) {
  using Found = std::optional<Session>;
  Read<Found>(
      [this, app, id]() -> std::optional<base::Result<Found>> {
        std::uint64_t version = caches_.sessions.Version({app, id});
        if (auto cached = caches_.sessions.Find({app, id})) return Found(cached);
        std::string bytes;
        rocksdb::Status status =
            database_.db->Get({}, database_.sessions, keys::Session(app, id), &bytes);
        if (NeedsDisk(status)) return std::nullopt;
        if (status.IsNotFound()) return Found();
        if (!status.ok()) return Failed("reading a session failed", status);
        auto session = DecodeSession(id, bytes);
        if (!session) return Found();  // a broken one has ended: store/apply.cc
        caches_.sessions.Fill({app, id}, *session, 0, version);
        return Found(session);
      },
      std::move(done));
}

void RocksDbStore::FindInstance(AppId app, AccountId account, std::string id,
                                Callback<std::optional<Instance>> done) {
  using Found = std::optional<Instance>;
  Read<Found>(
      [this, app, account, id = std::move(id)]() -> std::optional<base::Result<Found>> {
        std::string bytes;
        rocksdb::Status status =
            database_.db->Get({}, database_.sessions, keys::Instance(app, account, id), &bytes);
        if (NeedsDisk(status)) return std::nullopt;
        if (status.IsNotFound()) return Found();
        if (!status.ok()) return Failed("reading an instance failed", status);
        return Found(DecodeInstance(id, bytes));
      },
      std::move(done));
}

void RocksDbStore::RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                                Callback<bool> done) {
  auto tell = [this, app, id, done = std::move(done)](base::Result<bool> renewed) {
    caches_.sessions.Drop({app, id});
    done(renewed);
  };
  Write<bool>(
      [this, app, id, last_used_ms](CommitGroup& group) -> base::Result<bool> {
        std::string key = keys::Session(app, id);
        std::string bytes;
        rocksdb::Status status = group.Get(database_.sessions, key, &bytes);
        if (status.IsNotFound()) return false;
        if (!status.ok()) return Failed("reading a session failed", status);
        auto session = DecodeSession(id, bytes);
        if (!session) return false;
        session->last_used_ms = last_used_ms;
        group.Put(database_.sessions, key, EncodeSession(*session));
        return true;
      },
      std::move(tell));
}

void RocksDbStore::Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
                         Callback<Swept> done) {
  // The long look over the store happens on a reader thread; only the deletes join a commit.
  bool accepted = readers_.Submit([=, this] {
    auto expired = FindExpired(database_, sessions_before_ms, changes_before_ms);
    if (!expired) return done(tl::unexpected(expired.error()));
    Write<Swept>(
        [this, sessions_before_ms, expired = *std::move(expired)](CommitGroup& group) {
          return DeleteExpired(database_, group, expired, sessions_before_ms);
        },
        done);
  });
  if (!accepted) done(Fail(Code::kStorageFailed, "too many reads wait"));
}

void RocksDbStore::ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                               Callback<std::vector<LoggedChange>> done) {
  using Changes = std::vector<LoggedChange>;
  Read<Changes>(
      [=, this]() -> std::optional<base::Result<Changes>> {
        std::string prefix = keys::Changes(app, 0);
        Changes changes;
        std::unique_ptr<rocksdb::Iterator> it(database_.db->NewIterator({}, database_.changes));
        for (it->Seek(keys::Change(app, 0, after + 1));
             it->Valid() && it->key().starts_with(prefix) && changes.size() < limit; it->Next()) {
          auto change = DecodeChange(ToView(it->value()));
          if (!change) return Fail(Code::kStorageFailed, "a stored change is broken");
          changes.push_back({keys::PositionOf(ToView(it->key())), *std::move(change)});
        }
        if (NeedsDisk(it->status())) return std::nullopt;
        if (!it->status().ok()) return Failed("reading changes failed", it->status());
        return changes;
      },
      std::move(done));
}

std::optional<base::Result<std::vector<Change>>> RocksDbStore::FindNotices(AppId app,
                                                                           const AccountId& account,
                                                                           std::uint64_t after,
                                                                           std::size_t limit) {
  std::string prefix = keys::Notices(app, account);
  std::vector<Change> changes;
  std::unique_ptr<rocksdb::Iterator> it(database_.db->NewIterator({}, database_.notices));
  for (it->Seek(keys::Notice(app, account, after + 1));
       it->Valid() && it->key().starts_with(prefix) && changes.size() < limit; it->Next()) {
    std::string bytes;
    rocksdb::Status status =
        database_.db->Get({}, database_.changes, keys::ChangeAt(app, ToView(it->value())), &bytes);
    if (NeedsDisk(status)) return std::nullopt;
    if (status.IsNotFound()) continue;  // swept between the two looks
    if (!status.ok()) return Failed("reading a change failed", status);
    auto change = DecodeChange(bytes);
    if (!change) return Fail(Code::kStorageFailed, "a stored change is broken");
    changes.push_back(*std::move(change));
  }
  if (NeedsDisk(it->status())) return std::nullopt;
  if (!it->status().ok()) return Failed("reading notices failed", it->status());
  return changes;
}

void RocksDbStore::ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                               Callback<std::vector<Change>> done) {
  Read<std::vector<Change>>([=, this] { return FindNotices(app, account, after, limit); },
                            std::move(done));
}

base::Result<Store::Fields> ToFields(const rocksdb::Status& status, const std::string& bytes) {
  if (status.IsNotFound()) return Store::Fields();
  if (!status.ok()) return Failed("reading the custom fields failed", status);
  auto fields = DecodeFields(bytes);
  if (!fields) return Fail(Code::kStorageFailed, "the stored custom fields are broken");
  return *std::move(fields);
}

void RocksDbStore::ReadFields(AppId app, Callback<Fields> done) {
  Read<Fields>(
      [this, app]() -> std::optional<base::Result<Fields>> {
        std::string bytes;
        rocksdb::Status status = database_.db->Get({}, database_.meta, keys::Fields(app), &bytes);
        if (NeedsDisk(status)) return std::nullopt;
        return ToFields(status, bytes);
      },
      std::move(done));
}

void RocksDbStore::UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) {
  Write<Fields>(
      [this, app, decide = std::move(decide)](CommitGroup& group) -> base::Result<Fields> {
        std::string bytes;
        rocksdb::Status status = group.Get(database_.meta, keys::Fields(app), &bytes);
        auto stored = ToFields(status, bytes);
        if (!stored) return stored;
        auto updated = decide(*std::move(stored));
        if (!updated) return updated;
        std::string fresh = EncodeFields(*updated);
        if (fresh != bytes) group.Put(database_.meta, keys::Fields(app), fresh);
        return updated;
      },
      std::move(done));
}

void RocksDbStore::ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) {
  using Found = std::optional<base::Result<std::uint64_t>>;
  Read<std::uint64_t>(
      [this, app, reader = std::move(reader)]() -> Found {
        std::string bytes;
        rocksdb::Status status =
            database_.db->Get({}, database_.meta, keys::Cursor(app, reader), &bytes);
        if (NeedsDisk(status)) return std::nullopt;
        if (status.IsNotFound()) return std::uint64_t{0};
        std::string_view in = bytes;
        auto position = base::TakeFixed<std::uint64_t>(in);
        if (!status.ok() || !position) return Failed("reading a cursor failed", status);
        return *position;
      },
      std::move(done));
}

void RocksDbStore::WriteCursor(AppId app, std::string reader, std::uint64_t position,
                               Callback<bool> done) {
  Write<bool>(
      [this, app, reader = std::move(reader), position](CommitGroup& group) -> base::Result<bool> {
        std::string bytes;
        base::AppendFixed(bytes, position);
        group.Put(database_.meta, keys::Cursor(app, reader), bytes);
        return true;
      },
      std::move(done));
}

void RocksDbStore::MakeBackup(std::string folder, Callback<bool> done) {
  bool accepted = readers_.Submit([this, folder = std::move(folder), done] {
    auto made = MakeCheckpoint(database_, folder);
    if (!made) return done(tl::unexpected(made.error()));
    done(true);
  });
  if (!accepted) done(Fail(Code::kStorageFailed, "too many reads wait"));
}

}  // namespace

base::Result<std::unique_ptr<Store>> OpenRocksDbStore(const RocksDbOptions& options) {
  auto database = OpenDatabase(options);
  if (!database) return tl::unexpected(database.error());
  return std::make_unique<RocksDbStore>(*std::move(database), options);
}

}  // namespace store
