#include "api/handlers.h"

namespace api {
namespace {

// `{` OK envelope `fields}`; `fields` starts with a comma or is empty.
Answer Write(std::string& out, std::string_view fields, Envelope envelope = Envelope::kPlain) {
  out += '{';
  AppendOk(out, envelope);
  out += fields;
  out += '}';
  co_return base::Result<void>();
}

}  // namespace

// Must not be 1: the page would go and talk to another host.
Answer AccessLayer(Request, std::string& out) { return Write(out, R"(,"WebImAccessLayer":0)"); }

Answer AuthKey(Request, std::string& out) {
  return Write(out, R"(,"AuthKey":"","IpList":[],"ExpireTime":0)");
}

// SyncFlag 2: all there is. With 1 the page asks again for ever.
Answer GetMessages(Request, std::string& out) {
  return Write(out, R"(,"MsgList":[],"Cookie":"","SyncFlag":2)");
}

Answer GetRoamingMessages(Request, std::string& out) {
  return Write(out, R"(,"MaxCnt":0,"Complete":1,"LastMsgTime":0,"MsgKey":"","MsgList":[])");
}

Answer GetJoinedGroups(Request, std::string& out) {
  return Write(out, R"(,"TotalCount":0,"GroupIdList":[])");
}

Answer GetAllFriends(Request request, std::string& out) {
  std::string now = std::to_string(request.services.clock.NowMs() / 1000);
  std::string fields = R"(,"NeedUpdateAll":"GetAll_Type_YES","TimeStampNow":)" + now +
                       R"(,"StartIndex":0,"InfoItem":[],"CurrentStandardSequence":0,"FriendNum":0)";
  co_return co_await Write(out, fields, Envelope::kWithDisplay);
}

Answer GetRecentContacts(Request, std::string& out) { return Write(out, R"(,"SessionItem":[])"); }

Answer Nothing(Request, std::string& out) { return Write(out, ""); }

}  // namespace api
