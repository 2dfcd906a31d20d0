#include "store/codec.h"

#include "base/bytes.h"

namespace store {
namespace {

constexpr char kFormat = 1;

std::optional<AccountId> TakeAccount(std::string_view& in) {
  auto bytes = base::TakeBytes(in);
  if (!bytes) return std::nullopt;
  return AccountId::Parse(*bytes, AccountId::Alphabet::kUtf8);
}

bool TakeFormat(std::string_view& in) {
  if (in.empty() || in.front() != kFormat) return false;
  in.remove_prefix(1);
  return true;
}

}  // namespace

std::string EncodeSession(const Session& session) {
  std::string out(1, kFormat);
  base::AppendBytes(out, session.account.View());
  base::AppendFixed(out, session.tiny_id);
  base::AppendFixed(out, session.created_ms);
  base::AppendFixed(out, session.last_used_ms);
  return out;
}

std::optional<Session> DecodeSession(const SessionId& id, std::string_view bytes) {
  if (!TakeFormat(bytes)) return std::nullopt;
  auto account = TakeAccount(bytes);
  auto tiny_id = base::TakeFixed<TinyId>(bytes);
  auto created_ms = base::TakeFixed<std::int64_t>(bytes);
  auto last_used_ms = base::TakeFixed<std::int64_t>(bytes);
  if (!account || !tiny_id || !created_ms || !last_used_ms) return std::nullopt;
  return Session{id, *account, *tiny_id, *created_ms, *last_used_ms};
}

std::string EncodeInstance(const Instance& instance) {
  std::string out(1, kFormat);
  base::AppendBytes(out, {instance.session.data(), instance.session.size()});
  base::AppendFixed(out, instance.start_seq);
  base::AppendFixed(out, instance.created_ms);
  base::AppendFixed(out, static_cast<std::uint8_t>(instance.evicted ? 1 : 0));
  return out;
}

std::optional<Instance> DecodeInstance(std::string_view id, std::string_view bytes) {
  if (!TakeFormat(bytes)) return std::nullopt;
  auto session = base::TakeBytes(bytes);
  auto start_seq = base::TakeFixed<std::uint64_t>(bytes);
  auto created_ms = base::TakeFixed<std::int64_t>(bytes);
  auto evicted = base::TakeFixed<std::uint8_t>(bytes);
  if (!session || session->size() != sizeof(SessionId) || !start_seq || !created_ms || !evicted) {
    return std::nullopt;
  }
  Instance instance{std::string(id), {}, *start_seq, *created_ms, *evicted != 0};
  session->copy(instance.session.data(), instance.session.size());
  return instance;
}

std::string EncodeChange(const Change& change) {
  std::string out(1, kFormat);
  base::AppendFixed(out, change.time_ms);  // first: ChangeTimeMs
  base::AppendBytes(out, change.account.View());
  base::AppendVarint(out, change.notice_seq);
  base::AppendBytes(out, change.caller.View());
  base::AppendBytes(out, change.client_ip);
  base::AppendBytes(out, change.platform);
  base::AppendVarint(out, change.fields.size());
  for (const profile::ChangedField& field : change.fields) {
    base::AppendBytes(out, field.record_key);
    base::AppendBytes(out, field.fragment);
  }
  return out;
}

std::optional<Change> DecodeChange(std::string_view bytes) {
  if (!TakeFormat(bytes)) return std::nullopt;
  auto time_ms = base::TakeFixed<std::int64_t>(bytes);
  auto account = TakeAccount(bytes);
  auto notice_seq = base::TakeVarint(bytes);
  auto caller = TakeAccount(bytes);
  auto client_ip = base::TakeBytes(bytes);
  auto platform = base::TakeBytes(bytes);
  auto count = base::TakeVarint(bytes);
  if (!time_ms || !account || !notice_seq || !caller || !client_ip || !platform || !count) {
    return std::nullopt;
  }
  Change change{*account, *notice_seq, *caller, std::string(*client_ip), std::string(*platform),
                *time_ms, {}};
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto key = base::TakeBytes(bytes);
    auto fragment = base::TakeBytes(bytes);
    if (!key || !fragment) return std::nullopt;
    change.fields.push_back({std::string(*key), std::string(*fragment)});
  }
  return change;
}

std::string EncodeFields(const std::vector<profile::CustomField>& fields) {
  auto bits = [](profile::Roles roles) {
    return static_cast<std::uint8_t>((roles.Has(profile::Role::kUser) ? 1 : 0) |
                                     (roles.Has(profile::Role::kAdmin) ? 2 : 0));
  };
  std::string out(1, kFormat);
  base::AppendVarint(out, fields.size());
  for (const profile::CustomField& field : fields) {
    base::AppendBytes(out, field.key);
    base::AppendFixed(out, static_cast<std::uint8_t>(field.type));
    base::AppendFixed(out, bits(field.readers));
    base::AppendFixed(out, bits(field.writers));
  }
  return out;
}

std::optional<std::vector<profile::CustomField>> DecodeFields(std::string_view bytes) {
  if (!TakeFormat(bytes)) return std::nullopt;
  auto count = base::TakeVarint(bytes);
  if (!count) return std::nullopt;
  auto roles = [](std::uint8_t bits) { return profile::Roles((bits & 1) != 0, (bits & 2) != 0); };
  std::vector<profile::CustomField> fields;
  for (std::uint64_t i = 0; i < *count; ++i) {
    auto key = base::TakeBytes(bytes);
    auto type = base::TakeFixed<std::uint8_t>(bytes);
    auto readers = base::TakeFixed<std::uint8_t>(bytes);
    auto writers = base::TakeFixed<std::uint8_t>(bytes);
    if (!key || !type || *type > 1 || !readers || !writers) return std::nullopt;
    fields.push_back({std::string(*key), static_cast<profile::CustomType>(*type), roles(*readers),
                      roles(*writers)});
  }
  return fields;
}

std::optional<std::int64_t> ChangeTimeMs(std::string_view bytes) {
  if (!TakeFormat(bytes)) return std::nullopt;
  return base::TakeFixed<std::int64_t>(bytes);
}

}  // namespace store
