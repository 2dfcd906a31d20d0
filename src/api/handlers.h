#pragma once

// The functions behind the command table (commands.cc). Each reads its body, decides, and writes
// its answer; shapes, limits and errors are those of the section named beside it in
// docs/protocol/wire-contract.md.

#include "api/call.h"

namespace api {

Answer PortraitGet(Request request, std::string& out);  // §7.1
Answer PortraitSet(Request request, std::string& out);  // §7.2

// From_Account, the requester, must be the caller unless that is an admin: 40004. §7
base::Result<void> CheckFromAccount(std::string_view from, const Caller& caller);

// The detail of 40009.
std::string UnknownTag(std::string_view tag);

// docs/protocol/websocket-contract.md §4.1
Answer PortraitGetAll(Request request, std::string& out);

Answer Login(Request request, std::string& out);      // §6.2
Answer Logout(Request request, std::string& out);     // §6.8
Answer LogoutAll(Request request, std::string& out);  // §6.9

Answer GetLongPollingId(Request request, std::string& out);  // §6.6
Answer LongPolling(Request request, std::string& out);       // §6.7

// docs/protocol/websocket-contract.md §§3.1, 5.7
Answer SocketLogin(Request request, std::string& out);
Answer SocketLogout(Request request, std::string& out);

Answer AccountImport(Request request, std::string& out);       // §9
Answer MultiAccountImport(Request request, std::string& out);  // §9
Answer AccountCheck(Request request, std::string& out);        // §9
Answer AccountDelete(Request request, std::string& out);       // §9
Answer Kick(Request request, std::string& out);                // §9

Answer CustomFieldList(Request request, std::string& out);   // §13
Answer CustomFieldApply(Request request, std::string& out);  // §13

Answer AccessLayer(Request request, std::string& out);         // §6.1
Answer AuthKey(Request request, std::string& out);             // §6.4
Answer GetMessages(Request request, std::string& out);         // §6.10
Answer GetRoamingMessages(Request request, std::string& out);  // §6.10
Answer GetJoinedGroups(Request request, std::string& out);     // §6.3
Answer GetAllFriends(Request request, std::string& out);       // §6.10
Answer GetRecentContacts(Request request, std::string& out);   // §6.10
// docs/protocol/websocket-contract.md §§3.2, 3.5
Answer GetMutedPeers(Request request, std::string& out);
Answer GetFriends(Request request, std::string& out);
Answer GetFriendGroups(Request request, std::string& out);
Answer GetBlackList(Request request, std::string& out);
Answer GetPendencies(Request request, std::string& out);
Answer GetContactPage(Request request, std::string& out);
Answer GetContactGroups(Request request, std::string& out);
Answer FetchConfig(Request request, std::string& out);
Answer FetchPurchaseBits(Request request, std::string& out);

Answer Nothing(Request request, std::string& out);  // §6.5, §6.10: OK and nothing else

}  // namespace api
