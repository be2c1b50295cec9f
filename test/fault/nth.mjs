// SPDX-License-Identifier: Apache-2.0
// nth.mjs COUNT: one operation of the real server fails, COUNT times for each kind: a write with
// ENOSPC or EIO, a sync with EIO, an allocation (of muster or any library), anywhere in a busy
// call-out. A failed sync ends the process (what the kernel dropped cannot be synced again); for
// the rest a request is refused or done. Never a crash; what was acknowledged is there afterwards.
import { join } from "node:path";
import { readFileSync } from "node:fs";
import { Phone, Server, anyHour, mailbox, makeCounty, remove, seeded, sleep, tail, verify } from "./lib.mjs";
import { Faults, buildShim } from "./shim.mjs";

const count = Number(process.argv[2] ?? 4);
const shim = buildShim();
if (!shim) {
    console.log("nth: 0 passed, 0 failed");
    process.exit(0);
}
const random = seeded(Number(process.argv[3] ?? 1));
const county = makeCounty(500);
const server = new Server(county);
const faults = new Faults(county.work);
const log = join(county.work, "serve.log");
const seen = new Set();
const acknowledged = new Map(); // incident id -> state that was answered last
const answered = new Map(); // link -> answer state
let passed = 0;

async function post(path, body) {
    const answer = await fetch(server.url + path, {
        method: "POST",
        headers: { cookie: server.cookie, "x-muster-csrf": server.csrf, "content-type": "application/json" },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(10000),
    });
    const text = await answer.text();
    if (answer.status >= 500) {
        const problem = text === "" ? {} : JSON.parse(text);
        if (!problem.detail) throw new Error(`${answer.status} without a word: ${text}`);
        return { status: answer.status };
    }
    return { status: answer.status, ...JSON.parse(text) };
}

/** One call-out with answers; whatever is refused is left as it is. */
async function work() {
    const at = { lat: 30.69 + random() * 0.02, lon: 121.0 + random() * 0.03 };
    const incident = await post("/api/v1/incidents", { kind: "flood", at });
    if (incident.status !== 201) return;
    acknowledged.set(incident.id, "reported");
    if ((await post(`/api/v1/incidents/${incident.id}/steps`, { step: "confirm" })).status !== 200) return;
    acknowledged.set(incident.id, "confirmed");
    const need = await post(`/api/v1/incidents/${incident.id}/needs`, { at, within_minutes: 60, lines: [{ skills: [], count: 4 }], reserve: 1, target: 0.9 });
    if (need.status !== 201) return;
    const callout = await post(`/api/v1/needs/${need.id}/callouts`, anyHour);
    if (callout.status !== 201) return;
    acknowledged.set(incident.id, "active");
    await sleep(200);
    for (const { id, link } of mailbox(county)) {
        if (seen.has(id)) continue;
        seen.add(id);
        const phone = new Phone(link);
        if (answered.has(phone.path)) continue; // a second message of one alert
        answered.set(phone.path, null);
        const body = await phone.answer(server.url, "accept");
        answered.set(phone.path, body.state);
    }
}

async function checkAll() {
    for (const [id, state] of acknowledged) {
        const now = await server.call(200, "GET", `/api/v1/incidents/${id}`);
        const order = ["reported", "confirmed", "active"];
        if (order.indexOf(now.state) < order.indexOf(state)) throw new Error(`incident ${id} was '${state}' and is '${now.state}'`);
    }
    for (const [path, said] of answered) {
        if (said === null) continue; // not acknowledged
        const { state } = await new Phone(`http://x${path}`).look(server.url);
        if (["pending", "no_answer"].includes(state)) throw new Error(`an acknowledged yes is '${state}'`);
    }
}

const gone = () => server.process.exitCode !== null || server.process.signalCode !== null;

async function start() {
    faults.disarm();
    await server.start();
    await server.signIn();
}

/** The server runs on, or has ended for a reason that it told. */
async function settle(kind) {
    await sleep(kind === "sync" ? 300 : 20);
    if (!gone()) return "goes on";
    const end = await server.ended;
    if (end.signal) throw new Error(`${kind}: killed by ${end.signal}\n${tail(log)}`);
    const said = tail(log).trim().split("\n").pop().replace(/"time":"[^"]*",/, "");
    if (end.code === 0 || !/muster|error|fatal/i.test(said)) throw new Error(`${kind}: exit ${end.code}, said: ${said}`);
    return `ends: ${said.slice(0, 160)}`;
}

/** How many operations one call-out takes without faults; a little less, since none is like another. */
async function operations(kind) {
    const before = faults.count(kind);
    await work();
    const took = faults.count(kind) - before;
    if (took === 0) throw new Error(`a call-out takes no ${kind}`);
    return Math.ceil(0.7 * took);
}

const plans = [
    ["write", "ENOSPC"],
    ["write", "EIO"],
    ["sync", "EIO"],
    ["memory", "EIO"],
];
let failure = null;
try {
    await server.start();
    await server.signIn();
    await server.stop();
    server.environment = faults.environment(shim, county.dir);
    await start();
    await work();
    for (const [kind, error] of plans) {
        const ends = new Map();
        const within = await operations(kind);
        for (let i = 0; i < count; i++) {
            // From the first operation to the last of what one call-out takes, evenly; an earlier
            // one if this call-out took fewer.
            let n = 1 + Math.floor(((i + random()) * within) / count), hit = false;
            for (; !hit && n > 0; n = Math.floor(n / 2)) {
                faults.arm(kind, n, error);
                await work().catch((error) => {
                    if (!/fetch failed|aborted|: 5[0-9][0-9]/.test(String(error.message))) throw error;
                });
                hit = faults.hasFailed(kind);
            }
            const end = hit ? await settle(kind) : "was not reached";
            if (kind === "sync" && hit && !gone()) throw new Error("a failed sync, and the server goes on");
            ends.set(end, (ends.get(end) ?? 0) + 1);
            if (gone()) await start();
            faults.disarm();
            await work(); // without faults all must go
            await checkAll();
        }
        for (const [end, times] of ends) console.log(`  ${kind} ${error}, of the first ${within}: ${times} x ${end}`);
        if (!ends.size || (ends.size === 1 && ends.has("was not reached"))) throw new Error(`no ${kind} failed`);
        passed++;
    }
    const end = await server.stop();
    if (end.code !== 0) throw new Error(`SIGTERM: ${JSON.stringify(end)}`);
    verify(county);
    passed++;
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
console.log(`  survived: ${acknowledged.size} incidents, ${answered.size} answers`);
if (failure) console.log(`FAILED (${county.work}): ${failure.stack}\n${tail(log)}`);
else remove(county);
console.log(`nth: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
