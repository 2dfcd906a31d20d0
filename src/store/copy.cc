#include "store/copy.h"

#include <algorithm>
#include <future>

#include "store/codec.h"

namespace store {
namespace {

using base::Code;
using base::Fail;
using base::Result;

constexpr std::size_t kPage = 1000;
constexpr std::size_t kMaxRange = 10 * kPage;  // of what is read of `to` at once
constexpr unsigned kMaxTries = 3;

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

bool IsWhole(Part part, const Item& item) {
  // Fields and records are copied as they are, broken or not: a server says so, and does not take
  // them for ones that have never been.
  if (part == Part::kFields) return true;
  if (part == Part::kSessions) {
    SessionId id{};
    item.id.copy(id.data(), id.size());
    return item.id.size() == id.size() && DecodeSession(id, item.value).has_value();
  }
  if (!AccountId::Parse(item.account, AccountId::Alphabet::kUtf8)) return false;
  if (part == Part::kInstances) return DecodeInstance(item.id, item.value).has_value();
  return part == Part::kAccounts || DecodeChange(item.value).has_value();
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

// What keeps two ranges from being the same. Both are in the order of their keys.
struct Difference {
  std::vector<Item> to_write, to_remove;
  bool IsNone() const { return to_write.empty() && to_remove.empty(); }
};
Difference Compare(const std::vector<Item>& from, const std::vector<Item>& to) {
  Difference difference;
  auto there = to.begin();
  for (const Item& item : from) {
    for (; there != to.end() && there->key() < item.key(); ++there) {
      difference.to_remove.push_back(*there);
    }
    bool is_there = there != to.end() && there->key() == item.key();
    if (!is_there || there->value != item.value) difference.to_write.push_back(item);
    if (is_there) ++there;
  }
  difference.to_remove.insert(difference.to_remove.end(), there, to.end());
  return difference;
}

// The pages of a part. The next one is read while the last is worked on.
class Pages {
 public:
  Pages(Bulk& bulk, Part part) : bulk_(bulk), part_(part) { ReadOn(); }

  // Empty: there are no more.
  Result<std::vector<Item>> Next() {
    auto page = next_.get();
    if (page && !page->empty()) {
      after_ = page->back();
      ReadOn();
    }
    return page;
  }

 private:
  void ReadOn() {
    next_ = std::async(std::launch::async, [this] { return bulk_.Read(part_, after_, kPage); });
  }

  Bulk& bulk_;
  const Part part_;
  std::optional<Item> after_;
  std::future<Result<std::vector<Item>>> next_;
};

// Copies one part.
class PartCopy {
 public:
  PartCopy(Bulk& from, Bulk& to, Part part, CopyReport& report, const OnProgress& on_progress)
      : from_(from), to_(to), part_(part), report_(report), on_progress_(on_progress) {}

  Result<void> Run();

 private:
  Result<std::vector<Item>> ReadRange(const std::optional<Item>& last);
  Result<void> MakeSame(const std::vector<Item>& page, const std::optional<Item>& last);

  Bulk& from_;
  Bulk& to_;
  const Part part_;
  CopyReport& report_;
  const OnProgress& on_progress_;
  std::optional<Item> after_;  // the end of what is the same
};

Result<void> PartCopy::Run() {
  std::uint64_t total = from_.Estimate(part_);
  std::uint64_t done = 0;
  Pages pages(from_, part_);
  for (;;) {
    auto page = pages.Next();
    if (!page) return tl::unexpected(page.error());
    auto last = page->empty() ? std::nullopt : std::optional(page->back());
    report_.broken += std::erase_if(*page, [&](const Item& item) { return !IsWhole(part_, item); });
    if (auto same = MakeSame(*page, last); !same) return same;
    for (const Item& item : *page) report_.checksum += HashOf(part_, item);
    report_.items += page->size();
    done += page->size();
    if (part_ == Part::kAccounts) report_.accounts = done;
    if (!last) return {};
    on_progress_(NameOf(part_), done, total);
    after_ = std::move(last);
  }
}

// What `to` has after `after_` up to `last` (none: to its end), kMaxRange items of it at most.
Result<std::vector<Item>> PartCopy::ReadRange(const std::optional<Item>& last) {
  std::vector<Item> range;
  std::optional<Item> after = after_;
  while (range.size() < kMaxRange) {
    auto items = to_.Read(part_, after, kPage);
    if (!items) return items;
    if (items->empty()) break;
    for (Item& item : *items) {
      if (last && last->key() < item.key()) return range;
      range.push_back(std::move(item));
    }
    if (last && range.back().key() == last->key()) break;
    after = range.back();
  }
  return range;
}

// Makes what `to` has up to `last` the items of `page`.
Result<void> PartCopy::MakeSame(const std::vector<Item>& page, const std::optional<Item>& last) {
  for (unsigned tries = 0; tries < kMaxTries;) {
    auto there = ReadRange(last);
    if (!there) return tl::unexpected(there.error());
    Difference difference = Compare(page, *there);
    if (difference.IsNone()) return {};
    if (auto done = to_.Remove(part_, difference.to_remove); !done) return done;
    if (there->size() >= kMaxRange) continue;  // it holds much that must go, and perhaps the page
    if (auto done = to_.Write(part_, difference.to_write); !done) return done;
    if (part_ == Part::kAccounts && tries == 0) {
      report_.copied_accounts += difference.to_write.size();
    }
    ++tries;
  }
  std::string where = page.empty() ? "the end" : page.front().account;
  return Fail(Code::kStorageFailed, std::string(NameOf(part_)) +
                                        " do not stay as they were written, from \"" + where +
                                        "\" on: does somebody else write to the copy?");
}

Result<void> CopyNumbers(Bulk& from, Bulk& to) {
  auto tiny_id = from.NextTinyId();
  if (!tiny_id) return tl::unexpected(tiny_id.error());
  if (*tiny_id != 0) {
    if (auto set = to.SetNextTinyId(*tiny_id); !set) return set;
  }
  auto places = from.ReadPlaces();
  if (!places) return tl::unexpected(places.error());
  return to.WritePlaces(*places);
}

}  // namespace

Result<CopyReport> CopyStore(Bulk& from, Bulk& to, CopyEnd end, const OnProgress& on_progress) {
  CopyReport report;
  for (Part part : kParts) {
    auto done = PartCopy(from, to, part, report, on_progress).Run();
    if (!done) return tl::unexpected(done.error());
  }
  if (auto done = CopyNumbers(from, to); !done) return tl::unexpected(done.error());
  if (end == CopyEnd::kMoreToCome) return report;
  auto finished = from.CheckUnchanged().and_then([&] { return to.Finish(); });
  if (!finished) return tl::unexpected(finished.error());
  return report;
}

}  // namespace store
