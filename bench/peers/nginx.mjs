/**
 * nginx answering every request with one fixed text: what the kernel and a good HTTP engine charge
 * for a request, the practical limit of every other server here.
 */
import { mkdirSync, writeFileSync } from "node:fs";

import { freePort, startDaemon } from "../lib/daemon.mjs";

function configuration({ folder, port, tlsPort, certificate, key, answers }) {
  const quoted = (text) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  const locations = Object.entries(answers).map(([path, body]) => `
    location = /${path} { default_type application/json; return 200 ${quoted(body)}; }`);
  return `user root;
daemon off;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log stderr notice;
events { worker_connections 20000; }
http {
  access_log off;
  server_tokens off;
  keepalive_requests 1000000000;
  keepalive_timeout 86400;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    listen 127.0.0.1:${tlsPort} ssl;
    ssl_certificate ${certificate};
    ssl_certificate_key ${key};
    ssl_protocols TLSv1.3;
    add_header Access-Control-Allow-Origin *;${locations.join("")}
  }
}
`;
}

/**
 * @param {object} options
 * @param {string} options.folder for its files
 * @param {Record<string, string>} options.answers bodies by path
 * @param {string} options.certificate PEM file, and `key`
 */
export async function start(options) {
  const { folder, cores } = options;
  mkdirSync(folder, { recursive: true });
  const [port, tlsPort] = [await freePort(), await freePort()];
  writeFileSync(`${folder}/nginx.conf`, configuration({ ...options, port, tlsPort }));
  const daemon = await startDaemon(
    ["nginx", "-p", folder, "-e", "stderr", "-c", `${folder}/nginx.conf`],
    { cores, ready: /start worker process \d/ });
  return { ...daemon, http: `http://127.0.0.1:${port}`, https: `https://127.0.0.1:${tlsPort}` };
}
