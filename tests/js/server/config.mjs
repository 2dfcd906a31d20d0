/** What is wrong with a configuration is said with file and line, and nothing is started. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { kAdmin, login, refuses, run, serve, tempFolder } from "./util.mjs";

const kSecret = "never-to-be-shown-0123456789";
const kApp = `[[app]]
sdkappid = 1400000002
secret_key = "${kSecret}"
admins = ["${kAdmin}"]
`;
const kField = `${kApp}
[[app.custom_profile_fields]]
key = "Team"
type = "string"
read = ["app", "admin"]
write = ["app", "admin"]
`;

/** A configuration of kField in which `line` stands for the line that begins with `name`. */
function withLine(name, line) {
  return kField.replace(new RegExp(`^${name} = .*$`, "m"), `${line} #!`);
}

/** By what is wrong: the words that must name it, and a text whose faulty line ends in `#!`. */
const kFaults = {
  "an unknown key of the file": [/surprise/, `surprise = 1 #!\n${kApp}`],
  "an unknown table": [/surprise/, `${kApp}[surprise] #!\nx = 1\n`],
  "an unknown key of [server]": [/htpp/, `[server]\nhttp = ""\nhtpp = "127.0.0.1:0" #!\n${kApp}`],
  "an unknown key of [store]": [/folder/, `[store]\nfolder = "x" #!\n${kApp}`],
  "an unknown key of [limits]": [/surprise/, `[limits]\nsurprise = 1 #!\n${kApp}`],
  "an unknown key of [log]": [/surprise/, `[log]\nsurprise = 1 #!\n${kApp}`],
  "an unknown key of [[app]]": [/secret\b/, `${kApp}secret = "x" #!\n`],
  "a key in another case": [/Enabled/, `${kApp}Enabled = true #!\n`],
  "an unknown key of a field": [/label/, `${kField}label = "x" #!\n`],
  "an unknown tag to override": [/Tag_Profile_IM_Name/,
    `${kApp}standard_write_overrides = { Tag_Profile_IM_Name = ["admin"] } #!\n`],
  "an unknown role to override": [/Tag_Profile_IM_Level/,
    `${kApp}standard_write_overrides = { Tag_Profile_IM_Level = ["everyone"] } #!\n`],

  "an address without a port": [/127\.0\.0\.1/, `[server]\nhttp = "127.0.0.1" #!\n${kApp}`],
  "an address that is a number": [/ops/, `[server]\nops = 8481 #!\n${kApp}`],
  "a port beyond 65535": [/65536/, `[server]\nhttps = "127.0.0.1:65536" #!\n${kApp}`],
  "threads in words": [/threads/, `[server]\nthreads = "two" #!\n${kApp}`],
  "threads below none": [/threads/, `[server]\nthreads = -1 #!\n${kApp}`],
  "a fraction of a thread": [/threads/, `[server]\nthreads = 1.5 #!\n${kApp}`],
  "a certificate without its key": [/tls_key/, `[server] #!\ntls_certificate = "x.pem"\n${kApp}`],
  "an unknown engine": [/engine/, `[store]\nengine = "mysql" #!\n${kApp}`],
  "a table that is a value": [/store/, `store = "rocksdb" #!\n${kApp}`],
  "an unknown log level": [/level/, `[log]\nlevel = "loud" #!\n${kApp}`],

  "an app that is one table": [/app/, "[app] #!\nsdkappid = 1\nsecret_key = \"x\"\n"],
  "an app without a number": [/sdkappid/, `[[app]] #!\nsecret_key = "${kSecret}"\n`],
  "an app's number as a text": [/sdkappid/, withLine("sdkappid", 'sdkappid = "1400000002"')],
  "an app's number below 1": [/sdkappid/, withLine("sdkappid", "sdkappid = 0")],
  "an app's number below 0": [/sdkappid/, withLine("sdkappid", "sdkappid = -5")],
  "an app's number beyond 64 bits": [/./, withLine("sdkappid", "sdkappid = 99999999999999999999")],
  "an app declared twice": [/twice|duplicate/, `${kApp}\n${kApp.replace("]]", "]] #!")}`],
  "admins that are no list": [/admins/, withLine("admins", `admins = "${kAdmin}"`)],
  "an admin that is a number": [/admins/, withLine("admins", "admins = [42]")],
  "a switch in words": [/enabled/, `${kApp}enabled = "yes" #!\n`],
  "a location of no bytes": [/location_max_bytes/, `${kApp}location_max_bytes = 0 #!\n`],
  "a location beyond 500 bytes": [/location_max_bytes/, `${kApp}location_max_bytes = 501 #!\n`],

  "a field's key with a digit": [/Team1/, withLine("key", 'key = "Team1"')],
  "a field's key of nine letters": [/TeamOfTen/, withLine("key", 'key = "TeamOfTen"')],
  "an empty field's key": [/key/, withLine("key", 'key = ""')],
  "a field's whole tag for a key": [/Tag_Profile/, withLine("key", 'key = "Tag_Profile_Custom_T"')],
  "a field without a key": [/key/,
    kField.replace('key = "Team"\n', "").replace("fields]]", "fields]] #!")],
  "a field of integers": [/type/, withLine("type", 'type = "integer"')],
  "a field nobody may read": [/read/, withLine("read", "read = []")],
  "a field somebody unknown may write": [/write/, withLine("write", 'write = ["app", "root"]')],
  "two fields of one key": [/Team/,
    kField + kField.slice(kApp.length).replace("fields]]", "fields]] #!")],

  "no secret": [/secret_key/, `[[app]] #!\nsdkappid = 5\n`],
  "no secret in the second app": [/secret_key/, `${kApp}\n[[app]] #!\nsdkappid = 5\n`],
  "an empty secret": [/secret_key/, `[[app]] #!\nsdkappid = 5\nsecret_key = ""\n`],
  "a secret that is a number": [/secret_key/,
    "[[app]]\nsdkappid = 5\nsecret_key = 8374652901 #!\n"],
  "a secret's file that is missing": [/nowhere\.key/,
    `[[app]]\nsdkappid = 5\nsecret_key_file = "nowhere.key" #!\n`],
  "a text without its end": [/./, `[[app]]\nsdkappid = 5\nsecret_key = "${kSecret} #!\n`],
  "a secret without quotes": [/./, `[[app]]\nsdkappid = 5\nsecret_key = ${kSecret} #!\n`],
  "a secret given twice": [/secret_key/, `${kApp}secret_key = "${kSecret}" #!\n`],
  "a line that is no TOML": [/./, `${kApp}this is not TOML #!\n`],
};

for (const [what, [named, text]] of Object.entries(kFaults)) {
  test(`a configuration with ${what} is refused with its line`, async (t) => {
    const folder = tempFolder(t);
    const file = join(folder, "portrait.toml");
    writeFileSync(file, text);
    const line = text.slice(0, text.indexOf("#!")).split("\n").length;
    const start = ["--config", file, "--data", join(folder, "data")];
    for (const args of [start, [...start, "--check-config"]]) {
      const stderr = await refuses(args, named, { cwd: folder });
      assert.ok(stderr.includes(`${file}:${line}: `), `line ${line} is not named: ${stderr}`);
      assert.ok(!stderr.includes(kSecret) && !stderr.includes("8374652901"), stderr);
    }
    assert.ok(!existsSync(join(folder, "data")));
  });
}

test("more custom fields than twenty are refused with a line", async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, "portrait.toml");
  const letters = "ABCDEFGHIJKLMNOPQRSTU";
  const fields = [...letters].map((letter) => kField.slice(kApp.length).replace("Team", letter));
  writeFileSync(file, kApp + fields.slice(0, 20).join(""));
  assert.equal((await run(["--config", file, "--check-config"])).code, 0);
  writeFileSync(file, kApp + fields.join(""));
  await refuses(["--config", file, "--check-config"], [/portrait\.toml:\d+: /, /20/]);
});

test("a configuration that is missing, a folder or without an app is refused", async (t) => {
  const folder = tempFolder(t);
  const named = async (name) => {
    const stderr = await refuses(["--config", join(folder, name), "--check-config"], /portraitd: /);
    assert.ok(stderr.includes(join(folder, name)), stderr);
  };
  await named("missing.toml");
  mkdirSync(join(folder, "folder.toml"));
  await named("folder.toml");
  writeFileSync(join(folder, "empty.toml"), "");
  await named("empty.toml");
  writeFileSync(join(folder, "binary.toml"), Buffer.from([0xff, 0xfe, 0x00, 0x01]));
  await named("binary.toml");
});

test("a secret's file is read up to the end of its first line", async (t) => {
  const folder = tempFolder(t);
  const keyFile = join(folder, "secret_key");
  writeFileSync(keyFile, `${kSecret}\n`, { mode: 0o600 });
  const config = `[server]\nhttps = ""\n[store]\nengine = "memory"\n` +
    kApp.replace(/^secret_key = .*$/m, `secret_key_file = "${keyFile}"`);
  const { http } = await serve(t, { config });
  await login(http, "alice", { sdkappid: 1400000002, key: kSecret });
});

test("an empty secret's file is refused with its line", async (t) => {
  const folder = tempFolder(t);
  const file = join(folder, "portrait.toml");
  writeFileSync(join(folder, "secret_key"), "");
  writeFileSync(file, `[[app]]\nsdkappid = 5\nsecret_key_file = "${join(folder, "secret_key")}"\n`);
  await refuses(["--config", file, "--check-config"], [/portrait\.toml:[13]: /, /secret_key/]);
});
