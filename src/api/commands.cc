#include "api/commands.h"

#include <unordered_map>

#include "api/handlers.h"

namespace api {
namespace {

using enum Access;

// docs/protocol/wire-contract.md §§6, 7, 9.
// clang-format off
constexpr Command kCommands[] = {
    // path                                           access    jsonp  poll   run
    {"v4/profile/portrait_get",                       kAccount, true,  false, PortraitGet},
    {"v4/profile/portrait_set",                       kAccount, true,  false, PortraitSet},

    {"v4/openim/login",                               kUserSig, true,  false, Login},
    {"v4/openim/logout",                              kSession, true,  false, LogoutAll},
    {"v4/openim/getlongpollingid",                    kSession, true,  false, GetLongPollingId},
    {"v4/openim/longpolling",                         kSession, true,  true,  LongPolling},
    {"v4/openim/longpollinglogout",                   kSession, true,  false, Logout},

    {"v4/im_open_login_svc/account_import",           kAdmin,   false, false, AccountImport},
    {"v4/im_open_login_svc/multiaccount_import",      kAdmin,   false, false, MultiAccountImport},
    {"v4/im_open_login_svc/account_check",            kAdmin,   false, false, AccountCheck},
    {"v4/im_open_login_svc/account_delete",           kAdmin,   false, false, AccountDelete},
    {"v4/im_open_login_svc/kick",                     kAdmin,   false, false, Kick},

    // Ours: the real service has a console for it. docs/protocol/wire-contract.md §13.
    {"v4/portrait_admin_svc/custom_field_list",       kOperator, false, false, CustomFieldList},
    {"v4/portrait_admin_svc/custom_field_apply",      kOperator, false, false, CustomFieldApply},

    // What a page calls on its way that is not about profiles: true answers of a server that has no
    // messages, groups or friends.
    {"v3/webim/accesslayer",                          kAnyone,  true,  false, AccessLayer},
    {"v4/openim/authkey",                             kSession, true,  false, AuthKey},
    {"v4/openim/getmsg",                              kSession, true,  false, GetMessages},
    {"v4/openim/msgreaded",                           kSession, true,  false, Nothing},
    {"v4/openim/getroammsg",                          kSession, true,  false, GetRoamingMessages},
    {"v4/group_open_http_svc/get_joined_group_list",  kSession, true,  false, GetJoinedGroups},
    {"v4/sns/friend_get_all",                         kSession, true,  false, GetAllFriends},
    {"v4/recentcontact/get",                          kSession, true,  false, GetRecentContacts},
    {"v4/imopenstat/web_report",                      kSession, true,  false, Nothing},
};
// clang-format on

}  // namespace

std::span<const Command> Commands() { return kCommands; }

Envelope EnvelopeOf(std::string_view path) {
  bool displays = path.starts_with("v4/profile/") || path.starts_with("v4/sns/");
  return displays ? Envelope::kWithDisplay : Envelope::kPlain;
}

const Command* FindCommand(std::string_view path) {
  static const auto kByPath = [] {
    std::unordered_map<std::string_view, const Command*> by_path;
    for (const Command& command : kCommands) by_path.emplace(command.path, &command);
    return by_path;
  }();
  auto found = kByPath.find(path);
  return found == kByPath.end() ? nullptr : found->second;
}

}  // namespace api
