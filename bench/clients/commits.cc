// What RocksDB alone does: synced commits of a batch each, from one thread, for some seconds.
// Prints {"rps": records per second, "cpuUs": CPU time per record}.

#include <rocksdb/db.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

namespace {

using Clock = std::chrono::steady_clock;

struct Flags {
  std::string folder;
  double seconds = 5;
  int batch = 64;
  std::size_t accounts = 1000000;
  std::size_t value_bytes = 500;
};

double CpuSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

int Run(const Flags& flags) {
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  options.bottommost_compression = rocksdb::kLZ4Compression;
  rocksdb::DB* opened = nullptr;
  if (auto status = rocksdb::DB::Open(options, flags.folder, &opened); !status.ok()) {
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return 1;
  }
  std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions sync;
  sync.sync = true;
  std::string value(flags.value_bytes, 'v');
  std::size_t written = 0;
  double cpu_before = CpuSeconds();
  auto started = Clock::now();
  std::chrono::duration<double> elapsed{};
  while ((elapsed = Clock::now() - started).count() < flags.seconds) {
    rocksdb::WriteBatch batch;
    for (int i = 0; i < flags.batch; ++i, ++written) {
      // Spread over all accounts, as sets are; every value differs from the last.
      std::string key = "account-" + std::to_string(written * 7919 % flags.accounts);
      value.replace(0, 8, std::to_string(10000000 + written % 10000000));
      batch.Put(key, value);
    }
    if (!db->Write(sync, &batch).ok()) return 1;
  }
  double count = static_cast<double>(written);
  std::printf("{\"rps\":%.1f,\"cpuUs\":%.2f}\n", count / elapsed.count(),
              (CpuSeconds() - cpu_before) / count * 1e6);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App cli("synced commits of RocksDB alone");
  cli.add_option("--folder", flags.folder, "of the database, made if missing")->required();
  cli.add_option("--seconds", flags.seconds)->capture_default_str();
  cli.add_option("--batch", flags.batch, "records a commit")->capture_default_str();
  CLI11_PARSE(cli, argc, argv);
  return Run(flags);
}
