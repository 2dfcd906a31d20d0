#include "store/sql/sql_store.h"

#include "base/log.h"
#include "store/codec.h"
#include "store/sql/committer.h"
#include "store/sql/log.h"
#include "store/sql/probe.h"
#include "store/sql/readers.h"
#include "store/sql/rows.h"
#include "store/sql/schema.h"
#include "store/sql/sweep.h"
#include "store/sql/tail.h"
#include "store/sql/turn.h"

namespace store::sql {
namespace {

using base::Code;
using base::Fail;

class SqlStore final : public Store {
 public:
  explicit SqlStore(const SqlOptions& options)
      : endpoints_(options),
        prober_(endpoints_),
        tail_(endpoints_, stream_),
        committer_(endpoints_, stream_),
        readers_(endpoints_, options.read_connections) {
    committer_.on_fields = [this](AppId app) { tail_.OnOwnFields(app); };
  }

  base::Result<void> Open() {
    Connection connection(endpoints_, Connection::Use::kRead);
    if (auto fits = CheckSqlFormat(connection, endpoints_.options().database); !fits) return fits;
    auto started = tail_.Start();
    if (!started) return Failed("reading the log failed", started.error());
    return {};
  }

  void ReadAccounts(AppId app, std::vector<AccountId> accounts, Callback<Records> done) override {
    readers_.ReadAccounts(app, std::move(accounts), std::move(done));
  }
  void UpdateAccount(AppId app, AccountId account, Decide decide, Callback<Updated> done) override {
    committer_.Submit({app, account, std::move(decide), std::nullopt, std::move(done)});
  }
  void FindSession(AppId app, SessionId id, Callback<std::optional<Session>> done) override {
    readers_.FindSession(app, id, std::move(done));
  }
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
  void Watch(std::function<void(const Event&)> on_event) override {
    committer_.on_event = on_event;
    std::lock_guard lock(mutex_);
    listener_.on_event = std::move(on_event);
    tail_.SetListener(listener_);
  }
  void WatchFields(std::function<void(AppId, const Fields&)> on_fields) override {
    std::lock_guard lock(mutex_);
    listener_.on_fields = std::move(on_fields);
    tail_.SetListener(listener_);
  }
  void TakeTurn(AppId app, std::string role, Callback<bool> done) override;
  Lag ReadLag() const override { return tail_.ReadLag(); }
  std::string WriteTrouble() const override {
    std::string trouble = committer_.Trouble();
    return trouble.empty() ? tail_.Trouble() : trouble;
  }

 private:
  // Reads on a reader's connection, with `failed` for the log and the answer if that fails.
  template <class T>
  void Read(const char* failed, std::function<Reply<base::Result<T>>(Connection&)> read,
            Callback<T> done);
  Reply<base::Result<void>> MergeFields(Connection& connection, Transaction& transaction, AppId app,
                                        const DecideFields& decide, Fields& merged);

  const std::uint64_t process_ = RandomToken();
  Endpoints endpoints_;
  Prober prober_;
  ChangeLog log_;
  OwnStream stream_;
  std::mutex mutex_;
  Tail::Listener listener_;
  // In the order in which they need each other to end: readers submit to the committer, which
  // tells the tail.
  Tail tail_;
  Committer committer_;
  Readers readers_;
};

template <class T>
void SqlStore::Read(const char* failed, std::function<Reply<base::Result<T>>(Connection&)> read,
                    Callback<T> done) {
  bool is_accepted =
      readers_.Submit([failed, read = std::move(read), done,
                       deadline = endpoints_.DeadlineFromNow()](Connection& connection) {
        auto reply = ReadWithRetries<base::Result<T>>(connection, deadline, read);
        done(reply ? *std::move(reply) : base::Result<T>(Failed(failed, reply.error())));
      });
  if (!is_accepted) done(Fail(Code::kStorageFailed, "too many reads wait"));
}

void SqlStore::FindInstance(AppId app, AccountId account, std::string id,
                            Callback<std::optional<Instance>> done) {
  using Found = std::optional<Instance>;
  Read<Found>(
      "reading an instance failed",
      [=](Connection& connection) -> Reply<base::Result<Found>> {
        auto rows =
            connection.Run("SELECT " + std::string(kInstanceColumns) +
                           " FROM instances WHERE app = " + std::to_string(app) +
                           " AND account = " + Hex(account.View()) + " AND id = " + Hex(id));
        if (!rows) return tl::unexpected(rows.error());
        return Found(rows->Next() ? Found(ToInstance(*rows)) : std::nullopt);
      },
      std::move(done));
}

void SqlStore::RenewSession(AppId app, SessionId id, std::int64_t last_used_ms,
                            Callback<bool> done) {
  auto is_there = std::make_shared<bool>(false);
  auto work = [=](Connection& connection, Transaction& transaction) -> Reply<base::Result<void>> {
    auto updated =
        connection.Run("UPDATE sessions SET last_used_ms = " + std::to_string(last_used_ms) +
                       " WHERE app = " + std::to_string(app) + " AND id = " + Hex(View(id)));
    if (!updated) return tl::unexpected(updated.error());
    *is_there = updated->matched() > 0;
    transaction.has_writes = *is_there;
    return base::Result<void>();
  };
  committer_.Submit(OtherJob{work, [is_there, done = std::move(done)](base::Result<void> renewed) {
                               done(renewed.map([&] { return *is_there; }));
                             }});
}

void SqlStore::Sweep(std::int64_t sessions_before_ms, std::int64_t changes_before_ms,
                     Callback<Swept> done) {
  Read<Expired>(
      "the sweep failed",
      [=](Connection& connection) -> Reply<base::Result<Expired>> {
        return FindExpired(connection, sessions_before_ms, changes_before_ms)
            .map([](Expired expired) { return base::Result<Expired>(std::move(expired)); });
      },
      [this, sessions_before_ms, done](base::Result<Expired> expired) {
        if (!expired) return done(tl::unexpected(expired.error()));
        DropExpired(committer_, *expired, sessions_before_ms, done);
      });
}

void SqlStore::ReadChanges(AppId app, std::uint64_t after, std::size_t limit,
                           Callback<std::vector<LoggedChange>> done) {
  using Changes = std::vector<LoggedChange>;
  Read<Changes>(
      "reading changes failed",
      [=, this](Connection& connection) -> Reply<base::Result<Changes>> {
        return log_.Read(connection, app, after, limit).map([](Changes changes) {
          return base::Result<Changes>(std::move(changes));
        });
      },
      std::move(done));
}

void SqlStore::ReadNotices(AppId app, AccountId account, std::uint64_t after, std::size_t limit,
                           Callback<std::vector<Change>> done) {
  using Changes = std::vector<Change>;
  Read<Changes>(
      "reading notices failed",
      [=](Connection& connection) -> Reply<base::Result<Changes>> {
        auto rows = connection.Run("SELECT body FROM changes WHERE app = " + std::to_string(app) +
                                   " AND account = " + Hex(account.View()) + " AND notice_seq > " +
                                   std::to_string(after) + " ORDER BY notice_seq LIMIT " +
                                   std::to_string(limit));
        if (!rows) return tl::unexpected(rows.error());
        Changes changes;
        while (rows->Next()) {
          auto change = DecodeChange(rows->Text(0));
          if (!change) return Fail(Code::kStorageFailed, "a stored change is broken");
          changes.push_back(*std::move(change));
        }
        return changes;
      },
      std::move(done));
}

Reply<base::Result<Store::Fields>> SelectFields(Connection& connection, AppId app, const char* tail,
                                                std::string& body, std::uint64_t& version) {
  auto rows =
      connection.Run("SELECT body, version FROM fields WHERE app = " + std::to_string(app) + tail);
  if (!rows) return tl::unexpected(rows.error());
  if (!rows->Next()) return Store::Fields();
  body = rows->Text(0);
  version = rows->Number(1);
  auto fields = DecodeFields(body);
  if (!fields) return Fail(Code::kStorageFailed, "the stored custom fields are broken");
  return *std::move(fields);
}

void SqlStore::ReadFields(AppId app, Callback<Fields> done) {
  Read<Fields>(
      "reading the custom fields failed",
      [=](Connection& connection) {
        std::string body;
        std::uint64_t version = 0;
        return SelectFields(connection, app, "", body, version);
      },
      std::move(done));
}

Reply<base::Result<void>> SqlStore::MergeFields(Connection& connection, Transaction& transaction,
                                                AppId app, const DecideFields& decide,
                                                Fields& merged) {
  std::string body;
  std::uint64_t version = 0;  // 0: there is no row, so that it may only be inserted
  auto stored = SelectFields(connection, app, " FOR UPDATE", body, version);
  if (!stored) return tl::unexpected(stored.error());
  if (!*stored) return base::Result<void>(tl::unexpected(stored->error()));
  auto updated = decide(**std::move(stored));
  if (!updated) return base::Result<void>(tl::unexpected(updated.error()));
  merged = *std::move(updated);
  std::string fresh = EncodeFields(merged);
  transaction.fields.push_back(app);  // in any case: what the caller has may be older by now
  if (fresh == body) return base::Result<void>();
  auto written = connection.Run(
      "INSERT INTO fields (app, version, body) VALUES (" + std::to_string(app) + ", " +
      std::to_string(version + 1) + ", " + Hex(fresh) + ')' +
      (version == 0 ? ""
                    : " ON DUPLICATE KEY UPDATE version = VALUES(version), body = VALUES(body)"));
  if (!written) return tl::unexpected(written.error());
  transaction.has_writes = true;
  return base::Result<void>();
}

void SqlStore::UpdateFields(AppId app, DecideFields decide, Callback<Fields> done) {
  auto merged = std::make_shared<Fields>();
  auto work = [=, this, decide = std::move(decide)](Connection& connection,
                                                    Transaction& transaction) {
    return MergeFields(connection, transaction, app, decide, *merged);
  };
  committer_.Submit(OtherJob{work, [merged, done = std::move(done)](base::Result<void> updated) {
                               done(updated.map([&] { return *merged; }));
                             }});
}

void SqlStore::ReadCursor(AppId app, std::string reader, Callback<std::uint64_t> done) {
  Read<std::uint64_t>(
      "reading a cursor failed",
      [=, this](Connection& connection) -> Reply<base::Result<std::uint64_t>> {
        auto rows = connection.Run("SELECT body FROM cursors WHERE app = " + std::to_string(app) +
                                   " AND reader = " + Hex(reader));
        if (!rows) return tl::unexpected(rows.error());
        if (!rows->Next()) return std::uint64_t{0};
        auto place = DecodePlace(rows->Text(0));
        if (!place) return Fail(Code::kStorageFailed, "a stored cursor is broken");
        return log_.Remember(app, *std::move(place));
      },
      std::move(done));
}

void SqlStore::WriteCursor(AppId app, std::string reader, std::uint64_t position,
                           Callback<bool> done) {
  auto work = [=, this](Connection& connection,
                        Transaction& transaction) -> Reply<base::Result<void>> {
    auto place = log_.Find(connection, app, position);
    if (!place) return tl::unexpected(place.error());
    auto written =
        connection.Run("INSERT INTO cursors (app, reader, body) VALUES (" + std::to_string(app) +
                       ", " + Hex(reader) + ", " + Hex(EncodePlace(*place)) +
                       ") ON DUPLICATE KEY UPDATE body = VALUES(body)");
    if (!written) return tl::unexpected(written.error());
    transaction.has_writes = true;
    return base::Result<void>();
  };
  committer_.Submit(OtherJob{work, [done = std::move(done)](base::Result<void> written) {
                               done(written.map([] { return true; }));
                             }});
}

void SqlStore::TakeTurn(AppId app, std::string role, Callback<bool> done) {
  auto is_ours = std::make_shared<bool>(false);
  auto work = [=, this](Connection& connection,
                        Transaction& transaction) -> Reply<base::Result<void>> {
    auto taken = sql::TakeTurn(connection, app, role, process_);
    if (!taken) return tl::unexpected(taken.error());
    *is_ours = transaction.has_writes = *taken;
    return base::Result<void>();
  };
  committer_.Submit(OtherJob{work, [is_ours, done = std::move(done)](base::Result<void> settled) {
                               done(settled.map([&] { return *is_ours; }));
                             }});
}

}  // namespace

base::Result<std::unique_ptr<Store>> OpenSqlStore(const SqlOptions& options) {
  if (auto problem = ProblemOf(options); !problem.empty()) return Fail(Code::kInternal, problem);
  auto store = std::make_unique<SqlStore>(options);
  if (auto opened = store->Open(); !opened) return tl::unexpected(opened.error());
  return store;
}

}  // namespace store::sql
