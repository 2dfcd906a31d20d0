#pragma once

// Sessions and change-log entries as bytes. docs/storage-format.md.

#include <optional>
#include <string>
#include <string_view>

#include "profile/schema.h"
#include "store/types.h"

namespace store {

// Without the id, which is the key.
std::string EncodeSession(const Session& session);
std::optional<Session> DecodeSession(const SessionId& id, std::string_view bytes);

// Without the account, which is in the key.
std::string EncodeInstance(const Instance& instance);
std::optional<Instance> DecodeInstance(std::string_view id, std::string_view bytes);

std::string EncodeChange(const Change& change);
std::optional<Change> DecodeChange(std::string_view bytes);

std::string EncodeFields(const std::vector<profile::CustomField>& fields);
std::optional<std::vector<profile::CustomField>> DecodeFields(std::string_view bytes);

// A change's time alone, without decoding the rest.
std::optional<std::int64_t> ChangeTimeMs(std::string_view bytes);

}  // namespace store
