#include "api/socket_message.h"

#include <zlib.h>

#include "base/json_string.h"

namespace api {
namespace {

constexpr std::size_t kMinCompressedBytes = 1024;

// "COMP" and a zlib stream, if that is shorter.
void Compress(std::string& message) {
  constexpr std::string_view kMark = "COMP";
  uLongf size = compressBound(static_cast<uLong>(message.size()));
  std::string packed(kMark.size() + size, '\0');
  packed.replace(0, kMark.size(), kMark);
  int status = compress2(reinterpret_cast<Bytef*>(packed.data() + kMark.size()), &size,
                         reinterpret_cast<const Bytef*>(message.data()),
                         static_cast<uLong>(message.size()), 1);
  if (status != Z_OK || kMark.size() + size >= message.size()) return;
  packed.resize(kMark.size() + size);
  message = std::move(packed);
}

}  // namespace

std::string MakeSocketMessage(std::string_view servcmd, std::string_view seq, std::string_view body,
                              bool compresses) {
  std::string message;
  message.reserve(servcmd.size() + seq.size() + body.size() + 48);
  message += R"({"head":{"servcmd":)";
  base::AppendJsonString(message, servcmd);
  message += R"(,"seq":)";
  message += seq;
  message += R"(},"body":)";
  message += body;
  message += '}';
  if (compresses && message.size() >= kMinCompressedBytes) Compress(message);
  return message;
}

std::string MakePush(std::string_view servcmd, std::string_view body, bool compresses) {
  return MakeSocketMessage(servcmd, "1", body, compresses);
}

}  // namespace api
