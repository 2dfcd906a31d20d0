#include "codec.h"

#include <boost/json.hpp>
#include <span>
#include <utility>

#include "webim/tags.h"

namespace webim::internal {
namespace {

namespace json = boost::json;

std::optional<json::object> ParseObject(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse({text.data(), text.size()}, error);
  if (error || !value.is_object()) {
    return std::nullopt;
  }
  return std::move(value.get_object());
}

std::string Serialize(const json::value& value) { return json::serialize(value); }

std::string_view View(const json::string& text) { return {text.data(), text.size()}; }

std::optional<json::value> Encode(const FieldValue& value) {
  if (const auto* raw = std::get_if<Json>(&value.variant())) {
    boost::system::error_code error;
    json::value parsed = json::parse(raw->text, error);
    return error ? std::nullopt : std::optional<json::value>(std::move(parsed));
  }
  if (const std::string* text = value.string()) {
    return json::value(*text);
  }
  if (const auto number = value.number()) {
    return json::value(*number);
  }
  return json::value(std::get<std::int64_t>(value.variant()));
}

FieldValue Decode(const json::value& value) {
  if (const json::string* text = value.if_string()) {
    return FieldValue(View(*text));
  }
  if (const std::uint64_t* number = value.if_uint64()) {
    return FieldValue(*number);
  }
  if (const std::int64_t* number = value.if_int64()) {
    return FieldValue(*number);
  }
  return FieldValue(Json{Serialize(value)});
}

// Those of `names` that the object has, as the inside of a JSON object.
std::string Members(const json::object& object, std::initializer_list<const char*> names) {
  json::object picked;
  for (const char* name : names) {
    if (const json::value* value = object.if_contains(name)) {
      picked.emplace(name, *value);
    }
  }
  const std::string text = Serialize(picked);
  return text.substr(1, text.size() - 2);
}

json::array Strings(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

std::string TextOf(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  const json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(View(*text)) : std::string();
}

std::int64_t NumberOf(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  const std::int64_t* number = value != nullptr ? value->if_int64() : nullptr;
  return number != nullptr ? *number : 0;
}

std::span<const json::value> ArrayOf(const json::object& object, const char* name) {
  const json::value* value = object.if_contains(name);
  const json::array* array = value != nullptr ? value->if_array() : nullptr;
  return array != nullptr ? std::span(array->data(), array->size())
                          : std::span<const json::value>();
}

std::vector<std::string> TextsOf(const json::object& object, const char* name) {
  std::vector<std::string> texts;
  for (const json::value& value : ArrayOf(object, name)) {
    if (const json::string* text = value.if_string()) {
      texts.emplace_back(View(*text));
    }
  }
  return texts;
}

UserProfile DecodeUser(const json::object& object) {
  UserProfile user;
  user.To_Account = TextOf(object, "To_Account");
  user.ResultCode = NumberOf(object, "ResultCode");
  user.ResultInfo = TextOf(object, "ResultInfo");
  for (const json::value& value : ArrayOf(object, "ProfileItem")) {
    const json::object* item = value.if_object();
    if (item != nullptr && item->contains("Tag") && item->contains("Value")) {
      user.ProfileItem.push_back({TextOf(*item, "Tag"), Decode(item->at("Value"))});
    }
  }
  return user;
}

void DecodeFields(const json::object& object, Reply& reply) {
  Error& fields = reply.fields;
  fields.ActionStatus = TextOf(object, "ActionStatus");
  fields.ErrorCode = NumberOf(object, "ErrorCode");
  fields.ErrorInfo = TextOf(object, "ErrorInfo");
  fields.ErrorDisplay = TextOf(object, "ErrorDisplay");
  fields.SrcErrorInfo = TextOf(object, "SrcErrorInfo");
  for (const json::value& value : ArrayOf(object, "UserProfileItem")) {
    if (const json::object* user = value.if_object()) {
      fields.UserProfileItem.push_back(DecodeUser(*user));
    }
  }
  fields.Fail_Account = TextsOf(object, "Fail_Account");
  fields.Invalid_Account = TextsOf(object, "Invalid_Account");
  if (const json::value* sequence = object.if_contains("CurrentStandardSequence")) {
    fields.CurrentStandardSequence = Decode(*sequence).number();
  }
  reply.TinyId = TextOf(object, "TinyId");
  reply.A2Key = TextOf(object, "A2Key");
}

std::string Bracketed(std::int64_t code) {
  std::string text = "[";
  text += std::to_string(code);
  text += ']';
  return text;
}

// The item of `account` gets its code in front of its text; the line for ErrorInfo is answered.
std::string MarkFailed(json::array& users, const std::string& account) {
  for (json::value& value : users) {
    json::object* user = value.if_object();
    if (user != nullptr && TextOf(*user, "To_Account") == account) {
      const std::string info =
          Bracketed(NumberOf(*user, "ResultCode")) + TextOf(*user, "ResultInfo");
      (*user)["ResultInfo"] = info;
      return "账号:" + account + "," + info + "\n";
    }
  }
  return "";
}

// Does to the answer what webim.js 1.7 does when accounts failed (wire-contract §7.1).
bool MarkPartialFailure(json::object& object) {
  std::vector<std::string> accounts = TextsOf(object, "Fail_Account");
  const std::vector<std::string> invalid = TextsOf(object, "Invalid_Account");
  accounts.insert(accounts.end(), invalid.begin(), invalid.end());
  if (accounts.empty()) {
    return false;
  }
  std::string error_info;
  json::value* users = object.if_contains("UserProfileItem");
  if (users != nullptr && users->is_array()) {
    for (const std::string& account : accounts) {
      error_info += MarkFailed(users->get_array(), account);
    }
  }
  object["ActionStatus"] = "FAIL";
  object["ErrorCode"] = static_cast<std::int64_t>(kErrorPartial);
  object["ErrorInfo"] = error_info;
  return true;
}

Reply DecodeAnswer(std::string body, bool portrait_get) {
  Reply reply;
  std::optional<json::object> object = ParseObject(body);
  if (!object || !object->contains("ActionStatus") || !object->at("ActionStatus").is_string()) {
    return reply;
  }
  bool rewritten = false;
  if (object->at("ActionStatus") != "OK") {
    (*object)["SrcErrorInfo"] = TextOf(*object, "ErrorInfo");
    rewritten = true;
  } else if (portrait_get) {
    rewritten = MarkPartialFailure(*object);
  }
  DecodeFields(*object, reply);
  reply.fields.json = rewritten ? Serialize(*object) : std::move(body);
  reply.kind = rewritten ? Reply::Kind::kRefused : Reply::Kind::kOk;
  return reply;
}

json::object Envelope(std::string_view status, std::int64_t code, const std::string& info) {
  return {{"ActionStatus", json::string_view(status.data(), status.size())},
          {"ErrorCode", code},
          {"ErrorInfo", info}};
}

json::value TextOrNull(const std::optional<std::string>& text) {
  return text ? json::value(*text) : json::value(nullptr);
}

std::optional<std::string> ShownText(const UserProfile& user, const char* tag) {
  const FieldValue* value = user.Find(tag);
  return value != nullptr ? std::optional<std::string>(value->ToString()) : std::nullopt;
}

}  // namespace

std::optional<std::string> SetMembers(const SetProfilePortraitOptions& options) {
  json::array items;
  items.reserve(options.ProfileItem.size());
  for (const TagValue& item : options.ProfileItem) {
    std::optional<json::value> value = Encode(item.Value);
    if (!value) {
      return std::nullopt;
    }
    items.push_back(json::object{{"Tag", item.Tag}, {"Value", std::move(*value)}});
  }
  return "\"ProfileItem\":" + Serialize(items);
}

std::optional<std::string> SetMembers(std::string_view options_json) {
  const std::optional<json::object> object = ParseObject(options_json);
  return object ? std::optional<std::string>(Members(*object, {"ProfileItem"})) : std::nullopt;
}

std::optional<std::string> GetMembers(const GetProfilePortraitOptions& options) {
  json::object object{{"To_Account", Strings(options.To_Account)},
                      {"TagList", Strings(options.TagList)}};
  if (options.LastStandardSequence) {
    object["LastStandardSequence"] = *options.LastStandardSequence;
  }
  return Members(object, {"To_Account", "TagList", "LastStandardSequence"});
}

std::optional<std::string> GetMembers(std::string_view options_json) {
  const std::optional<json::object> object = ParseObject(options_json);
  if (!object) {
    return std::nullopt;
  }
  return Members(*object, {"To_Account", "TagList", "LastStandardSequence"});
}

std::string PortraitBody(std::string_view identifier, std::string_view members) {
  std::string body = "{\"From_Account\":";
  body += Serialize(json::string(identifier.data(), identifier.size()));
  if (!members.empty()) {
    body += ',';
    body += members;
  }
  body += '}';
  return body;
}

Reply DecodeReply(std::string body) { return DecodeAnswer(std::move(body), false); }

Reply DecodePortraitReply(std::string body) { return DecodeAnswer(std::move(body), true); }

Error MakeLocalError(LocalErrorCode code, std::string_view text) {
  Error error;
  error.ActionStatus = "FAIL";
  error.ErrorCode = code;
  error.ErrorInfo = std::string(text) + Bracketed(error.ErrorCode);
  error.json = Serialize(Envelope(error.ActionStatus, error.ErrorCode, error.ErrorInfo));
  return error;
}

Answer MakeLocalAnswer(std::string_view info) {
  Answer answer;
  answer.ActionStatus = "OK";
  answer.ErrorInfo = info;
  answer.json = Serialize(Envelope(answer.ActionStatus, 0, answer.ErrorInfo));
  return answer;
}

LoginAnswer MakeLoginAnswer(std::string_view info, const UserProfile& self) {
  LoginAnswer answer;
  static_cast<Answer&>(answer) = MakeLocalAnswer(info);
  answer.identifierNick = ShownText(self, kTagNick);
  answer.headurl = ShownText(self, kTagImage);
  json::object object = Envelope(answer.ActionStatus, 0, answer.ErrorInfo);
  object["identifierNick"] = TextOrNull(answer.identifierNick);
  object["headurl"] = TextOrNull(answer.headurl);
  answer.json = Serialize(object);
  return answer;
}

}  // namespace webim::internal
