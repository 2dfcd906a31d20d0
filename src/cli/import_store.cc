#include <chrono>
#include <filesystem>

#include "cli/import_target.h"
#include "store/rocksdb_store.h"
#include "store/wait.h"

namespace cli {
namespace {

// As POST …/multiaccount_import and then portrait_set do, in one commit.
store::Decide DecideImport(AccountLine line) {
  return
      [line = std::move(line)](const profile::Record* current,
                               const store::UpdateContext& context) -> base::Result<store::Update> {
        bool exists = current != nullptr && current->Exists();
        profile::RecordDraft draft;
        if (current != nullptr) draft = current->Edit();
        if (!exists) {
          // Whoever remembers a deleted profile by its sequences must not take this one for it.
          if (current != nullptr) ++draft.header.standard_seq, ++draft.header.custom_seq;
          draft.header.deleted = false;
          draft.header.tiny_id = context.fresh_tiny_id;
          draft.fields.clear();
        }
        auto changed = profile::ApplySet(draft, line.changes);
        store::Update update;
        if (exists && changed.empty()) return update;
        if (!changed.empty()) {
          using namespace std::chrono;
          std::int64_t now_ms =
              duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
          update.change =
              store::Change{line.account, draft.header.notice_seq, line.account, "", "Import",
                            now_ms,       std::move(changed)};
        }
        update.record = std::move(draft);
        return update;
      };
}

class StoreTarget final : public ImportTarget {
 public:
  StoreTarget(std::unique_ptr<store::Store> store, profile::AppId app)
      : store_(std::move(store)), app_(app), schema_(app) {}

  base::Result<void> ReadSchema() {
    using Fields = store::Store::Fields;
    auto fields = store::Wait<Fields>(
        [&](store::Callback<Fields> done) { store_->ReadFields(app_, std::move(done)); });
    if (!fields) return tl::unexpected(fields.error());
    for (const profile::CustomField& field : *fields) schema_.AddCustomField(field);
    return {};
  }

  void Apply(AccountLine line, Done done) override {
    profile::AccountId account = line.account;
    store_->UpdateAccount(app_, account, DecideImport(std::move(line)),
                          [done = std::move(done)](base::Result<store::Updated> updated) {
                            if (updated) return done(std::nullopt);
                            done(updated.error());
                          });
  }

  const profile::Schema& schema() const override { return schema_; }

 private:
  std::unique_ptr<store::Store> store_;
  profile::AppId app_;
  profile::Schema schema_;
};

}  // namespace

base::Result<std::unique_ptr<ImportTarget>> OpenStoreTarget(const std::string& folder,
                                                            profile::AppId app) {
  if (!std::filesystem::is_directory(folder)) {
    return base::Fail(base::Code::kStorageFailed, folder + ": there is no store");
  }
  store::RocksDbOptions options;
  options.path = folder;
  options.record_cache_bytes = 0;  // each account is seen once
  auto store = store::OpenRocksDbStore(options);
  if (!store) return tl::unexpected(store.error());
  auto target = std::make_unique<StoreTarget>(*std::move(store), app);
  if (auto read = target->ReadSchema(); !read) return tl::unexpected(read.error());
  return target;
}

}  // namespace cli
