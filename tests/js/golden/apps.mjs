/**
 * One app for each case: an account of one case is unknown to every other, so that cases may call
 * everyone "alice" and run side by side on one server.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Numbers are given out from here, clear of those that cases pin for themselves. */
const kFirstNumber = 1500000001;

/** Reads the *.toml of a folder: what a kind of app is, without its number, or of server. */
export function readKinds(folder) {
  return new Map(readdirSync(folder).filter((name) => name.endsWith(".toml")).sort()
    .map((name) => [name.slice(0, -5), readFileSync(join(folder, name), "utf8")]));
}

/**
 * Gives every app of every case its number and key.
 * @returns {{sections: Map<string, string[]>, apps: Map<string, Map<string, object>>}} the TOML of
 *     the apps by kind of server, and for each case file its apps by local name
 */
export function assignApps(cases, kinds) {
  const all = new Map();
  const pinned = new Set();
  const sections = new Map();
  let next = kFirstNumber;
  for (const { file, server, apps } of cases) {
    const own = new Map();
    for (const [name, { kind, number }] of apps) {
      const text = kinds.get(kind);
      if (text === undefined) throw new Error(`${file}: there is no apps/${kind}.toml`);
      const sdkappid = number ?? next++;
      if (number !== null && pinned.has(number)) {
        throw new Error(`${file}: app ${number} belongs to another case already`);
      }
      pinned.add(sdkappid);
      own.set(name, { sdkappid, secretKey: /^secret_key = "(.*)"$/m.exec(text)[1] });
      if (!sections.has(server)) sections.set(server, []);
      sections.get(server).push(`[[app]]\nsdkappid = ${sdkappid}\n${text.replace(/^#.*\n/gm, "")}`);
    }
    all.set(file, own);
  }
  return { sections, apps: all };
}

/**
 * The TOML of a server of a kind (servers/*.toml), with its apps.
 * @param {string} [store] more lines of [store]
 */
export function serverConfig(kind, sections, engine, store = "") {
  const always = `[server]\nhttp = "127.0.0.1:0"\nhttps = ""\nops = ""\nthreads = 2\n`;
  const special = kind.replace(/^#.*\n/gm, "").replace(/^\[server\]\n/m, "");
  return `${always}${special}\n[store]\nengine = "${engine}"\n${store}\n[log]\nlevel = "debug"\n\n` +
    sections.join("\n");
}
