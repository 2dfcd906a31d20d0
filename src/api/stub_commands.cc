#include "api/handlers.h"
#include "base/json_string.h"

namespace api {
namespace {

// `{` OK envelope `fields}`; `fields` starts with a comma or is empty.
Answer Write(std::string& out, std::string fields, Envelope envelope = Envelope::kPlain) {
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
  return Write(out, std::move(fields), Envelope::kWithDisplay);
}

Answer GetRecentContacts(Request, std::string& out) { return Write(out, R"(,"SessionItem":[])"); }

Answer GetMutedPeers(Request, std::string& out) {
  return Write(out, R"(,"MuteNotificationsList":[],"UpdateSeq":0)");
}

Answer GetFriends(Request, std::string& out) {
  return Write(out,
               R"(,"UserDataItem":[],"StandardSequence":0,"CustomSequence":0,"FriendNum":0,)"
               R"("CompleteFlag":1,"NextStartIndex":0)",
               Envelope::kWithDisplay);
}

Answer GetFriendGroups(Request, std::string& out) {
  return Write(out, R"(,"ResultItem":[],"CurrentSequence":0)", Envelope::kWithDisplay);
}

// An SDK asks again, at once and for ever, as long as StartIndex is not 0. The misspelt name is one
// it reads.
Answer GetBlackList(Request, std::string& out) {
  return Write(out,
               R"(,"BlackListItem":[],"StartIndex":0,"CurruentSequence":0,"CurrentSequence":0)",
               Envelope::kWithDisplay);
}

Answer GetPendencies(Request, std::string& out) {
  return Write(out,
               R"(,"PendencyItem":[],"StartTime":0,"UnreadPendencyCount":0,"CurrentSequence":0)",
               Envelope::kWithDisplay);
}

// Without CompleteFlag 1 an SDK asks again, at once and for ever.
Answer GetContactPage(Request request, std::string& out) {
  std::string now = std::to_string(request.services.clock.NowMs() / 1000);
  std::string fields = R"(,"CompleteFlag":1,"SessionItem":[],"TimeStamp":)" + now +
                       R"(,"StartIndex":0,"TopTimeStamp":0,"TopStartIndex":0)";
  return Write(out, std::move(fields));
}

Answer GetContactGroups(Request, std::string& out) {
  return Write(out, R"(,"CompleteFlag":1,"GroupItem":[],"ContactGroupItem":[],"NextStartIndex":0)");
}

// Turns the SDKs' statistics off: some of them would go to another host. An expiry of 0 would be
// asked for again every second.
Answer FetchConfig(Request request, std::string& out) {
  std::string app = std::to_string(request.caller.app->id);
  std::string config = R"({"evt_rpt_sdkappid_bl":")" + app + R"(","q_rpt_sdkappid_bl":")" + app +
                       R"(","stranger_profile_expiration_time":")" +
                       std::to_string(request.services.sockets.stranger_profile_s) + R"("})";
  std::string fields = R"(,"int32_error_code":0,"str_error_message":"","uint32_sdkappid":)" + app +
                       R"(,"uint64_version":1,"uint32_expired_time":86400,"str_json_config":)";
  base::AppendJsonString(fields, config);
  return Write(out, std::move(fields));
}

Answer FetchPurchaseBits(Request, std::string& out) {
  return Write(out, R"(,"int32_error_code":0,"str_error_message":"","str_purchase_bits":"0",)"
                    R"("uint32_expired_time":86400)");
}

Answer Nothing(Request, std::string& out) { return Write(out, ""); }

}  // namespace api
