// SPDX-License-Identifier: Apache-2.0
// Event streams of a running server: `streams.mjs [STREAMS] [TLS_STREAMS] [AWAY]`. How long a change takes to reach
// all of STREAMS (10000; build/release/bench/load reads them), what the kernel alone takes for as many writes
// (build/release/bench/fan), and what an idle stream over TLS 1.3 takes in the server, kernel buffers not
// counted. With AWAY (a number of people who answer, 40 a second) also what half of the streams miss and repeat when they
// are cut in the middle and come back with Last-Event-ID. Prints one JSON document.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { Server, makeCounty, remove, sleep } from "../test/fault/lib.mjs";

const streams = Number(process.argv[2] ?? 10000), tlsStreams = Number(process.argv[3] ?? 2000), away = Number(process.argv[4] ?? 0);
const county = makeCounty(2000), server = new Server(county);
const tool = "build/release/bench/load";
const figures = { load_average: loadavg()[0], streams };
await server.start();
await server.signIn();

/** The links of COUNT people of a call-out with SEATS. */
async function links(seats, count) {
    const { need } = await server.need({ lat: 30.69, lon: 121.0 }, seats, { within_minutes: 240, reserve: "auto" });
    const callout = await server.callOut(need);
    await sleep(1500); // the messages go
    const { items } = await server.call(200, "GET", `/api/v1/callouts/${callout}/alerts?limit=500`);
    return execFileSync(tool, ["links", county.dir], { input: items.map(({ id }) => id).join("\n"), encoding: "utf8" }).split("\n").slice(0, count);
}

const few = await links(10, 14), many = away > 0 ? await links(away, away) : [];
const tokens = join(county.work, "tokens");
writeFileSync(tokens, `${few.join("\n")}\n`);
const run = ["run", server.url.slice("http://".length), tokens, "cookie", server.cookie, "pid", server.process.pid,
    "rate", 1, "think", 500, "accept", 0, "streams", streams];
const fan = () => JSON.parse(execFileSync("build/release/bench/fan", { encoding: "utf8" }));
figures.fan_before = fan();
const { change_to_all_ms, stream_kib, events, gaps, repeats, resyncs } = JSON.parse(execFileSync(tool, run.map(String), { encoding: "utf8" }));
Object.assign(figures, { change_to_all_ms, stream_kib, events, gaps, repeats, resyncs, fan_after: fan() });

if (away > 0) {
    writeFileSync(tokens, `${many.join("\n")}\n`);
    run[run.indexOf("rate") + 1] = 40;
    const back = JSON.parse(execFileSync(tool, [...run, "reconnect", 1].map(String), { encoding: "utf8" }));
    const { events, gaps, repeats, resyncs, change_to_stayed_ms, all_back_ms, still_away } = back;
    figures.away = { load_average: loadavg()[0], events, gaps, repeats, resyncs, change_to_stayed_ms, all_back_ms, still_away };
}

// ---- TLS
const key = join(county.work, "key.pem"), cert = join(county.work, "cert.pem");
execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", cert,
    "-days", "2", "-subj", "/CN=127.0.0.1"], { stdio: "ignore" });
const token = /\S{20,}/.exec(execFileSync("build/release/muster", ["token", "--account", "admin", "--dir", county.dir], { encoding: "utf8" }))[0];
await server.stop();
server.tls = ["--tls-cert", cert, "--tls-key", key];
await server.start();
const { hostname, port } = new URL(server.url);
const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.process.pid}/status`, "utf8"))[1]);
const open = () => new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port, rejectUnauthorized: false, minVersion: "TLSv1.3" }, () =>
        socket.write(`GET /api/v1/stream HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`));
    socket.once("data", (data) => (/ 200 /.test(String(data)) ? resolve() : reject(new Error(String(data).slice(0, 300)))));
    socket.once("error", reject);
});
const openMany = () => Promise.all(Array.from({ length: 50 }, open));
await openMany(); // what is made once
const before = resident();
for (let i = 0; i < tlsStreams; i += 50) await openMany();
await sleep(500);
figures.tls_kib_each = Math.round(((resident() - before) / tlsStreams) * 100) / 100;
figures.tls_library_alone = JSON.parse(execFileSync("build/release/bench/tls", [key, cert], { encoding: "utf8" }));
server.process.kill("SIGKILL"); // nobody waits for thousands of goodbyes
remove(county);
console.log(JSON.stringify(figures, null, 1));
process.exit(0);
