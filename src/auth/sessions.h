#pragma once

// Web sessions: the TinyId and A2Key pair that `openim/login` hands out.
// docs/protocol/wire-contract.md §3.

#include <cstdint>
#include <string>
#include <string_view>

#include "store/types.h"

namespace auth {

// A session not used for this long is dead, and at the latest an interval of renewal later: its
// last use may not have been written down.
inline constexpr std::int64_t kSessionIdleMs = 24ll * 3600 * 1000;
// Its use is written down at most this often.
inline constexpr std::int64_t kSessionRenewMs = 3600ll * 1000;

// A new secret, for a session (A2Key) or a key: 32 random bytes as 64 lower-case hexadecimal
// digits.
std::string MakeRandomHex();

// The id under which a store keeps the session of `a2_key`.
store::SessionId ToSessionId(std::string_view a2_key);

// Whether `session` is alive at `now_ms` and `tiny_id` is the one it was handed out with.
bool IsAlive(const store::Session& session, std::string_view tiny_id, std::int64_t now_ms);

}  // namespace auth
