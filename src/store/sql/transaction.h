#pragma once

// What one attempt at a transaction takes up and leaves behind. Private to store/sql.

#include <map>
#include <vector>

#include "store/sql/writer.h"
#include "store/store.h"

namespace store::sql {

// The next position of each app in this writer's stream, where it is known.
using Positions = std::map<AppId, std::uint64_t>;

struct Transaction {
  Writer writer;              // TinyIds are taken off it
  Positions positions;        // so are positions
  bool has_writes = false;    // else there is nothing to commit
  std::vector<Event> events;  // other processes are told of them
  std::vector<AppId> fields;  // so too, apps whose custom fields have changed
};

// What a row of `commits` tells other processes.
struct CommitNews {
  std::vector<Event> events;
  std::vector<AppId> fields;
};
std::string EncodeNews(const Transaction& transaction);
std::optional<CommitNews> DecodeNews(std::string_view bytes);

// A statement with rows of values, cut into several where it grows too long for a packet.
class RowsStatement {
 public:
  RowsStatement(std::string head, std::string tail);
  void Add(const std::string& row);
  Reply<void> Run(Connection& connection);

 private:
  static constexpr std::size_t kMaxBytes = 1 << 20;

  const std::string head_, tail_;
  std::vector<std::string> statements_;
};

}  // namespace store::sql
