/**
 * Loads the accounts into a portraitd through its REST API: multiaccount_import gives a hundred
 * accounts their nick and picture, portrait_set each the other fields.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";

import { sendAll } from "./pipeline.mjs";
import { accountId, kTags, profileItems, profileOf } from "./profiles.mjs";
import { kSdkAppId, startPinned, userSigQuery, kAdmin } from "./server.mjs";

const kPerImport = 100;
const kImported = ["Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"];

function restRequest(command, credentials, body) {
  const text = JSON.stringify(body);
  return `POST /v4/${command}?sdkappid=${kSdkAppId}&${credentials}&random=1&contenttype=json`
    + ` HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** Imports accounts `first` to `first + count - 1` (a multiple of 100). */
export async function importAccounts(base, first, count) {
  const credentials = userSigQuery(kAdmin);
  await sendAll(base, count / kPerImport, (index) => {
    const start = first + index * kPerImport;
    const AccountList = Array.from({ length: kPerImport }, (_, i) => {
      const profile = profileOf(start + i);
      return { UserID: accountId(start + i), Nick: profile.Tag_Profile_IM_Nick,
        FaceUrl: profile.Tag_Profile_IM_Image };
    });
    return restRequest("im_open_login_svc/multiaccount_import", credentials, { AccountList });
  });
}

/** Gives accounts 0 to `count - 1`, imported before, their other fields. */
export async function setOthers(base, count) {
  const credentials = userSigQuery(kAdmin);
  const tags = kTags.filter((tag) => !kImported.includes(tag));
  await sendAll(base, count, (i) => restRequest("profile/portrait_set", credentials,
    { From_Account: accountId(i), ProfileItem: profileItems(i, tags) }));
}

/**
 * A data folder with `count` accounts below `parent`, loaded by this program unless an earlier run
 * left it there.
 */
export async function loadedFolder(parent, count, cores, say) {
  const folder = `${parent}/portraitd-${count}`;
  if (existsSync(folder)) return folder;
  const loading = `${folder}.loading`;
  rmSync(loading, { recursive: true, force: true });
  mkdirSync(loading, { recursive: true });
  say(`loading ${count} accounts into portraitd`);
  const server = await startPinned({ data: loading }, {}, cores);
  try {
    const started = performance.now();
    await importAccounts(server.http, 0, count);
    await setOthers(server.http, count);
    const seconds = (performance.now() - started) / 1000;
    say(`loaded ${count} accounts in ${seconds.toFixed(0)} s`);
  } finally {
    await server.stop();
  }
  renameSync(loading, folder);
  return folder;
}
