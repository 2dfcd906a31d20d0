#include "store/copy.h"

namespace store {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr std::size_t kPage = 1000;

const char* NameOf(Part part) {
  switch (part) {
    case Part::kFields: return "custom fields";
    case Part::kAccounts: return "accounts";
    case Part::kSessions: return "sessions";
    case Part::kInstances: return "instances";
    case Part::kChanges: return "changes";
  }
  return "";
}

// Calls `each` with every page of a part.
template <class Each>
Result<void> ForEachPage(Bulk& bulk, Part part, std::optional<Item> after, Each each) {
  for (;;) {
    auto items = bulk.Read(part, after, kPage);
    if (!items) return tl::unexpected(items.error());
    if (items->empty()) return {};
    if (Result<void> done = each(*items); !done) return done;
    after = std::move(items->back());
  }
}

// FNV-1a, with the length of each piece.
void Mix(std::uint64_t& hash, std::string_view bytes) {
  auto mix = [&hash](unsigned char byte) { hash = (hash ^ byte) * 1099511628211u; };
  for (std::size_t length = bytes.size(); length > 0; length >>= 8) {
    mix(static_cast<unsigned char>(length));
  }
  for (char c : bytes) mix(static_cast<unsigned char>(c));
}

std::uint64_t HashOf(Part part, const Item& item) {
  std::uint64_t hash = 14695981039346656037u + static_cast<std::uint64_t>(part);
  Mix(hash, std::to_string(item.app));
  Mix(hash, item.account);
  Mix(hash, item.id);
  Mix(hash, std::to_string(item.notice_seq));
  Mix(hash, item.value);
  return hash;
}

struct Sum {
  std::uint64_t count = 0;
  std::uint64_t checksum = 0;
  bool operator==(const Sum&) const = default;
};

Result<Sum> SumOf(Bulk& bulk, Part part, const OnProgress& on_progress) {
  Sum sum;
  auto read = ForEachPage(bulk, part, std::nullopt, [&](const std::vector<Item>& items) {
    for (const Item& item : items) sum.checksum += HashOf(part, item);
    sum.count += items.size();
    on_progress(std::string("checking ") + NameOf(part), sum.count);
    return Result<void>();
  });
  if (!read) return tl::unexpected(read.error());
  return sum;
}

Result<void> CopyPart(Bulk& from, Bulk& to, Part part, CopyReport& report,
                      const OnProgress& on_progress) {
  std::optional<Item> after;
  if (part == Part::kAccounts) {
    auto last = to.LastAccount();
    if (!last) return tl::unexpected(last.error());
    after = *std::move(last);
  } else if (auto cleared = to.Clear(part); !cleared) {
    return cleared;
  }
  std::uint64_t done = 0;
  auto copied = ForEachPage(from, part, after, [&](const std::vector<Item>& items) {
    auto written = to.Write(part, items);
    done += items.size();
    on_progress(NameOf(part), done);
    return written;
  });
  if (part == Part::kAccounts) report.copied_accounts = done;
  return copied;
}

Result<void> Compare(Bulk& from, Bulk& to, Part part, CopyReport& report,
                     const OnProgress& on_progress) {
  auto expected = SumOf(from, part, on_progress);
  if (!expected) return tl::unexpected(expected.error());
  auto copied = SumOf(to, part, on_progress);
  if (!copied) return tl::unexpected(copied.error());
  if (*expected != *copied) {
    return Fail(Code::kStorageFailed, std::string(NameOf(part)) +
                                          " differ: " + std::to_string(expected->count) +
                                          " there, " + std::to_string(copied->count) + " copied");
  }
  if (part == Part::kAccounts) report.accounts = copied->count;
  report.items += copied->count;
  report.checksum += copied->checksum;
  return {};
}

}  // namespace

Result<CopyReport> CopyStore(Bulk& from, Bulk& to, const OnProgress& on_progress) {
  CopyReport report;
  for (Part part : kParts) {
    if (auto done = CopyPart(from, to, part, report, on_progress); !done) {
      return tl::unexpected(done.error());
    }
  }
  auto tiny_id = from.NextTinyId();
  if (!tiny_id) return tl::unexpected(tiny_id.error());
  if (*tiny_id != 0) {
    if (auto set = to.SetNextTinyId(*tiny_id); !set) return tl::unexpected(set.error());
  }
  auto places = from.ReadPlaces();
  if (!places) return tl::unexpected(places.error());
  if (auto done = to.WritePlaces(*places); !done) return tl::unexpected(done.error());
  for (Part part : kParts) {
    if (auto same = Compare(from, to, part, report, on_progress); !same) {
      return tl::unexpected(same.error());
    }
  }
  if (auto finished = to.Finish(); !finished) return tl::unexpected(finished.error());
  return report;
}

}  // namespace store
