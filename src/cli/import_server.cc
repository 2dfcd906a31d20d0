#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "base/json_string.h"
#include "cli/import_target.h"

namespace cli {
namespace {

using base::Code;
using base::Error;
using base::JsonValue;
using Type = base::JsonValue::Type;

constexpr std::size_t kMaxBatch = 100;  // accounts of one multiaccount_import

// What an answer says went wrong, or nothing.
std::optional<Error> ProblemIn(const base::Result<std::string>& answer, base::JsonParser& parser) {
  if (!answer) return Error{Code::kInternal, answer.error().detail};
  auto root = parser.Parse(*answer);
  if (!root || !root->Is(Type::kObject) || !root->Find("ErrorCode").Is(Type::kInteger)) {
    return Error{Code::kInternal, "the server's answer is none"};
  }
  auto code = static_cast<Code>(root->Find("ErrorCode").Integer());
  if (code == Code::kOk) return std::nullopt;
  JsonValue info = root->Find("ErrorInfo");
  return Error{code, info.Is(Type::kString) ? std::string(info.String()) : std::string()};
}

base::Result<profile::Schema> AskForSchema(const RestServer& server) {
  HttpClient http(server.ca_file);
  base::JsonParser parser;
  auto answer = CallRest(server, http, "portrait_admin_svc/custom_field_list", "{}");
  if (auto problem = ProblemIn(answer, parser)) {
    return base::Fail(problem->code, problem->detail);
  }
  profile::Schema schema(server.sdkappid);
  auto root = parser.Parse(*answer);
  JsonValue fields = root->Find("CustomProfileField");
  if (!fields.Is(Type::kArray)) return base::Fail(Code::kInternal, "there are no custom fields");
  fields.ForEach([&](JsonValue field) {
    profile::CustomField custom;
    custom.key = field.Find("Key").String();
    schema.AddCustomField(custom);
    return true;
  });
  return schema;
}

class ServerTarget final : public ImportTarget {
 public:
  ServerTarget(RestServer server, profile::Schema schema, std::size_t connections)
      : server_(std::move(server)), schema_(std::move(schema)), queues_(connections) {
    for (Queue& queue : queues_) queue.thread = std::thread([this, &queue] { Run(queue); });
  }

  ~ServerTarget() override {
    for (Queue& queue : queues_) {
      std::lock_guard lock(queue.mutex);
      queue.stopping = true;
      queue.changed.notify_all();
    }
    for (Queue& queue : queues_) queue.thread.join();
  }

  void Apply(AccountLine line, Done done) override {
    // By account, so that its lines stay in order.
    Queue& queue = queues_[std::hash<profile::AccountId>()(line.account) % queues_.size()];
    std::lock_guard lock(queue.mutex);
    queue.waiting.push_back({std::move(line), std::move(done)});
    queue.changed.notify_all();
  }

  const profile::Schema& schema() const override { return schema_; }

 private:
  struct Item {
    AccountLine line;
    Done done;
  };
  struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::deque<Item> waiting;
    bool stopping = false;
    std::thread thread;
  };

  void Run(Queue& queue) {
    HttpClient http(server_.ca_file);
    for (;;) {
      std::vector<Item> batch;
      {
        std::unique_lock lock(queue.mutex);
        queue.changed.wait(lock, [&] { return queue.stopping || !queue.waiting.empty(); });
        if (queue.waiting.empty()) return;
        while (!queue.waiting.empty() && batch.size() < kMaxBatch) {
          batch.push_back(std::move(queue.waiting.front()));
          queue.waiting.pop_front();
        }
      }
      Import(http, batch);
    }
  }

  void Import(HttpClient& http, std::vector<Item>& batch) {
    std::string body = R"({"Accounts":[)";
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i > 0) body += ',';
      base::AppendJsonString(body, batch[i].line.account.View());
    }
    auto answer = CallRest(server_, http, "im_open_login_svc/multiaccount_import", body + "]}");
    base::JsonParser parser;
    if (auto problem = ProblemIn(answer, parser)) {
      for (Item& item : batch) item.done(problem);
      return;
    }
    std::vector<std::string> failed;
    JsonValue accounts = parser.Parse(*answer)->Find("FailAccounts");
    if (accounts.Is(Type::kArray)) {
      accounts.ForEach([&](JsonValue account) {
        if (account.Is(Type::kString)) failed.emplace_back(account.String());
        return true;
      });
    }
    for (Item& item : batch) {
      bool is_in =
          std::find(failed.begin(), failed.end(), item.line.account.View()) == failed.end();
      if (!is_in) {
        item.done(Error{Code::kAccountParameters, "the server did not import the account"});
      } else if (item.line.changes.empty()) {
        item.done(std::nullopt);
      } else {
        SetFields(http, parser, item);
      }
    }
  }

  void SetFields(HttpClient& http, base::JsonParser& parser, Item& item) {
    std::string body = R"({"From_Account":)";
    base::AppendJsonString(body, item.line.account.View());
    body += R"(,"ProfileItem":[)";
    for (const profile::FieldChange& change : item.line.changes) {
      if (body.back() != '[') body += ',';
      body += change.field->item_opening + change.fragment + '}';
    }
    body += "]}";
    item.done(ProblemIn(CallRest(server_, http, "profile/portrait_set", body), parser));
  }

  const RestServer server_;
  const profile::Schema schema_;
  std::deque<Queue> queues_;
};

}  // namespace

base::Result<std::unique_ptr<ImportTarget>> OpenServerTarget(const RestServer& server,
                                                             std::size_t connections) {
  auto schema = AskForSchema(server);
  if (!schema) return tl::unexpected(schema.error());
  return std::make_unique<ServerTarget>(server, *std::move(schema), connections);
}

}  // namespace cli
