#include "api/update.h"

#include "api/await.h"

namespace api {

using store::Store;

asio::awaitable<base::Result<store::Updated>> UpdateAccount(Services& services, store::AppId app,
                                                            store::AccountId account,
                                                            store::Decide decide) {
  std::function<void(store::Callback<store::Updated>)> start =
      [&](store::Callback<store::Updated> done) {
        services.store.UpdateAccount(app, account, std::move(decide), std::move(done));
      };
  co_return co_await Await<store::Updated>(start);
}

asio::awaitable<bool> AccountExists(Services& services, store::AppId app,
                                    store::AccountId account) {
  std::function<void(store::Callback<Store::Records>)> start =
      [&](store::Callback<Store::Records> done) {
        services.store.ReadAccounts(app, {account}, std::move(done));
      };
  auto records = co_await Await<Store::Records>(start);
  if (!records || !records->front()) co_return true;
  const store::RecordPtr& record = *records->front();
  co_return record != nullptr && record->Exists();
}

profile::RecordDraft NewRecord(const profile::Record* tombstone, store::TinyId tiny_id) {
  profile::RecordDraft draft;
  if (tombstone != nullptr) {
    draft = tombstone->Edit();
    // Whoever remembers the old profile by its sequences must not take the empty one for it.
    ++draft.header.standard_seq;
    ++draft.header.custom_seq;
  }
  draft.header.deleted = false;
  draft.header.tiny_id = tiny_id;
  draft.fields.clear();
  return draft;
}

store::Change ChangeOrigin::ToChange(std::uint64_t notice_seq,
                                     std::vector<profile::ChangedField> fields) const {
  return {account, notice_seq, caller, client_ip, platform, time_ms, std::move(fields)};
}

ChangeOrigin OriginOf(const Request& request, store::AccountId account) {
  return {account, request.caller.account, std::string(request.client_ip),
          std::string(request.caller.Platform()), request.services.clock.NowMs()};
}

}  // namespace api
