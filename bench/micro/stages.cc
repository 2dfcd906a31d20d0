// Each stage of a request by itself: parse, route and authenticate, decode, read, encode, write.
// `bench_micro --benchmark_filter=…`; see bench/instructions for what a whole request costs.

#include <benchmark/benchmark.h>

#include <filesystem>
#include <future>

#include "api/query.h"
#include "auth/sessions.h"
#include "auth/usersig.h"
#include "base/json.h"
#include "bench/micro/requests.h"
#include "net/request_parser.h"
#include "profile/fields.h"
#include "store/memory_store.h"
#include "store/rocksdb_store.h"

namespace {

constexpr std::size_t kMany = 100;

bench::Api& TheApi() {
  static bench::Api api;
  return api;
}

void HttpParse(benchmark::State& state) {
  std::string bytes = bench::GetRequest(TheApi().SessionTarget(), bench::GetBody(1));
  net::Limits limits;
  for (auto _ : state) {
    net::Request request;
    net::RequestParser parser(request, limits);
    std::size_t end = net::FindHeadEnd(bytes, 0);
    request.head.assign(bytes, 0, end);
    bool failed = parser.ParseHead() != 0;
    parser.ParseBody(std::string_view(bytes).substr(end), failed);
    if (failed) state.SkipWithError("not parsed");
    benchmark::DoNotOptimize(request);
  }
}
BENCHMARK(HttpParse);

void RouteAndQuery(benchmark::State& state) {
  std::string target = TheApi().SessionTarget();
  std::size_t mark = target.find('?');
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        api::FindCommand(std::string_view(target).substr(1, mark - 1), api::Door::kHttp));
    benchmark::DoNotOptimize(api::Query::Parse(std::string_view(target).substr(mark + 1)));
  }
}
BENCHMARK(RouteAndQuery);

void AuthenticateSession(benchmark::State& state) {
  std::string a2_key = auth::MakeRandomHex();
  for (auto _ : state) benchmark::DoNotOptimize(auth::ToSessionId(a2_key));
}
BENCHMARK(AuthenticateSession);

void AuthenticateUserSig(benchmark::State& state) {
  auth::App app(bench::kApp);
  app.SetTrust({{"a key of some length, as the console would show it, for this"}, {}});
  constexpr std::int64_t kNow = 1700000000;
  std::string usersig = auth::MakeUserSig({"administrator", bench::kApp, kNow, 86400, {}},
                                          app.trust().secret_keys.front());
  for (auto _ : state) {
    auto claims = auth::VerifyUserSig(usersig, app, "administrator", kNow);
    if (!claims) state.SkipWithError("refused");
    benchmark::DoNotOptimize(claims);
  }
}
BENCHMARK(AuthenticateUserSig);

void JsonDecode(benchmark::State& state) {
  std::string body = bench::GetBody(static_cast<std::size_t>(state.range(0)));
  base::JsonParser parser;
  for (auto _ : state) {
    auto value = parser.Parse(body);
    std::size_t bytes = 0;
    for (const char* key : {"To_Account", "TagList"}) {
      value->Find(key).ForEach([&bytes](base::JsonValue item) {
        bytes += item.String().size();
        return true;
      });
    }
    benchmark::DoNotOptimize(bytes);
  }
}
BENCHMARK(JsonDecode)->Arg(1)->Arg(kMany);

// Reads `state.range(0)` records, waiting for the store where it answers on a thread of its own.
void ReadRecords(benchmark::State& state, store::Store& store) {
  std::vector<store::AccountId> ids;
  for (std::int64_t i = 0; i < state.range(0); ++i) {
    ids.push_back(*store::AccountId::Parse(bench::AccountName(static_cast<std::size_t>(i))));
  }
  for (auto _ : state) {
    std::promise<bool> done;
    store.ReadAccounts(bench::kApp, ids, [&](base::Result<store::Store::Records> records) {
      done.set_value(records && records->back() && records->back().value() != nullptr);
    });
    if (!done.get_future().get()) state.SkipWithError("not read");
  }
}

void ReadMemory(benchmark::State& state) {
  static store::MemoryStore store;
  static bool filled = (bench::Fill(store), true);
  benchmark::DoNotOptimize(filled);
  ReadRecords(state, store);
}
BENCHMARK(ReadMemory)->Arg(1)->Arg(kMany);

void ReadRocksDb(benchmark::State& state) {
  auto folder = std::filesystem::temp_directory_path() / "portrait-bench-micro";
  std::filesystem::remove_all(folder);
  {
    auto store = store::OpenRocksDbStore({.path = folder.string()});
    if (!store) return state.SkipWithError(store.error().detail.c_str());
    bench::Fill(**store);
    ReadRecords(state, **store);
  }
  std::filesystem::remove_all(folder);
}
BENCHMARK(ReadRocksDb)->Arg(1)->Arg(kMany);

// Finds the six fields and appends their fragments: what encoding an answer amounts to.
void Encode(benchmark::State& state) {
  profile::RecordDraft draft;
  for (const profile::Field& field : profile::StandardFields()) {
    draft.fields[field.record_key] = "\"a value of some twenty bytes\"";
  }
  auto record = profile::Record::Decode(draft.Encode());
  std::string out;
  for (auto _ : state) {
    out.clear();
    for (std::int64_t i = 0; i < state.range(0); ++i) {
      for (const profile::Field& field : profile::StandardFields().first(6)) {
        out += R"({"Tag":")";
        out += field.tag;
        out += R"(","Value":)";
        out += *record->Find(field.record_key);
        out += '}';
      }
    }
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(Encode)->Arg(1)->Arg(kMany);

void WriteResponse(benchmark::State& state) {
  net::Response response;
  response.content_type = "application/json; charset=utf-8";
  response.body = std::string(600, 'x');
  for (auto _ : state) {
    benchmark::DoNotOptimize(net::ToBytes(response, "Mon, 01 Jan 2024 00:00:00 GMT", true, true));
  }
}
BENCHMARK(WriteResponse);

// All between the HTTP parser and the socket: route, authenticate, decode, read, encode.
void WholeGet(benchmark::State& state) {
  std::string target = TheApi().SessionTarget();
  std::string body = bench::GetBody(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    std::string answer = TheApi().Answer(target, body);
    if (answer.find(R"("ActionStatus":"OK")") == std::string::npos) {
      state.SkipWithError(answer.c_str());
    }
  }
}
BENCHMARK(WholeGet)->Arg(1)->Arg(kMany);

void WholeGetByUserSig(benchmark::State& state) {
  std::string target = TheApi().UserSigTarget();
  std::string body = R"({"To_Account":["u00000000"],"TagList":["Tag_Profile_IM_Nick"]})";
  for (auto _ : state) benchmark::DoNotOptimize(TheApi().Answer(target, body));
}
BENCHMARK(WholeGetByUserSig);

}  // namespace

BENCHMARK_MAIN();
