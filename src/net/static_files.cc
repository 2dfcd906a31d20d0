#include "net/static_files.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace net {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kText = "text/plain; charset=utf-8";

std::string_view TypeOf(const std::string& extension) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 12> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".json", "application/json; charset=utf-8"},
      {".yaml", "application/yaml; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".ico", "image/x-icon"},
      {".woff2", "font/woff2"},
      {".txt", kText},
      {".map", "application/json; charset=utf-8"},
  }};
  for (const auto& [known, type] : kTypes) {
    if (extension == known) return type;
  }
  return "application/octet-stream";
}

// Pictures and fonts are compressed already.
bool IsText(std::string_view type) {
  return type.starts_with("text/") || type.starts_with("application/json") ||
         type.starts_with("application/yaml") || type == "image/svg+xml";
}

std::string Gzip(const std::string& bytes) {
  z_stream stream{};
  constexpr int kGzipWindow = 15 + 16;
  if (deflateInit2(&stream, 9, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) return {};
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return done && out.size() < bytes.size() ? out : std::string();
}

// Calls `each` with the elements of a comma-separated list, trimmed, until it returns true.
template <class Each>
bool AnyOf(std::string_view list, Each each) {
  while (!list.empty()) {
    std::string_view item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(list.size(), item.size() + 1));
    std::size_t first = item.find_first_not_of(" \t");
    if (first == std::string_view::npos) continue;
    if (each(item.substr(first, item.find_last_not_of(" \t") - first + 1))) return true;
  }
  return false;
}

bool TakesGzip(std::string_view accepted) {
  return AnyOf(accepted, [](std::string_view coding) {
    std::size_t semicolon = coding.find(';');
    std::string_view name = coding.substr(0, coding.find_first_of(" \t;"));
    if (!EqualsIgnoringCase(name, "gzip")) return false;
    std::string_view weight = semicolon == std::string_view::npos ? "" : coding.substr(semicolon);
    std::size_t q = weight.find("q=");
    // "q=0", "q=0.", "q=0.00": not at all.
    return q == std::string_view::npos ||
           weight.find_first_of("123456789", q) != std::string_view::npos;
  });
}

// If-None-Match: a list, weak or not, or anything at all.
bool Matches(std::string_view list, std::string_view etag) {
  return AnyOf(list, [&](std::string_view item) {
    if (item.starts_with("W/")) item.remove_prefix(2);
    return item == "*" || item == etag;
  });
}

Response Plain(int status, std::string_view body) {
  Response response;
  response.status = status;
  response.content_type = kText;
  response.body = body;
  return response;
}

}  // namespace

base::Result<void> StaticFiles::Load(const std::string& folder) {
  std::error_code error;
  std::size_t total = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->is_regular_file(error)) continue;
    std::ifstream in(it->path(), std::ios::binary);
    File file;
    file.bytes.assign(std::istreambuf_iterator<char>(in), {});
    total += file.bytes.size();
    if (!in || total > kMaxBytes) {
      return base::Fail(base::Code::kInternal, it->path().string() + ": cannot be loaded");
    }
    std::string path = '/' + it->path().lexically_relative(folder).generic_string();
    file.content_type = TypeOf(it->path().extension());
    if (IsText(file.content_type)) file.gzip = Gzip(file.bytes);
    file.is_immutable = path.starts_with("/assets/");
    auto hash = crc32(0, reinterpret_cast<const Bytef*>(file.bytes.data()),
                      static_cast<uInt>(file.bytes.size()));
    file.etag = '"' + std::to_string(hash) + '-' + std::to_string(file.bytes.size()) + '"';
    files_.emplace(std::move(path), std::move(file));
  }
  if (error) return base::Fail(base::Code::kInternal, folder + ": " + error.message());
  return {};
}

Response StaticFiles::Serve(const Request& request) const {
  std::string path(request.target.substr(0, request.target.find('?')));
  if (path == "/") path = "/index.html";
  auto found = files_.find(path);
  if (found == files_.end()) return Plain(404, "There is nothing here.\n");
  if (request.method != "GET" && request.method != "HEAD") {
    return Plain(405, "Only GET and HEAD.\n");
  }
  const File& file = found->second;
  Response response;
  response.content_type = file.content_type;
  response.fields =
      "ETag: " + file.etag + "\r\nX-Content-Type-Options: nosniff\r\nCache-Control: " +
      (file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache") + "\r\n";
  if (path.ends_with(".html")) {
    // What the page may load it says itself; who may put it into a frame only a field can say.
    response.fields +=
        "Content-Security-Policy: frame-ancestors 'none'\r\nReferrer-Policy: same-origin\r\n";
  }
  response.fields += "Vary: Accept-Encoding\r\n";
  if (Matches(request.Field("if-none-match"), file.etag)) {
    response.status = 304;
    return response;
  }
  bool takes_gzip = TakesGzip(request.Field("accept-encoding"));
  if (takes_gzip && !file.gzip.empty()) response.fields += "Content-Encoding: gzip\r\n";
  response.body = takes_gzip && !file.gzip.empty() ? file.gzip : file.bytes;
  return response;
}

}  // namespace net
