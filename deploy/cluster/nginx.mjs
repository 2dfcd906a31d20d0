/** nginx in front of several portraitd: one address for all clients. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Daemon } from "./daemon.mjs";

const kDeadlineMs = 30_000;

/**
 * The configuration, which is one for real machines too, but for the paths. A request whose server
 * has gone is sent to the next one, writes too: a set that is carried out twice is the same as once.
 * A server that failed three times within a second is tried with one request a second until it
 * answers: one that has vanished without a word, and so has the fewest connections, would else be
 * the first choice for all. Restarting one after the other, wait until this uses the last one again.
 */
export function nginxConfig({ folder, listen, upstreams }) {
  const servers = upstreams.map((address) =>
    `    server ${address} max_fails=3 fail_timeout=1s;`).join("\n");
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) =>
    `  ${name}_temp_path ${join(folder, name)};`).join("\n");
  return `worker_processes 1;
daemon off;
error_log stderr notice;
pid ${join(folder, "nginx.pid")};
events { worker_connections 16384; }
worker_rlimit_nofile 40000;
http {
  access_log off;
${temporary}
  client_max_body_size 16m;
  map $http_upgrade $connection_field { default upgrade; '' ''; }
  upstream portraitd {
    least_conn;
${servers}
    keepalive 256;  # a connection for every request would use up the ports
  }
  server {
    listen ${listen};
    location / {
      proxy_pass http://portraitd;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_field;
      proxy_connect_timeout 1s;
      proxy_read_timeout 120s;  # longer than any long poll and than a socket's hello
      proxy_next_upstream error timeout non_idempotent;
      proxy_next_upstream_tries 3;
    }
    # Development mode hands out UserSigs to this machine alone, and not to proxies: not for real use.
    location /dev/ {
      proxy_pass http://portraitd;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
    }
  }
}
`;
}

/** @returns {Promise<Daemon>} */
export async function startNginx({ folder, listen, upstreams }) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, "nginx.conf");
  writeFileSync(file, (process.getuid() === 0 ? "user root;\n" : "") +
    nginxConfig({ folder, listen, upstreams }));
  const daemon = new Daemon("nginx", ["nginx", "-p", folder, "-e", "stderr", "-c", file],
    join(folder, "log"));
  await daemon.seen("start worker process", kDeadlineMs);
  return daemon;
}
