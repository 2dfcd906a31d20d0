// Logs in, sets the account's own profile, looks up several accounts and prints them as a table.
//   profile http://127.0.0.1:8480 alice "$USERSIG" alice bob ghost
#include <webim/webim.h>

#include <iomanip>
#include <iostream>

namespace {

std::string Show(const webim::UserProfile& user, const char* tag) {
  const webim::FieldValue* value = user.Find(tag);
  return value != nullptr ? value->ToString() : "-";
}

void Print(const webim::PortraitAnswer& answer) {
  for (const webim::UserProfile& user : answer.UserProfileItem) {
    std::cout << std::left << std::setw(16) << user.To_Account;
    if (user.ResultCode != 0) {
      std::cout << user.ResultInfo << "\n";
      continue;
    }
    std::cout << std::setw(16) << Show(user, webim::kTagNick) << std::setw(22)
              << Show(user, webim::kTagGender) << Show(user, webim::kTagAllowType) << "\n";
  }
}

int Fail(const char* what, const webim::Error& error) {
  std::cerr << what << ": " << error.ErrorCode << " " << error.ErrorInfo << "\n";
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) {
    std::cerr << "usage: profile SERVER ACCOUNT USERSIG ACCOUNT...\n";
    return 2;
  }
  webim::Client client;
  const webim::LoginInfo me{
      .sdkAppID = 1400000001, .accountType = 1, .identifier = argv[2], .userSig = argv[3]};
  if (auto login = client.login(me, {}, {.server = argv[1]}).get(); !login.ok()) {
    return Fail("login", *login.error);
  }
  auto set = client.setProfilePortrait({{{webim::kTagNick, "Nick of " + me.identifier},
                                         {webim::kTagGender, webim::kGenderFemale},
                                         {webim::kTagAllowType, webim::kAllowTypeNeedConfirm}}});
  if (auto result = set.get(); !result.ok()) {
    return Fail("set", *result.error);
  }
  const std::vector<std::string> tags{webim::kTagNick, webim::kTagGender, webim::kTagAllowType};
  auto get = client.getProfilePortrait({{argv + 4, argv + argc}, tags}).get();
  if (!get.ok() && get.error->ErrorCode != webim::kErrorPartial) {
    return Fail("get", *get.error);
  }
  Print(get.ok() ? *get.answer : *get.error);
  return client.logout().get().ok() ? 0 : 1;
}
