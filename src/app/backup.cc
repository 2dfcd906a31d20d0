#include "app/backup.h"

#include <algorithm>
#include <cctype>
#include <chrono>
#include <filesystem>

#include "api/await.h"
#include "base/files.h"
#include "base/json_string.h"
#include "base/log.h"

namespace app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxBackups = 100;  // each keeps old files from being deleted

net::Response Text(int status, std::string body) {
  net::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body) + '\n';
  response.any_origin = false;
  return response;
}

bool IsName(std::string_view name) {
  auto is_good = [](unsigned char c) {
    return c < 0x80 && (std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.');
  };
  return !name.empty() && name.size() <= 64 && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), is_good);
}

std::size_t CountEntries(const std::string& folder) {
  std::error_code error;
  return static_cast<std::size_t>(
      std::distance(fs::directory_iterator(folder, error), fs::directory_iterator()));
}

}  // namespace

boost::asio::awaitable<net::Response> ServeBackup(const net::Request& request, store::Store& store,
                                                  const std::string& folder) {
  if (request.method != "POST") co_return Text(405, "A backup is made with POST.");
  std::string_view name = request.Field("X-Portrait-Backup");
  if (!IsName(name)) co_return Text(400, "X-Portrait-Backup has to name the backup.");
  if (auto made = base::MakePrivateFolder(folder); !made) co_return Text(500, made.error().detail);
  std::string path = fs::absolute(folder + '/' + std::string(name)).lexically_normal();
  std::error_code error;
  if (fs::exists(path, error)) co_return Text(409, path + " is there already.");
  if (CountEntries(folder) >= kMaxBackups) {
    co_return Text(409, folder + " holds " + std::to_string(kMaxBackups) + ": remove some first.");
  }
  auto began = std::chrono::steady_clock::now();
  std::function<void(store::Callback<bool>)> start = [&](store::Callback<bool> done) {
    store.MakeBackup(path, std::move(done));
  };
  auto made = co_await api::Await<bool>(start);
  if (!made) {
    base::LogError("backup failed", {{"reason", made.error().detail}});
    co_return Text(500, made.error().detail);
  }
  std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  base::LogInfo("backup made", {{"folder", path}});
  net::Response response = Text(200, {});
  response.content_type = "application/json; charset=utf-8";
  response.body = "{\"folder\":";
  base::AppendJsonString(response.body, path);
  response.body += ",\"seconds\":" + std::to_string(took.count()) + "}\n";
  co_return response;
}

}  // namespace app
