// SPDX-License-Identifier: Apache-2.0
// slow.mjs SECONDS CONNECTIONS: clients that are slow on purpose, by slowhttptest (heads drip,
// bodies drip, answers are read slowly), and as many connections that say nothing. Others are
// served meanwhile: a page, a report, and the slow ones are thrown out by the deadlines.
import { spawn } from "node:child_process";
import { connect } from "node:net";
import { join } from "node:path";
import { Server, crowding, finish, makeCounty, must, percentile, sleep, verify } from "./lib.mjs";

const seconds = Number(process.argv[2] ?? 3);
const count = Number(process.argv[3] ?? 1000);
const SLOWEST_MS = 3000; // of one request during an attack
const county = makeCounty(300);
const server = new Server(county);
let passed = 0;

/** slowhttptest with WORDS for a while; null when it is not installed. */
function attack(words) {
    const line = ["-c", String(count), "-r", String(Math.ceil(count / 2)), "-l", String(seconds), "-i", "1", "-p", "3", "-v", "0", ...words];
    const process = spawn("slowhttptest", line, { stdio: "ignore" });
    return new Promise((resolve, reject) => {
        process.on("error", (error) => (error.code === "ENOENT" ? resolve(null) : reject(error)));
        process.on("exit", resolve);
    });
}

/** Half-open: connected, and nothing is ever said. */
async function silence() {
    const sockets = [];
    const { hostname, port } = new URL(server.url);
    let open = 0;
    for (let i = 0; i < count; i++) {
        const socket = connect({ host: hostname, port: Number(port), localAddress: `127.0.0.${2 + (i % 4)}` });
        socket.on("error", () => {});
        socket.on("connect", () => open++);
        sockets.push(socket);
        if (i % 100 === 99) await sleep(10);
    }
    const end = performance.now() + seconds * 1000;
    while (performance.now() < end) await sleep(50);
    for (const socket of sockets) socket.destroy();
    return open;
}

/** An honest user, until STOP. */
async function honest(stop) {
    const times = [];
    for (let i = 0; !stop.now; i++) {
        const begun = performance.now();
        if (i % 5 === 0) await server.call(201, "POST", "/api/v1/incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } });
        else await server.call(200, "GET", "/api/v1/incidents?limit=5");
        times.push(performance.now() - begun);
        await sleep(20);
    }
    return times.sort((a, b) => a - b);
}

async function connections() {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    return Number(/^muster_connections(?:\{[^}]*\})? ([0-9]+)/m.exec(text)?.[1] ?? NaN);
}

async function during(name, least, run) {
    const stop = { now: false };
    const serving = honest(stop);
    let most = 0;
    const watching = (async () => {
        while (!stop.now) {
            most = Math.max(most, await connections());
            await sleep(100);
        }
    })();
    const result = await run();
    stop.now = true;
    await watching;
    if (result === null) {
        await serving;
        console.log("absent: slowhttptest (Debian's package)");
        return;
    }
    const times = await serving;
    must(times.length > 5, `${name}: hardly anybody was served`);
    must(times.at(-1) < SLOWEST_MS * crowding(), `${name}: somebody waited ${Math.round(times.at(-1))} ms`);
    must(most > least, `${name}: only ${most} connections were ever open`);
    console.log(`  ok: ${name}: up to ${most} connections; ${times.length} requests of others served, p50 ${percentile(times, 0.5).toFixed(1)} ms, slowest ${times.at(-1).toFixed(0)} ms`);
    passed++;
}

let failure = null;
try {
    server.prefix = ["sh", "-c", `ulimit -n $(ulimit -Hn); exec "$@"`, "sh"];
    await server.start();
    await server.signIn();
    const url = (path) => ["-u", server.url + path];
    await during("heads that drip", 100, () => attack(["-H", ...url("/api/v1/incidents")]));
    await during("bodies that drip", 100, () => attack(["-B", "-s", "8192", ...url("/api/v1/sessions"), "-f", "application/json"]));
    await during("answers read slowly", 100, () => attack(["-X", "-w", "10", "-y", "20", "-n", "1", "-z", "8", "-k", "3", ...url("/")]));
    await during("connections that say nothing", 0.9 * count, silence);
    for (let i = 0; i < 100 && (await connections()) > 20; i++) await sleep(200);
    must(!((await connections()) > 20), "connections are left over");
    const end = await server.stop();
    must(end.code === 0, `SIGTERM: ${JSON.stringify(end)}`);
    verify(county);
    console.log("  ok: nobody is left over, muster verify holds");
    passed++;
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
finish("slow", passed, failure, county);
