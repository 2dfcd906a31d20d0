// portraitd: the server's command line.

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <csignal>
#include <cstdio>
#include <functional>
#include <string>

#include "app/dev.h"
#include "app/server.h"
#include "base/files.h"
#include "net/server.h"

namespace {

constexpr std::chrono::minutes kSweepInterval{10};
constexpr std::chrono::seconds kSweepOnInterval{1};  // where one was not enough

struct Flags {
  std::string config_file, data, http, https, ops, ready_file;
  std::size_t threads = 0;
  bool dev = false;
  bool check_config = false;
};

int FailStart(const std::string& why) {
  std::fprintf(stderr, "portraitd: %s\n", why.c_str());
  return 1;
}

// The file's settings, then the flags that were given over them.
base::Result<app::Config> MakeConfig(const Flags& flags, const CLI::App& cli) {
  app::Config config;
  if (!flags.config_file.empty()) {
    auto read = app::ReadConfigFile(flags.config_file);
    if (!read) return tl::unexpected(read.error());
    config = *std::move(read);
  } else if (!flags.dev) {
    return base::Fail(base::Code::kInternal, "--config FILE is required (or --dev to try it out)");
  }
  auto take = [&cli](const char* flag, auto& setting, const auto& given) {
    if (cli.count(flag) > 0) setting = given;
  };
  take("--data", config.data, flags.data);
  take("--http", config.http, flags.http);
  take("--https", config.https, flags.https);
  take("--ops", config.ops, flags.ops);
  take("--threads", config.threads, flags.threads);
  for (const std::string& address : {config.http, config.https, config.ops}) {
    if (address.empty()) continue;
    if (auto checked = net::CheckAddress(address); !checked) {
      return tl::unexpected(checked.error());
    }
  }
  config.dev = flags.dev;
  if (!config.dev && config.apps.empty()) {
    return base::Fail(base::Code::kInternal, flags.config_file + ": there is no [[app]]");
  }
  return config;
}

// The settings as they are to be now: the flags over the file, and what dev mode adds.
base::Result<app::Config> MakeWholeConfig(const Flags& flags, const CLI::App& cli) {
  auto config = MakeConfig(flags, cli);
  if (!config || !config->dev) return config;
  if (auto added = app::AddDevApp(*config); !added) return tl::unexpected(added.error());
  return config;
}

// Sweeps the store now and then and reloads the configuration at every SIGHUP, until SIGINT or
// SIGTERM. Signals are caught from its making on.
class MainLoop {
 public:
  using ReadConfig = std::function<base::Result<app::Config>()>;

  explicit MainLoop(ReadConfig read_config) : read_config_(std::move(read_config)) {
    signals_.async_wait([this](const boost::system::error_code&, int number) {
      base::LogInfo("stopping", {{"signal", number}});
      context_.stop();
    });
  }

  void Run(app::Server& server) {
    SweepAfter(server, kSweepInterval);
    ReloadAtHangup(server);
    context_.run();
  }

 private:
  void ReloadAtHangup(app::Server& server) {
    hangups_.async_wait([this, &server](const boost::system::error_code& error, int) {
      if (error) return;
      Reload(server);
      ReloadAtHangup(server);
    });
  }

  void Reload(app::Server& server) {
    auto config = read_config_();
    if (!config) return base::LogError("reload refused", {{"reason", config.error().detail}});
    auto waiting = server.Reload(*config);
    if (!waiting) return base::LogError("reload refused", {{"reason", waiting.error().detail}});
    std::string names;
    for (const std::string& name : *waiting) names += (names.empty() ? "" : ", ") + name;
    base::LogInfo("reloaded", {{"waiting_for_restart", names}});
  }

  void SweepAfter(app::Server& server, std::chrono::seconds pause) {
    timer_.expires_after(pause);
    timer_.async_wait([this, &server](const boost::system::error_code& error) {
      if (error) return;
      server.Sweep([this, &server](bool has_more) {
        boost::asio::post(context_, [this, &server, has_more] {
          SweepAfter(server, has_more ? kSweepOnInterval : kSweepInterval);
        });
      });
    });
  }

  boost::asio::io_context context_{1};
  ReadConfig read_config_;
  boost::asio::signal_set signals_{context_, SIGINT, SIGTERM};
  boost::asio::signal_set hangups_{context_, SIGHUP};
  boost::asio::steady_timer timer_{context_};
};

int Run(const Flags& flags, const CLI::App& cli, const std::string& data) {
  if (auto made = base::MakePrivateFolder(data); !made) return FailStart(made.error().detail);
  MainLoop loop([&] { return MakeWholeConfig(flags, cli); });
  auto config = MakeWholeConfig(flags, cli);
  if (!config) return FailStart(config.error().detail);
  auto server = app::Server::Make(*config);
  if (!server) return FailStart(server.error().detail);
  (*server)->Start();
  if (!flags.ready_file.empty()) {
    auto written = base::WriteFileAtomically(flags.ready_file, (*server)->ReadyText());
    if (!written) return FailStart(written.error().detail);
  }
  loop.Run(**server);
  (*server)->Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  Flags flags;
  CLI::App cli("portraitd: the profile server for instant messaging");
  auto add = [&cli](const char* flag, auto& value, const char* what) {
    cli.add_option(flag, value, what)->take_last();  // a wrapper's flags give way to its user's
  };
  add("--config", flags.config_file, "TOML file with the settings");
  add("--data", flags.data, "folder for everything that is kept");
  add("--http", flags.http, "ADDRESS:PORT, port 0 for a free one, empty for none");
  add("--https", flags.https, "ADDRESS:PORT");
  add("--ops", flags.ops, "ADDRESS:PORT of /livez, /readyz and /metrics");
  cli.add_option("--threads", flags.threads, "event loops; 0: one per core")
      ->take_last()
      ->check(CLI::Range(0, 1024));
  add("--ready-file", flags.ready_file, "written as JSON once every listener accepts");
  cli.add_flag("--dev", flags.dev,
               "try it out: one app with a secret of its own, no config needed");
  cli.add_flag("--check-config", flags.check_config, "read the config, say what is wrong, and end");
  cli.set_version_flag("--version", "portraitd " PORTRAIT_VERSION);
  CLI11_PARSE(cli, argc, argv);

  auto config = MakeConfig(flags, cli);
  if (!config) return FailStart(config.error().detail);
  if (flags.check_config) {
    std::printf("the configuration is fine: %zu app(s)\n", config->apps.size());
    return 0;
  }
  ::umask(077);  // what is written here is nobody else's
  std::signal(SIGPIPE, SIG_IGN);
  base::StartLog(config->log_level, ::isatty(STDERR_FILENO) == 0);
  return Run(flags, cli, config->data);
}
