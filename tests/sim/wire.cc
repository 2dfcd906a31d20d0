#include "tests/sim/wire.h"

#include <cstdio>
#include <functional>

namespace sim {
namespace {

template <class... Ts>
struct Cases : Ts... {
  using Ts::operator()...;
};
template <class... Ts>
Cases(Ts...) -> Cases<Ts...>;

std::string Unit(unsigned value) {
  char text[8];
  std::snprintf(text, sizeof text, "\\u%04x", value);
  return text;
}

// The code point that starts at `at`, which is moved to the next one. `text` is valid UTF-8.
unsigned TakePoint(std::string_view text, std::size_t& at) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned first = byte(at);
  std::size_t more = first < 0x80 ? 0 : first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3;
  unsigned point = more == 0 ? first : first & (0x3Fu >> more);
  for (++at; more > 0; --more, ++at) point = (point << 6) | (byte(at) & 0x3Fu);
  return point;
}

bool IsPlain(unsigned point) {
  return (point >= '0' && point <= '9') || (point >= 'a' && point <= 'z') ||
         (point >= 'A' && point <= 'Z');
}

std::string Escaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    unsigned point = TakePoint(text, at);
    if (IsPlain(point)) {
      out += static_cast<char>(point);
    } else if (point < 0x10000) {
      out += Unit(point);
    } else {
      out += Unit(0xD800 + ((point - 0x10000) >> 10)) + Unit(0xDC00 + ((point - 0x10000) & 0x3FF));
    }
  }
  return out;
}

// Writes an object member by member.
class Object {
 public:
  explicit Object(bool escaped) : escaped_(escaped) {}

  Object& Raw(std::string_view name, std::string_view json) {
    text_ += text_.empty() ? "\"" : ",\"";
    text_.append(name).append("\":").append(json);
    return *this;
  }
  Object& Text(std::string_view name, std::string_view value) {
    return Raw(name, JsonString(value, escaped_));
  }
  Object& Maybe(std::string_view name, const std::optional<std::string>& value) {
    return value ? Text(name, *value) : *this;
  }
  template <class List, class Write>
  Object& Array(std::string_view name, const List& list, Write write) {
    std::string json;
    for (const auto& item : list) AddToList(json, write(item));
    return Raw(name, '[' + json + ']');
  }
  Object& Texts(std::string_view name, const std::vector<std::string>& texts) {
    return Array(name, texts, [&](const std::string& text) { return JsonString(text, escaped_); });
  }
  std::string Json() const { return '{' + text_ + '}'; }

 private:
  bool escaped_;
  std::string text_;
};

std::string ValueJson(const Value& value, bool escaped) {
  switch (value.kind) {
    case Value::Kind::kText: return JsonString(value.text, escaped);
    case Value::Kind::kInteger: return std::to_string(value.integer);
    case Value::Kind::kOther: return value.text;
  }
  return {};
}

std::string ImportJson(const Import& import, bool escaped) {
  Object object(escaped);
  object.Text("UserID", import.account).Maybe("Nick", import.nick);
  return object.Maybe("FaceUrl", import.face_url).Json();
}

std::string Whole(const Request& request) {
  bool escaped = request.is_escaped;
  Object object(escaped);
  auto user_id = [&](const std::string& account) {
    return Object(escaped).Text("UserID", account).Json();
  };
  std::visit(
      Cases{
          [&](const PortraitGet& get) {
            object.Maybe("From_Account", get.from).Texts("To_Account", get.to);
            object.Texts("TagList", get.tags);
            if (!get.last_sequence) return;
            object.Raw("LastStandardSequence", std::to_string(*get.last_sequence));
          },
          [&](const PortraitSet& set) {
            object.Maybe("From_Account", set.from);
            object.Array("ProfileItem", set.items, [&](const Item& item) {
              std::string value = ValueJson(item.value, escaped);
              return Object(escaped).Text("Tag", item.tag).Raw("Value", value).Json();
            });
          },
          [&](const Login&) { object.Text("State", "Online"); },
          [&](const LongPolling& poll) {
            Object cookie(escaped);
            cookie.Raw("NotifySeq", "0");
            if (poll.seen) cookie.Raw("NoticeSeq", std::to_string(*poll.seen));
            cookie.Text("LongPollingId", poll.id);
            object.Raw("Timeout", "60").Raw("Cookie", cookie.Json());
          },
          [&](const AccountImport& one) {
            object.Text("Identifier", one.import.account).Maybe("Nick", one.import.nick);
            object.Maybe("FaceUrl", one.import.face_url);
          },
          [&](const MultiImport& many) {
            if (many.is_old_form) {
              object.Array("Accounts", many.imports, [&](const Import& import) {
                return JsonString(import.account, escaped);
              });
            } else {
              object.Array("AccountList", many.imports,
                           [&](const Import& import) { return ImportJson(import, escaped); });
            }
          },
          [&](const AccountCheck& check) { object.Array("CheckItem", check.accounts, user_id); },
          [&](const AccountDelete& all) { object.Array("DeleteItem", all.accounts, user_id); },
          [&](const Kick& kick) { object.Text("UserID", kick.account); },
          [](const auto&) {},
      },
      request.body);
  return object.Json();
}

}  // namespace

std::string PathOf(const Body& body) {
  return std::visit(
      Cases{
          [](const PortraitGet&) { return "v4/profile/portrait_get"; },
          [](const PortraitSet&) { return "v4/profile/portrait_set"; },
          [](const Login&) { return "v4/openim/login"; },
          [](const Logout&) { return "v4/openim/longpollinglogout"; },
          [](const LogoutAll&) { return "v4/openim/logout"; },
          [](const AuthKey&) { return "v4/openim/authkey"; },
          [](const GetLongPollingId&) { return "v4/openim/getlongpollingid"; },
          [](const LongPolling&) { return "v4/openim/longpolling"; },
          [](const AccountImport&) { return "v4/im_open_login_svc/account_import"; },
          [](const MultiImport&) { return "v4/im_open_login_svc/multiaccount_import"; },
          [](const AccountCheck&) { return "v4/im_open_login_svc/account_check"; },
          [](const AccountDelete&) { return "v4/im_open_login_svc/account_delete"; },
          [](const Kick&) { return "v4/im_open_login_svc/kick"; },
      },
      body);
}

std::string BodyOf(const Request& request) {
  std::string body = Whole(request);
  if (request.is_broken) body.pop_back();
  return body;
}

std::string JsonString(std::string_view text, bool escaped) {
  if (escaped) return '"' + Escaped(text) + '"';
  std::string out = "\"";
  for (std::size_t at = 0; at < text.size();) {
    std::size_t start = at;
    unsigned point = TakePoint(text, at);
    switch (point) {
      case '"':
      case '\\': out += std::string("\\") + static_cast<char>(point); break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        // The line separators would end a line of a JSONP answer.
        bool is_written_out = point < 0x20 || point == 0x2028 || point == 0x2029;
        out += is_written_out ? Unit(point) : std::string(text.substr(start, at - start));
    }
  }
  return out + '"';
}

void AddToList(std::string& list, std::string_view item) {
  if (!list.empty()) list += ',';
  list += item;
}

std::string UrlText(std::string_view text) {
  std::string out;
  for (char c : text) {
    char percent[4];
    std::snprintf(percent, sizeof percent, "%%%02X", static_cast<unsigned char>(c));
    if (IsPlain(static_cast<unsigned char>(c))) {
      out += c;
    } else {
      out += percent;
    }
  }
  return out;
}

}  // namespace sim
