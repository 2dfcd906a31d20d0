#include "api/profile_push.h"

#include "api/profiles.h"
#include "api/socket_message.h"
#include "base/json_string.h"

namespace api {

const std::string& ProfilePush::For(profile::Role reader, bool compresses) {
  std::string& message = messages_[{reader, compresses}];
  if (message.empty()) message = MakePush(kPushCommand, MakeBody(reader), compresses);
  return message;
}

std::string ProfilePush::MakeBody(profile::Role reader) const {
  std::string body = R"({"EventArray":[{"Event":8,"ProfileDataMod":[{"PushType":1,"NoticeSeq":)";
  body += std::to_string(record_->header().notice_seq) + R"(,"Profile_Account":)";
  base::AppendJsonString(body, account_.View());
  body += R"(,"ProfileList":)";
  AppendWholeProfile(body, *record_, *app_.CurrentSchema(),
                     {.reader = reader,
                      .form = FieldForm::kNotice,
                      .with_unset_custom = app_.socket_unset_custom});
  body += "}]}]}";
  return body;
}

}  // namespace api
