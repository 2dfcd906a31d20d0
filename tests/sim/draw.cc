#include "tests/sim/draw.h"

#include <algorithm>

namespace sim {
namespace {

std::string Repeat(std::string_view text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> kTexts = {
      "",
      "x",
      "小明",
      "😀 and more",
      "a\"b\\c\n\t\x01\x7f",
      "\u2028\u2029\u202a",
      "<script>alert('x')</script>",
      "sixteen bytes ok",
      "seventeen bytes !",
      Repeat("y", 500),
      Repeat("汉", 166),
  };
  return kTexts;
}

const std::vector<std::string>& BadTexts() {
  static const std::vector<std::string> kTexts = {Repeat("z", 501), Repeat("汉", 167),
                                                  std::string("a\0b", 3), "Gender_Type_Robot"};
  return kTexts;
}

const std::vector<std::string>& MalformedNames() {
  static const std::vector<std::string> kNames = {" blank first",   "blank last ", "@TIM#SYSTEM",
                                                  "@TLS#NOT_FOUND", "李雷",        Repeat("n", 33)};
  return kNames;
}

}  // namespace

std::vector<AppSpec> MakeApps() {
  AppSpec first{1400000001, "first key", "administrator", {}};
  first.custom = {{"Test"}, {"Team"}, {"Vip", true, true, false, true}};
  first.custom.push_back({"Secret", false, true, true, true});
  first.max_web_instances = 3;
  AppSpec second{1400000002, "second key", "administrator", {}};
  second.custom = {{"Team"}, {"Vip", true, true, false, true}};
  second.custom.push_back({"Secret", false, true, true, true});
  second.custom.push_back({"Own", true, false, true, false});
  second.location_max_bytes = 16;
  second.user_writes_forbid_type = true;
  second.max_web_instances = 2;
  second.pushes_changed = true;
  AppSpec third{888888, "third key", "administrator", {}};
  third.auto_create = false;
  third.max_web_instances = 1;
  third.pushes_changed = true;
  return {first, second, third};
}

const std::vector<std::string>& NamesOf(std::size_t app) {
  static const std::vector<std::vector<std::string>> kNames = [] {
    const std::vector<std::string> all = {
        "administrator", "alice",       "bob",  "carol",         "a b",
        "q\"uote",       "back\\slash", "<b>&", Repeat("x", 32), "~!@#$%^&*()_+|?",
        "dave",          "Alice",       "erin", "frank",         "grace",
        "heidi",         "@RBT#001",    "0",    "judy",          "mallory"};
    auto first = [&](std::ptrdiff_t n) {
      return std::vector<std::string>(all.begin(), all.begin() + n);
    };
    return std::vector<std::vector<std::string>>{first(20), first(18), first(12)};
  }();
  return kNames[app];
}

std::vector<std::string> AllTags(const AppSpec& app) {
  std::vector<std::string> tags;
  for (const Field& field : FieldsOf(app)) {
    if (field.admin_reads) tags.push_back(field.tag);
  }
  return tags;
}

std::string Draw::Account(std::size_t app) {
  const auto& names = NamesOf(app);
  return names[random_.Pick(random_.Chance(60) ? 5 : names.size())];
}

std::string Draw::Name(std::size_t app) {
  if (random_.Chance(88)) return Account(app);
  if (random_.Chance(50)) return "ghost" + std::to_string(random_.Pick(3));
  return random_.Of(MalformedNames());
}

std::vector<std::string> Draw::Names(std::size_t app) {
  std::vector<std::string> names;
  std::size_t count = 1 + random_.Pick(4);
  if (random_.Chance(1)) count = random_.Chance(50) ? 101 : 0;
  while (names.size() < count) names.push_back(Name(app));
  return names;
}

std::optional<std::size_t> Draw::Session() {
  const auto& sessions = model_.sessions();
  if (sessions.empty()) return std::nullopt;
  std::size_t session = 0;
  for (int i = 0; i < 5; ++i) {
    session = random_.Pick(sessions.size());
    if (model_.IsAlive(sessions[session])) break;
  }
  return session;
}

Who Draw::BySession(std::size_t session) {
  Who who;
  who.app = model_.sessions()[session].app;
  who.session = session;
  if (random_.Chance(1)) who.app = random_.Pick(apps_.size());
  who.wrong_tiny_id = random_.Chance(1);
  return who;
}

Who Draw::BySignature(std::size_t app, std::string identifier, std::int64_t now_s) {
  constexpr std::int64_t kAges[] = {0, 0, 1, 60};
  constexpr SigFault kFaults[] = {SigFault::kEmpty,        SigFault::kBroken,   SigFault::kOtherKey,
                                  SigFault::kOtherAccount, SigFault::kOtherApp, SigFault::kExpired,
                                  SigFault::kFuture};
  Who who;
  who.app = app;
  who.identifier = std::move(identifier);
  who.sig_time_s = now_s - kAges[random_.Pick(std::size(kAges))];
  // A kick ends what was issued up to its second, and nothing later.
  auto revoked_s = model_.revoked_s(app, who.identifier);
  bool is_fresh = revoked_s && now_s - *revoked_s < 80000;  // not expired otherwise
  if (is_fresh && random_.Chance(30)) {
    who.sig_time_s = std::min(now_s, *revoked_s + static_cast<std::int64_t>(random_.Pick(2)));
  }
  if (random_.Chance(3)) who.fault = kFaults[random_.Pick(std::size(kFaults))];
  return who;
}

Who Draw::Anybody(std::int64_t now_s) {
  auto session = Session();
  if (session && random_.Chance(80)) return BySession(*session);
  std::size_t app = random_.Pick(apps_.size());
  return BySignature(app, Account(app), now_s);
}

Who Draw::Admin(std::int64_t now_s) {
  if (random_.Chance(10)) return Anybody(now_s);
  return BySignature(random_.Pick(apps_.size()), "administrator", now_s);
}

std::string Draw::CallerOf(const Who& who) const {
  return who.session ? model_.sessions()[*who.session].account : who.identifier;
}

Request Draw::Finish(Who who, Body body) {
  return {std::move(who), std::move(body), random_.Chance(1), random_.Chance(20)};
}

Request Draw::AsAdmin(std::size_t app, Body body, std::int64_t now_s) const {
  Who who;
  who.app = app;
  who.identifier = apps_[app].admin;
  who.sig_time_s = now_s;
  return {who, std::move(body)};
}

std::string Draw::Tag(std::size_t app) {
  const AppSpec& spec = apps_[app];
  if (random_.Chance(2)) {
    const std::string tags[] = {
        "Tag_Profile_IM_Birthday", "Tag_Profile_Custom_Nope", "Tag_SNS_IM_Group",
        "Tag_Profile_Custom_" + std::to_string(apps_[(app + 1) % 3].sdkappid) + "_Team"};
    return tags[random_.Pick(4)];
  }
  // The first ones, which are told of in both ways, are drawn more often.
  const std::vector<Field> fields = FieldsOf(spec);
  const Field& field = fields[random_.Pick(random_.Chance(20) ? 2 : fields.size())];
  bool is_old = field.is_custom && random_.Chance(25);
  if (!is_old) return field.tag;
  return "Tag_Profile_Custom_" + std::to_string(spec.sdkappid) +
         field.tag.substr(field.tag.rfind('_'));
}

Value Draw::AnyValue() {
  constexpr std::int64_t kIntegers[] = {0, 1, -1, 20190419, 4294967295, 4294967296};
  const std::string others[] = {"1.5", "null", "true", "[]", "{}", R"(["x"])"};
  switch (random_.Pick(4)) {
    case 0: return {Value::Kind::kText, random_.Of(Texts()), 0};
    case 1: return {Value::Kind::kText, random_.Of(BadTexts()), 0};
    case 2: return {Value::Kind::kInteger, "", kIntegers[random_.Pick(std::size(kIntegers))]};
    default: return {Value::Kind::kOther, others[random_.Pick(std::size(others))], 0};
  }
}

Value Draw::ValueFor(std::size_t app, const std::string& tag) {
  const std::vector<Field> fields = FieldsOf(apps_[app]);
  const Field* field = FindField(apps_[app], fields, tag);
  if (field == nullptr || random_.Chance(3)) return AnyValue();
  constexpr std::int64_t kIntegers[] = {0, 1, 20190419, 4294967295};
  switch (field->kind) {
    case Field::Kind::kNumber:
      return {Value::Kind::kInteger, "", kIntegers[random_.Pick(std::size(kIntegers))]};
    case Field::Kind::kEnum: return {Value::Kind::kText, random_.Of(field->choices), 0};
    case Field::Kind::kText: break;
  }
  return {Value::Kind::kText, random_.Of(Texts()), 0};
}

Request Draw::Get(std::int64_t now_s) {
  Who who = Anybody(now_s);
  PortraitGet get;
  if (random_.Chance(70)) get.from = random_.Chance(90) ? CallerOf(who) : Name(who.app);
  get.to = Names(who.app);
  for (std::size_t i = random_.Chance(1) ? 0 : 1 + random_.Pick(8); i > 0; --i) {
    get.tags.push_back(Tag(who.app));
  }
  if (random_.Chance(30) && !get.to.empty()) {
    if (random_.Chance(70)) get.to.resize(1);
    get.last_sequence = model_.standard_seq(who.app, get.to.front());
    if (random_.Chance(30)) *get.last_sequence -= 1;
  }
  return Finish(std::move(who), std::move(get));
}

Request Draw::Set(std::int64_t now_s) {
  Who who = random_.Chance(25) ? Admin(now_s) : Anybody(now_s);
  PortraitSet set;
  if (random_.Chance(99)) set.from = CallerOf(who);
  if (set.from == "administrator" ? random_.Chance(85) : random_.Chance(3)) {
    set.from = Name(who.app);
  }
  std::size_t count = 1 + random_.Pick(3);
  if (random_.Chance(1)) count = random_.Chance(50) ? 101 : 0;
  while (set.items.size() < count) {
    std::string tag = Tag(who.app);
    set.items.push_back({tag, ValueFor(who.app, tag)});
  }
  if (random_.Chance(5) && count > 0) {
    std::string tag = set.items.front().tag;  // once more, another value
    set.items.push_back({tag, ValueFor(who.app, tag)});
  }
  return Finish(std::move(who), std::move(set));
}

Request Draw::Login(std::int64_t now_s) {
  std::size_t app = random_.Pick(apps_.size());
  std::string name = random_.Chance(97) ? Account(app) : Name(app);
  return Finish(BySignature(app, name, now_s), sim::Login());
}

Request Draw::OfThePage(const Body& body, std::int64_t now_s) {
  auto session = Session();
  Who who = session && random_.Chance(97) ? BySession(*session) : Anybody(now_s);
  return Finish(std::move(who), body);
}

Import Draw::OneImport(std::size_t app) {
  Import import{Name(app), {}, {}};
  auto text = [&] { return random_.Of(random_.Chance(95) ? Texts() : BadTexts()); };
  if (random_.Chance(50)) import.nick = text();
  if (random_.Chance(30)) import.face_url = text();
  return import;
}

Request Draw::ImportOne(std::int64_t now_s) {
  Who who = Admin(now_s);
  Import import = OneImport(who.app);
  return Finish(std::move(who), AccountImport{std::move(import)});
}

Request Draw::ImportMany(std::int64_t now_s) {
  Who who = Admin(now_s);
  MultiImport many;
  many.is_old_form = random_.Chance(40);
  // No account twice: what a poll sees between two changes of one request is a matter of luck.
  std::vector<std::string> names = Names(who.app);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  for (const std::string& name : names) {
    Import import = many.is_old_form ? Import() : OneImport(who.app);
    import.account = name;
    many.imports.push_back(std::move(import));
  }
  return Finish(std::move(who), std::move(many));
}

Request Draw::Check(std::int64_t now_s) {
  Who who = Admin(now_s);
  auto names = Names(who.app);
  return Finish(std::move(who), AccountCheck{std::move(names)});
}

Request Draw::Delete(std::int64_t now_s) {
  Who who = Admin(now_s);
  auto names = Names(who.app);
  if (names.size() > 2) names.resize(2);
  return Finish(std::move(who), AccountDelete{std::move(names)});
}

Request Draw::Kick(std::int64_t now_s) {
  Who who = Admin(now_s);
  std::string name = Name(who.app);
  return Finish(std::move(who), sim::Kick{std::move(name)});
}

}  // namespace sim
