#include "store/sql/connection.h"

#include <errmsg.h>
#include <mysql.h>
#include <mysqld_error.h>

#include <algorithm>
#include <charconv>
#include <random>
#include <thread>

#include "base/log.h"

namespace store::sql {
namespace {

using Clock = std::chrono::steady_clock;

constexpr unsigned kMaxConnectTimeoutS = 2;

template <std::size_t kCount>
bool Contains(const unsigned (&numbers)[kCount], unsigned number) {
  return std::find(std::begin(numbers), std::end(numbers), number) != std::end(numbers);
}

// Of TiDB, which has numbers of its own for what MySQL calls a deadlock.
constexpr unsigned kTidbConflicts[] = {8002, 8022, 8028, 9007};
constexpr unsigned kOceanBaseUndone = 6002;
// What passes: of TiDB that a part of it is busy, has moved or does not answer, of OceanBase a
// statement that took too long and a leader that has changed, of MySQL that it closes a connection
// which did nothing for long.
constexpr unsigned kPassing[] = {9001, 9002, 9003, 9004, 9005, 9006, 4012, 4038, 4031};

Fault ToFault(unsigned number) {
  if (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) return Fault::kLost;
  if (number >= 5000 && number < 6000) return Fault::kLost;  // libmariadb's own
  if (Contains(kTidbConflicts, number) || number == kOceanBaseUndone) return Fault::kConflict;
  if (Contains(kPassing, number)) return Fault::kLost;
  switch (number) {
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_CHECKREAD:
    case ER_QUERY_INTERRUPTED: return Fault::kConflict;
    case ER_DUP_ENTRY: return Fault::kDuplicate;
    case ER_UNKNOWN_COM_ERROR:  // Galera: the node is not one of the cluster now
    case ER_CON_COUNT_ERROR:
    case ER_SERVER_SHUTDOWN:
    case ER_NORMAL_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case ER_NET_READ_ERROR:
    case ER_NET_READ_INTERRUPTED:
    case ER_NET_ERROR_ON_WRITE:
    case ER_NET_WRITE_INTERRUPTED:
    case ER_OPTION_PREVENTS_STATEMENT:  // read-only: a node that was the primary
    case ER_READ_ONLY_MODE: return Fault::kLost;
    default: return Fault::kFailed;
  }
}

struct Address {
  std::string host, socket;
  unsigned port = 0;
};

Address ToAddress(const std::string& endpoint) {
  if (endpoint.starts_with('/')) return {"localhost", endpoint, 0};
  std::size_t colon = endpoint.rfind(':');
  Address address{endpoint.substr(0, colon), {}, 3306};
  if (colon != std::string::npos) {
    std::from_chars(endpoint.data() + colon + 1, endpoint.data() + endpoint.size(), address.port);
  }
  if (address.host.starts_with('[')) address.host = address.host.substr(1, address.host.size() - 2);
  return address;
}

}  // namespace

Rows::Rows(st_mysql_res* result, std::uint64_t matched)
    : result_(result, mysql_free_result), matched_(matched) {}

bool Rows::Next() {
  if (result_ == nullptr) return false;
  row_ = mysql_fetch_row(result_.get());
  if (row_ != nullptr) lengths_ = mysql_fetch_lengths(result_.get());
  return row_ != nullptr;
}

std::string_view Rows::Text(std::size_t column) const {
  return row_[column] == nullptr ? std::string_view()
                                 : std::string_view(row_[column], lengths_[column]);
}

std::uint64_t Rows::Number(std::size_t column) const {
  std::string_view text = Text(column);
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Endpoints::Endpoints(const SqlOptions& options)
    : options_(options), is_down_(options.endpoints.size()) {
  static std::once_flag once;  // the library wants it before the first thread
  std::call_once(once, [] { mysql_server_init(0, nullptr, nullptr); });
}

std::vector<std::size_t> Endpoints::InOrder() const {
  std::lock_guard lock(mutex_);
  std::vector<std::size_t> order(is_down_.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_partition(order.begin(), order.end(), [&](std::size_t i) { return !is_down_[i]; });
  return order;
}

std::vector<std::size_t> Endpoints::Down() const {
  std::lock_guard lock(mutex_);
  std::vector<std::size_t> down;
  for (std::size_t i = 0; i < is_down_.size(); ++i) {
    if (is_down_[i]) down.push_back(i);
  }
  return down;
}

bool Endpoints::HasBetter(std::size_t endpoint) const {
  std::lock_guard lock(mutex_);
  auto own = is_down_.begin() + static_cast<std::ptrdiff_t>(endpoint);
  auto end = *own ? is_down_.end() : own;
  return std::find(is_down_.begin(), end, false) != end;
}

void Endpoints::SetDown(std::size_t endpoint) {
  std::lock_guard lock(mutex_);
  is_down_[endpoint] = true;
}

void Endpoints::SetUp(std::size_t endpoint) {
  std::lock_guard lock(mutex_);
  is_down_[endpoint] = false;
}

Deadline Endpoints::DeadlineFromNow() const {
  return Clock::now() + std::chrono::seconds(options_.give_up_s);
}

Connection::Connection(Endpoints& endpoints, Use use)
    : endpoints_(endpoints), use_(use), mysql_(nullptr, mysql_close) {}

Connection::~Connection() = default;

SqlError Connection::Error() const {
  unsigned number = mysql_errno(mysql_.get());
  return {ToFault(number), number, mysql_error(mysql_.get())};
}

bool SqlError::IsLockWait() const { return number == ER_LOCK_WAIT_TIMEOUT; }

void Connection::Drop() { mysql_.reset(); }

Reply<void> Connection::Ensure() {
  if (mysql_ != nullptr && !endpoints_.HasBetter(endpoint_)) return {};
  SqlError error{Fault::kFailed, 0, "there is no endpoint to connect to"};
  for (std::size_t endpoint : endpoints_.InOrder()) {
    auto connected = Connect(endpoint);
    if (connected) return connected;
    // One that may come back is worth waiting for, whatever is wrong with the others; but one that
    // knows of no such database speaks for all.
    bool says_more = connected.error().number == ER_BAD_DB_ERROR;
    if (error.fault == Fault::kFailed || says_more) error = connected.error();
    Drop();
    endpoints_.SetDown(endpoint);
  }
  return tl::unexpected(std::move(error));
}

Reply<void> Connection::Connect(std::size_t endpoint) {
  const SqlOptions& options = endpoints_.options();
  mysql_.reset(mysql_init(nullptr));
  endpoint_ = endpoint;
  unsigned connect_timeout_s = std::min(options.timeout_s, kMaxConnectTimeoutS);
  mysql_optionsv(mysql_.get(), MYSQL_OPT_CONNECT_TIMEOUT, &connect_timeout_s);
  for (auto option : {MYSQL_OPT_READ_TIMEOUT, MYSQL_OPT_WRITE_TIMEOUT}) {
    mysql_optionsv(mysql_.get(), option, &options.timeout_s);
  }
  if (!options.tls_ca.empty()) {
    my_bool yes = 1;
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &yes);
    mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_CA, options.tls_ca.c_str());
    if (!options.tls_certificate.empty()) {
      mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_CERT, options.tls_certificate.c_str());
      mysql_optionsv(mysql_.get(), MYSQL_OPT_SSL_KEY, options.tls_key.c_str());
    }
  }
  Address address = ToAddress(options.endpoints[endpoint]);
  const char* socket = address.socket.empty() ? nullptr : address.socket.c_str();
  if (mysql_real_connect(mysql_.get(), address.host.c_str(), options.user.c_str(),
                         options.password.c_str(), nullptr, address.port, socket,
                         CLIENT_FOUND_ROWS) == nullptr) {
    return tl::unexpected(Error());
  }
  return Prepare();
}

// What a session needs to be like. What a database does not know it does not need.
Reply<void> Connection::Prepare() {
  constexpr std::string_view kModes =
      "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";
  std::vector<std::string> statements = {std::string(kModes), "SET NAMES utf8mb4",
                                         "SET SESSION time_zone = '+00:00'"};  // has no summer
  if (use_ == Use::kWrite) {
    // No locks on what is not there: two who create accounts side by side would meet.
    statements.emplace_back("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    statements.emplace_back("SET SESSION innodb_lock_wait_timeout = 1");
    statements.emplace_back("SET SESSION autocommit = 0");
    // What a process that froze or vanished has locked is free again, in seconds and long before
    // its lease is over; by the name each database has for it.
    for (const char* limit : {"idle_transaction_timeout = 10", "tidb_idle_transaction_timeout = 10",
                              "ob_trx_idle_timeout = 10000000"}) {
      statements.push_back(std::string("SET SESSION ") + limit);
    }
  }
  if (use_ != Use::kTail) statements.emplace_back("SET SESSION wsrep_sync_wait = 1");
  for (const std::string& statement : statements) {
    auto set = Run(statement);
    if (!set && set.error().number != ER_UNKNOWN_SYSTEM_VARIABLE) {
      return tl::unexpected(set.error());
    }
  }
  // Waits for what was acknowledged elsewhere: a new database may be among it.
  if (auto waited = Run("SELECT 1"); !waited) return tl::unexpected(waited.error());
  // Last, so that a database that is not there is told from a server that is not.
  if (mysql_select_db(mysql_.get(), endpoints_.options().database.c_str()) != 0) {
    return tl::unexpected(Error());
  }
  Rollback();  // what waits for its first write is in no transaction
  return mysql_ != nullptr ? Reply<void>() : tl::unexpected(SqlError{Fault::kLost, 0, "gone"});
}

Reply<Rows> Connection::Run(const std::string& statement) {
  if (mysql_ == nullptr) return tl::unexpected(SqlError{Fault::kLost, 0, "not connected"});
  st_mysql_res* result = nullptr;
  bool is_fine = mysql_real_query(mysql_.get(), statement.data(), statement.size()) == 0;
  if (is_fine) result = mysql_store_result(mysql_.get());
  if (!is_fine || (result == nullptr && mysql_field_count(mysql_.get()) > 0)) {
    SqlError error = Error();
    if (error.fault == Fault::kLost) {
      endpoints_.SetDown(endpoint_);
      Drop();
    }
    return tl::unexpected(std::move(error));
  }
  return Rows(result, mysql_affected_rows(mysql_.get()));
}

Reply<void> Connection::Commit() {
  auto committed = Run("COMMIT");
  if (committed) return {};
  SqlError error = committed.error();
  // Interrupted in its last step, it may be carried out all the same.
  bool is_undone = error.number == ER_LOCK_DEADLOCK || Contains(kTidbConflicts, error.number);
  if (error.fault == Fault::kConflict && !is_undone) error.fault = Fault::kLost;
  return tl::unexpected(std::move(error));
}

void Connection::Rollback() {
  if (mysql_ == nullptr) return;
  if (auto done = Run("ROLLBACK"); !done) Drop();
}

std::string Hex(std::string_view bytes) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string out = "x'";
  out.reserve(bytes.size() * 2 + 3);
  for (char c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out += '\'';
}

void WaitToRetry(unsigned tries) {
  thread_local std::minstd_rand random(std::random_device{}());
  int longest_ms = 4 << std::min(tries, 6u);
  std::uniform_int_distribution<int> wait_ms(longest_ms / 4, longest_ms);
  std::this_thread::sleep_for(std::chrono::milliseconds(wait_ms(random)));
}

tl::unexpected<base::Error> Failed(const char* what, const SqlError& error) {
  base::LogError(what, {{"reason", error.text}, {"number", std::int64_t{error.number}}});
  return base::Fail(base::Code::kStorageFailed, what);
}

}  // namespace store::sql
