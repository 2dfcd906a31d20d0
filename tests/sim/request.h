#pragma once

// What the simulation asks, as plain values: the model reads these, the server gets the same as a
// URL and JSON text (wire.h).

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sim {

// An application: the server is configured with it and the model knows its rules.
struct CustomSpec {
  std::string key;
  bool user_reads = true, admin_reads = true;
  bool user_writes = true, admin_writes = true;
};
struct AppSpec {
  std::uint64_t sdkappid = 0;
  std::string secret_key;
  std::string admin;
  std::vector<CustomSpec> custom;
  bool user_writes_forbid_type = false;  // standard_write_overrides
  std::size_t location_max_bytes = 500;
  bool auto_create = true;
  std::size_t max_web_instances = 10;
  bool pushes_changed = false;  // profile_push_list = "changed"
};

// A Value as it is sent.
struct Value {
  enum class Kind { kText, kInteger, kOther };  // other: a fraction, null, true, a list, an object
  Kind kind = Kind::kText;
  std::string text;          // kText: UTF-8; kOther: JSON text
  std::int64_t integer = 0;  // kInteger
};
struct Item {
  std::string tag;
  Value value;
};

// Who asks: a session, by the number of its login, or the owner of a UserSig.
enum class SigFault {
  kNone,
  kEmpty,
  kBroken,
  kOtherKey,
  kOtherAccount,
  kOtherApp,
  kExpired,
  kFuture
};
struct Who {
  std::size_t app = 0;  // which one the request names
  std::optional<std::size_t> session;
  bool wrong_tiny_id = false;
  std::string identifier;
  std::int64_t sig_time_s = 0;
  SigFault fault = SigFault::kNone;
};

struct Import {
  std::string account;
  std::optional<std::string> nick, face_url;
};

struct PortraitGet {
  std::optional<std::string> from;
  std::vector<std::string> to, tags;
  std::optional<std::int64_t> last_sequence;
};
struct PortraitSet {
  std::optional<std::string> from;
  std::vector<Item> items;
};
struct Login {};
struct Logout {};  // longpollinglogout: webim.logout
struct LogoutAll {};
struct AuthKey {};
struct GetLongPollingId {};
struct LongPolling {
  std::string id;
  std::optional<std::uint64_t> seen;  // NoticeSeq
};
struct AccountImport {
  Import import;
};
struct MultiImport {
  std::vector<Import> imports;
  bool is_old_form = false;  // {"Accounts":[…]}
};
struct AccountCheck {
  std::vector<std::string> accounts;
};
struct AccountDelete {
  std::vector<std::string> accounts;
};
struct Kick {
  std::string account;
};

using Body =
    std::variant<PortraitGet, PortraitSet, Login, Logout, LogoutAll, AuthKey, GetLongPollingId,
                 LongPolling, AccountImport, MultiImport, AccountCheck, AccountDelete, Kick>;

struct Request {
  Who who;
  Body body;
  bool is_broken = false;   // the body is cut short: no JSON
  bool is_escaped = false;  // written with \u escapes wherever JSON allows it
};

}  // namespace sim
