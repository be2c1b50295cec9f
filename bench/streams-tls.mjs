// SPDX-License-Identifier: Apache-2.0
// What an idle event stream over TLS takes in the server: COUNT (default 2000) of them, TLS 1.3 and 1.2.
// Prints one JSON document; kernel buffers are not counted.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connect } from "node:tls";
import { Server, makeCounty, remove, sleep } from "../test/fault/lib.mjs";

const count = Number(process.argv[2] ?? 2000);
const county = makeCounty(200), server = new Server(county);
const key = join(county.work, "key.pem"), cert = join(county.work, "cert.pem");
execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
    "-days", "2", "-subj", "/CN=127.0.0.1"], { stdio: "ignore" });
await server.start();
await server.signIn();
const token = /\S{20,}/.exec(execFileSync("build/release/muster", ["token", "--account", "admin", "--dir", county.dir], { encoding: "utf8" }))[0];
await server.stop();
server.tls = ["--tls-cert", cert, "--tls-key", key];
await server.start();
const { hostname, port } = new URL(server.url);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))[1]);

const open = (version) => new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, rejectUnauthorized: false, minVersion: version, maxVersion: version }, () =>
        socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`));
    socket.once("data", (data) => (/ 200 /.test(String(data)) ? resolve(socket) : reject(new Error(String(data).slice(0, 300)))));
    socket.once("error", reject);
});

const figures = { count };
for (const version of ["TLSv1.3", "TLSv1.2"]) {
    const warm = await Promise.all(Array.from({ length: 50 }, () => open(version)));
    const before = resident(), sockets = [];
    for (let i = 0; i < count; i += 50) sockets.push(...(await Promise.all(Array.from({ length: 50 }, () => open(version)))));
    await sleep(500);
    figures[version] = { kib_each: Math.round(((resident() - before) / count) * 100) / 100 };
    for (const socket of [...warm, ...sockets]) socket.destroy();
    await sleep(1000);
}
await server.stop();
remove(county);
console.log(JSON.stringify(figures));
