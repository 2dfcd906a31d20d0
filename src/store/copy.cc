#include "store/copy.h"

#include <unordered_map>

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

// Calls `each` with every page of a part, and tells of it as `what`.
template <class Each>
Result<void> ForEachPage(Bulk& bulk, Part part, const std::string& what,
                         const OnProgress& on_progress, Each each) {
  auto total = bulk.Estimate(part);
  if (!total) return tl::unexpected(total.error());
  std::uint64_t done = 0;
  std::optional<Item> after;
  for (;;) {
    auto items = bulk.Read(part, after, kPage);
    if (!items) return tl::unexpected(items.error());
    if (items->empty()) return {};
    if (Result<void> fine = each(*items); !fine) return fine;
    done += items->size();
    on_progress(what, done, *total);
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
  std::string what = std::string("checking ") + NameOf(part);
  auto read = ForEachPage(bulk, part, what, on_progress, [&](const std::vector<Item>& items) {
    for (const Item& item : items) sum.checksum += HashOf(part, item);
    sum.count += items.size();
    return Result<void>();
  });
  if (!read) return tl::unexpected(read.error());
  return sum;
}

std::string KeyOf(const Item& account) {
  return std::to_string(account.app) + ' ' + account.account;
}

// Those of a page of accounts that `to` does not have as they are. Either lists accounts alike, and
// `to` has none that `from` has not, so the page's accounts are among its next ones.
Result<std::vector<Item>> WhatDiffers(Bulk& to, const std::optional<Item>& after,
                                      const std::vector<Item>& page) {
  auto there = to.Read(Part::kAccounts, after, page.size());
  if (!there) return tl::unexpected(there.error());
  std::unordered_map<std::string, std::string> values;
  for (Item& item : *there) values.emplace(KeyOf(item), std::move(item.value));
  std::vector<Item> differing;
  for (const Item& item : page) {
    auto found = values.find(KeyOf(item));
    if (found == values.end() || found->second != item.value) differing.push_back(item);
  }
  return differing;
}

Result<void> CopyAccounts(Bulk& from, Bulk& to, CopyReport& report, const OnProgress& on_progress) {
  std::optional<Item> after;
  auto copy_page = [&](const std::vector<Item>& page) -> Result<void> {
    auto differing = WhatDiffers(to, after, page);
    if (!differing) return tl::unexpected(differing.error());
    after = page.back();
    report.copied_accounts += differing->size();
    if (differing->empty()) return {};
    return to.Write(Part::kAccounts, *differing);
  };
  return ForEachPage(from, Part::kAccounts, NameOf(Part::kAccounts), on_progress, copy_page);
}

Result<void> CopyPart(Bulk& from, Bulk& to, Part part, CopyReport& report,
                      const OnProgress& on_progress) {
  if (part == Part::kAccounts) return CopyAccounts(from, to, report, on_progress);
  if (auto cleared = to.Clear(part); !cleared) return cleared;
  return ForEachPage(from, part, NameOf(part), on_progress,
                     [&](const std::vector<Item>& items) { return to.Write(part, items); });
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

Result<CopyReport> CopyStore(Bulk& from, Bulk& to, CopyEnd end, const OnProgress& on_progress) {
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
  if (end == CopyEnd::kMoreToCome) return report;
  if (auto finished = to.Finish(); !finished) return tl::unexpected(finished.error());
  return report;
}

}  // namespace store
