/** Loads the accounts into a portraitd: by its REST API, or by portraitctl while it is down. */
import { execFile } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { promisify } from "node:util";

import { sendAll } from "./pipeline.mjs";
import { accountId, kTags, profileItems, profileOf } from "./profiles.mjs";
import { kSdkAppId, startPinned, userSigQuery, kAdmin } from "./server.mjs";
import { siblingPath } from "../../tests/js/portraitd.mjs";

const kPerImport = 100;
const kImported = ["Tag_Profile_IM_Nick", "Tag_Profile_IM_Image"];
const kPerWrite = 10000;
const kPerFile = 500000;  // accounts in a file for portraitctl

function restRequest(command, credentials, body) {
  const text = JSON.stringify(body);
  return `POST /v4/${command}?sdkappid=${kSdkAppId}&${credentials}&random=1&contenttype=json`
    + ` HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

/** Imports nick and picture of accounts `first` to `first + count - 1` (a multiple of 100). */
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

/** Accounts `first` to `first + count - 1` as portraitctl reads them, with all their ten fields. */
export function writeAccountLines(file, first, count) {
  const line = (i) => `${JSON.stringify(
    { To_Account: accountId(i), ProfileItem: profileItems(i, kTags) })}\n`;
  const out = openSync(file, "w");
  for (let start = first; start < first + count; start += kPerWrite) {
    const size = Math.min(kPerWrite, first + count - start);
    writeSync(out, Array.from({ length: size }, (_, i) => line(start + i)).join(""));
  }
  closeSync(out);
}

/** Leaves an empty store in a folder that there is not yet. */
export async function makeEmptyStore(folder, cores) {
  mkdirSync(folder, { recursive: true });
  await (await startPinned({ data: folder }, {}, cores)).stop();
}

/** Has portraitctl import the file into the store of a server that is down. */
export async function importLines(folder, file, cores) {
  const words = ["import", "--data", folder, "--sdkappid", String(kSdkAppId), "--verdicts",
    `${file}.verdicts`, "--position", `${file}.position`, file];
  await promisify(execFile)("taskset", ["-c", cores, siblingPath("portraitctl"), ...words]);
  for (const left of ["verdicts", "position"]) rmSync(`${file}.${left}`);
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
  say(`loading ${count} accounts into portraitd`);
  const started = performance.now();
  await makeEmptyStore(loading, cores);
  const file = `${folder}.jsonl`;
  for (let first = 0; first < count; first += kPerFile) {
    writeAccountLines(file, first, Math.min(kPerFile, count - first));
    await importLines(loading, file, cores);
  }
  rmSync(file);
  say(`loaded ${count} accounts in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  renameSync(loading, folder);
  return folder;
}
