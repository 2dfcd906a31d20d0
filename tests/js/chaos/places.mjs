/**
 * Where the nodes of a cluster are, so that the third can be cut off: it lives in a network
 * namespace, with one link to the other databases and one to its clients. Needs root.
 */
import { execFileSync } from "node:child_process";

const ip = (words) => execFileSync("ip", words.split(" "), { stdio: "pipe" });

/**
 * @returns {{places: object[], cut: () => void, join: () => void, remove: () => void} | null} null
 *     where namespaces are not permitted
 */
export function makePlaces() {
  const name = `portrait${process.pid}`;
  const [db, front] = [`pd${process.pid}`, `pf${process.pid}`];
  const net = `10.${100 + (process.pid % 100)}.${(process.pid >> 7) % 250}`;
  try {
    ip(`netns add ${name}`);
  } catch (error) {
    console.log(`no network namespaces here: ${error.stderr ?? error.message}`);
    return null;
  }
  const remove = () => { try { ip(`netns del ${name}`); } catch { /* it is gone already */ } };
  process.once("exit", remove);
  const link = (device, ours, theirs) => {
    ip(`link add ${device} type veth peer name ${device}x`);
    ip(`link set ${device}x netns ${name}`);
    ip(`addr add ${ours}/30 dev ${device}`);
    ip(`link set ${device} up`);
    ip(`netns exec ${name} ip addr add ${theirs}/30 dev ${device}x`);
    ip(`netns exec ${name} ip link set ${device}x up`);
  };
  ip(`netns exec ${name} ip link set lo up`);
  link(db, `${net}.1`, `${net}.2`);
  link(front, `${net}.5`, `${net}.6`);
  // Its own address is not the link's, so that portraitd and database there still see each other
  // when the link's end in there is down; out here what is sent to it just vanishes.
  ip(`netns exec ${name} ip addr add ${net}.9/32 dev lo`);
  ip(`route add ${net}.9/32 via ${net}.2`);
  const here = { address: `${net}.1`, front: "127.0.0.1", within: [] };
  const there = { address: `${net}.9`, front: `${net}.6`,
    within: ["ip", "netns", "exec", name] };
  return { places: [here, here, there], remove,
    cut: () => ip(`netns exec ${name} ip link set ${db}x down`),
    join: () => ip(`netns exec ${name} ip link set ${db}x up`) };
}
