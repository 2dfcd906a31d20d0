#include "api/commands.h"

#include <unordered_map>

#include "api/handlers.h"

namespace api {
namespace {

using enum Access;
using enum Doors;

constexpr bool kPoll = true;

// docs/protocol/wire-contract.md §§6, 7, 9; docs/protocol/websocket-contract.md §3.2. Through a
// WebSocket v4/profile/portrait_get is called profile.portrait_get.
// clang-format off
constexpr Command kCommands[] = {
    // access   doors    path, run
    {kAccount,  kBoth,   "v4/profile/portrait_get", PortraitGet},
    {kAccount,  kBoth,   "v4/profile/portrait_set", PortraitSet},
    {kAccount,  kSocket, "v4/profile/portrait_get_all", PortraitGetAll},

    {kUserSig,  kHttp,   "v4/openim/login", Login},
    {kSession,  kHttp,   "v4/openim/logout", LogoutAll},
    {kSession,  kHttp,   "v4/openim/getlongpollingid", GetLongPollingId},
    {kSession,  kHttp,   "v4/openim/longpolling", LongPolling, kPoll},
    {kSession,  kHttp,   "v4/openim/longpollinglogout", Logout},

    {kAnyone,   kSocket, "v4/heartbeat/alive", Nothing},
    {kAccount,  kSocket, "v4/im_open_status/wslogin", SocketLogin},
    {kLeaving,  kSocket, "v4/im_open_status/wslogout", SocketLogout},
    {kSession,  kSocket, "v4/im_open_status/wshello", Nothing},

    {kAdmin,    kHttp,   "v4/im_open_login_svc/account_import", AccountImport},
    {kAdmin,    kHttp,   "v4/im_open_login_svc/multiaccount_import", MultiAccountImport},
    {kAdmin,    kHttp,   "v4/im_open_login_svc/account_check", AccountCheck},
    {kAdmin,    kHttp,   "v4/im_open_login_svc/account_delete", AccountDelete},
    {kAdmin,    kHttp,   "v4/im_open_login_svc/kick", Kick},

    // Ours: the real service has a console for it. docs/protocol/wire-contract.md §13.
    {kOperator, kHttp,   "v4/portrait_admin_svc/custom_field_list", CustomFieldList},
    {kOperator, kHttp,   "v4/portrait_admin_svc/custom_field_apply", CustomFieldApply},

    // What a page calls on its way that is not about profiles: true answers of a server that has no
    // messages, groups or friends. The SDKs of the WebSocket go on asking, without end, whoever
    // answers less than this.
    {kAnyone,   kHttp,   "v3/webim/accesslayer", AccessLayer},
    {kSession,  kBoth,   "v4/openim/authkey", AuthKey},
    {kSession,  kBoth,   "v4/openim/getmsg", GetMessages},
    {kSession,  kHttp,   "v4/openim/msgreaded", Nothing},
    {kSession,  kHttp,   "v4/openim/getroammsg", GetRoamingMessages},
    {kSession,  kSocket, "v4/openim/get_c2c_peer_mute_notifications", GetMutedPeers},
    {kAnyone,   kSocket, "v4/openim/ws_msg_push_ack", Nothing},
    {kSession,  kBoth,   "v4/group_open_http_svc/get_joined_group_list", GetJoinedGroups},
    {kSession,  kSocket, "v4/million_group_open_http_svc/get_joined_group_list", GetJoinedGroups},
    {kSession,  kHttp,   "v4/sns/friend_get_all", GetAllFriends},
    {kSession,  kSocket, "v4/sns/friend_get", GetFriends},
    {kSession,  kSocket, "v4/sns/group_get", GetFriendGroups},
    {kSession,  kSocket, "v4/sns/black_list_get", GetBlackList},
    {kSession,  kSocket, "v4/sns/pendency_get", GetPendencies},
    {kSession,  kHttp,   "v4/recentcontact/get", GetRecentContacts},
    {kSession,  kSocket, "v4/recentcontact/page_get", GetContactPage},
    {kSession,  kSocket, "v4/recentcontact/get_contact_group", GetContactGroups},
    {kSession,  kSocket, "v4/im_sdk_config_mgr/fetch_config", FetchConfig},
    {kSession,  kSocket, "v4/im_sdk_config_mgr/fetch_imsdk_purchase_bitsv2", FetchPurchaseBits},
    {kSession,  kSocket, "v4/im_open_status/ws_stat_background", Nothing},
    {kSession,  kSocket, "v4/im_open_status/ws_stat_foreground", Nothing},
    {kSession,  kSocket, "v4/im_open_status/ws_stat_settoken", Nothing},
    {kSession,  kHttp,   "v4/imopenstat/web_report", Nothing},
    {kAnyone,   kSocket, "v4/imopenstat/tim_web_report_v2", Nothing},
};
// clang-format on

}  // namespace

std::span<const Command> Commands() { return kCommands; }

Envelope EnvelopeOf(std::string_view path) {
  bool displays = path.starts_with("v4/profile/") || path.starts_with("v4/sns/");
  return displays ? Envelope::kWithDisplay : Envelope::kPlain;
}

const Command* FindCommand(std::string_view path, Door door) {
  static const auto kByPath = [] {
    std::unordered_map<std::string_view, const Command*> by_path;
    for (const Command& command : kCommands) by_path.emplace(command.path, &command);
    return by_path;
  }();
  auto found = kByPath.find(path);
  if (found == kByPath.end()) return nullptr;
  const Command* command = found->second;
  bool is_here =
      command->doors == Doors::kBoth || (command->doors == Doors::kHttp) == (door == Door::kHttp);
  return is_here ? command : nullptr;
}

}  // namespace api
