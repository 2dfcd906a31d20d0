#pragma once

// What is on disk, key by key. Values: profile/record.h and store/codec.cc. docs/storage-format.md.
//
// column family  key                                        value
// default        "format"                                   the format as decimal text
//                "fields" app(8)                            the app's custom fields
//                "cursor" app(8) reader                     u64: a reader's place in the change log
//                "next_tiny_id"                             u64: the next one to give out
// accounts       app(8) account                             record
// sessions       's' app(8) id(32)                          session
//                'a' app(8) length(1) account id(32)        empty: the sessions of an account
//                'i' app(8) length(1) account id            instance, by its LongPollingId
// changes        app(8) writer(4) position(8)               change; positions are dense per app and
// writer
// notices        app(8) length(1) account notice_seq(8)     writer(4) position(8): where the change
// is
//
// Integers in keys are big-endian, so that they sort by value. The embedded store is writer 0. The
// newest change of an app is never dropped: it keeps the place from which positions go on.

#include <cstdint>
#include <string>
#include <string_view>

#include "store/types.h"

namespace store::keys {

inline constexpr std::string_view kFormat = "format";
inline constexpr std::string_view kNextTinyId = "next_tiny_id";

inline constexpr const char* kAccountsFamily = "accounts";
inline constexpr const char* kSessionsFamily = "sessions";
inline constexpr const char* kChangesFamily = "changes";
inline constexpr const char* kNoticesFamily = "notices";

template <class T>
void AppendBigEndian(std::string& out, T value) {
  for (std::size_t i = sizeof(T); i-- > 0;) {
    out += static_cast<char>(static_cast<std::uint64_t>(value) >> (8 * i));
  }
}

inline std::string Cursor(AppId app, std::string_view reader) {
  std::string key = "cursor";
  AppendBigEndian(key, app);
  key += reader;
  return key;
}

inline std::string Fields(AppId app) {
  std::string key = "fields";
  AppendBigEndian(key, app);
  return key;
}

inline std::string Account(AppId app, const AccountId& account) {
  std::string key;
  key.reserve(8 + AccountId::kMaxBytes);
  AppendBigEndian(key, app);
  key += account.View();
  return key;
}

inline std::string Session(AppId app, const SessionId& id) {
  std::string key = "s";
  AppendBigEndian(key, app);
  key.append(id.data(), id.size());
  return key;
}

// app and account so that no account's keys lie among another's.
inline void AppendAccount(std::string& key, AppId app, const AccountId& account) {
  AppendBigEndian(key, app);
  key += static_cast<char>(account.View().size());
  key += account.View();
}

// The prefix of the AccountSession keys of one account.
inline std::string AccountSessions(AppId app, const AccountId& account) {
  std::string key = "a";
  AppendAccount(key, app, account);
  return key;
}

// The prefix of the Instance keys of one account.
inline std::string Instances(AppId app, const AccountId& account) {
  std::string key = "i";
  AppendAccount(key, app, account);
  return key;
}

inline std::string Instance(AppId app, const AccountId& account, std::string_view id) {
  return Instances(app, account).append(id);
}

// The prefix of the Notice keys of one account.
inline std::string Notices(AppId app, const AccountId& account) {
  std::string key;
  AppendAccount(key, app, account);
  return key;
}

inline std::string Notice(AppId app, const AccountId& account, std::uint64_t notice_seq) {
  std::string key = Notices(app, account);
  AppendBigEndian(key, notice_seq);
  return key;
}

inline std::string AccountSession(AppId app, const AccountId& account, const SessionId& id) {
  return AccountSessions(app, account).append(id.data(), id.size());
}

// The prefix of one writer's Change keys.
inline std::string Changes(AppId app, std::uint32_t writer) {
  std::string key;
  AppendBigEndian(key, app);
  AppendBigEndian(key, writer);
  return key;
}

inline std::string Change(AppId app, std::uint32_t writer, std::uint64_t position) {
  std::string key = Changes(app, writer);
  AppendBigEndian(key, position);
  return key;
}

// A notice's value: where its change is.
inline std::string Place(std::uint32_t writer, std::uint64_t position) {
  std::string place;
  AppendBigEndian(place, writer);
  AppendBigEndian(place, position);
  return place;
}

// The Change key of a place.
inline std::string ChangeAt(AppId app, std::string_view place) {
  std::string key;
  AppendBigEndian(key, app);
  key += place;
  return key;
}

inline std::uint64_t ReadBigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

// The position at the end of a Change key.
inline std::uint64_t PositionOf(std::string_view change_key) {
  return ReadBigEndian(change_key.substr(change_key.size() - 8));
}

inline AppId ChangeAppOf(std::string_view change_key) {
  return ReadBigEndian(change_key.substr(0, 8));
}

// The app and the id inside a Session key.
inline AppId AppOf(std::string_view session_key) { return ReadBigEndian(session_key.substr(1, 8)); }
inline SessionId SessionIdOf(std::string_view session_key) {
  SessionId id;
  session_key.copy(id.data(), id.size(), 1 + 8);
  return id;
}

}  // namespace store::keys
