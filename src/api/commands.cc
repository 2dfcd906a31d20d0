#include "api/commands.h"

#include <unordered_map>

#include "api/handlers.h"

namespace api {
namespace {

using enum Access;
constexpr Envelope kPlain = Envelope::kPlain;
constexpr Envelope kDisplay = Envelope::kWithDisplay;

// docs/protocol/wire-contract.md §§6, 7, 9.
constexpr Command kCommands[] = {
    // path                                           access    envelope  jsonp  run
    {"v4/profile/portrait_get",                       kAccount, kDisplay, true,  PortraitGet},
    {"v4/profile/portrait_set",                       kAccount, kDisplay, true,  PortraitSet},

    {"v4/openim/login",                               kUserSig, kPlain,   true,  Login},
    {"v4/openim/logout",                              kSession, kPlain,   true,  LogoutAll},
    {"v4/openim/longpollinglogout",                   kSession, kPlain,   true,  Logout},

    {"v4/im_open_login_svc/account_import",           kAdmin,   kPlain,   false, AccountImport},
    {"v4/im_open_login_svc/multiaccount_import",      kAdmin,   kPlain,   false, MultiAccountImport},
    {"v4/im_open_login_svc/account_check",            kAdmin,   kPlain,   false, AccountCheck},
    {"v4/im_open_login_svc/account_delete",           kAdmin,   kPlain,   false, AccountDelete},

    // What a page calls on its way that is not about profiles: true answers of a server that has no
    // messages, groups or friends.
    {"v3/webim/accesslayer",                          kAnyone,  kPlain,   true,  AccessLayer},
    {"v4/openim/authkey",                             kSession, kPlain,   true,  AuthKey},
    {"v4/openim/getmsg",                              kSession, kPlain,   true,  GetMessages},
    {"v4/openim/msgreaded",                           kSession, kPlain,   true,  Nothing},
    {"v4/openim/getroammsg",                          kSession, kPlain,   true,  GetRoamingMessages},
    {"v4/group_open_http_svc/get_joined_group_list",  kSession, kPlain,   true,  GetJoinedGroups},
    {"v4/sns/friend_get_all",                         kSession, kDisplay, true,  GetAllFriends},
    {"v4/recentcontact/get",                          kSession, kPlain,   true,  GetRecentContacts},
    {"v4/imopenstat/web_report",                      kSession, kPlain,   true,  Nothing},
};

}  // namespace

std::span<const Command> Commands() { return kCommands; }

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
