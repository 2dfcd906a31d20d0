// Signs in, sets the own profile, reads it back and signs out again:
//
//     node examples/node.mjs [server] [account] [nick]
//
// against a Portrait server in development mode, as `./run` starts it.
import * as webim from 'webim';

const [server = 'http://127.0.0.1:8480', identifier = 'alice', nick = '小明'] =
  process.argv.slice(2);

try {
  const loginInfo = await developmentLogin();
  const me = await webim.login(loginInfo, null, { server });
  console.log(`signed in as ${identifier}, nick: ${me.identifierNick ?? '-'}`);

  await webim.setProfilePortrait({
    ProfileItem: [
      { Tag: webim.Tag.Nick, Value: nick },
      { Tag: webim.Tag.Gender, Value: webim.Gender.Female },
      { Tag: webim.Tag.BirthDay, Value: 20001231 },
    ],
  });

  const { UserProfileItem } = await webim.getProfilePortrait({
    To_Account: [identifier],
    TagList: [webim.Tag.Nick, webim.Tag.Gender, webim.Tag.AllowType, webim.Tag.BirthDay],
  });
  for (const user of UserProfileItem) {
    for (const { Tag, Value } of user.ProfileItem ?? []) {
      console.log(`${user.To_Account}  ${Tag} = ${Value}`);
    }
  }

  await webim.logout();
  console.log('signed out');
} catch (err) {
  if (!webim.isWebimError(err)) throw err;
  console.error(`error ${err.ErrorCode}: ${err.ErrorInfo}`);
  process.exitCode = 1;
}

/** A development server makes UserSigs for anyone; elsewhere they come from your own back end. */
async function developmentLogin() {
  const url = `${server}/dev/usersig?identifier=${encodeURIComponent(identifier)}`;
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${server} is not in development mode`);
  const { sdkappid, usersig } = await response.json();
  return { sdkAppID: sdkappid, accountType: 1, identifier, userSig: usersig };
}
