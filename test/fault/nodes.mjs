// SPDX-License-Identifier: Apache-2.0
// nodes.mjs [postgres|sqlite] [ROUNDS] [SEED] [LOAD]: call-outs go on while whoever serves is killed,
// ROUNDS times, with LOAD times as many call-outs and people who answer (default 1). With postgres three nodes share one PostgreSQL and clients ask any of them; after the
// kills PostgreSQL's primary is killed too and its synchronous standby promoted by hand. With
// sqlite the one server is started again. The same checker judges both, from what the clients
// wrote down themselves:
//   - a request that was acknowledged happened, once, however often it was sent (same key)
//   - an answer that was acknowledged still stands, or moved on as the state machine allows
//   - no line ever has more acknowledged seats than it has, and the board counts the same ones
//   - every live stream, reconnecting with Last-Event-ID, saw each position once and in order, but for
//     what it was told to look up anew (resync: what was missed was too old, or the database was away)
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Phone, cookiesOf, freePort, program, seeded, sleep, tail } from "./lib.mjs";

const engine = process.argv[2] ?? "postgres";
const rounds = Number(process.argv[3] ?? 3);
const seed = Number(process.argv[4] ?? 1);
const load = Number(process.argv[5] ?? 1);
const random = seeded(seed); // the same seed kills at the same moments, as far as the machine allows
const base = (() => { try { readdirSync("/dev/shm"); return "/dev/shm"; } catch { return "/tmp"; } })();
const work = mkdtempSync(join(base, "muster-nodes-"));
chmodSync(work, 0o755); // the database runs as another user
const postgres = (...words) => execFileSync("test/tools/postgres.sh", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const log = (text) => console.log(`  ${text}`);

// ---- nodes

class Node {
    constructor(name, port) {
        Object.assign(this, { name, port, dir: join(work, name), url: `http://127.0.0.1:${port}` });
    }
    async start(words = ["serve"]) {
        this.process = spawn(program, [...words, "--dir", this.dir, "--listen", `127.0.0.1:${this.port}`], {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, TZ: "Asia/Shanghai" },
        });
        const file = join(work, `${this.name}.log`);
        this.process.stderr.on("data", (part) => appendFileSync(file, part));
        this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
        let out = "";
        const is_demo = words[0] === "demo";
        await new Promise((resolve, reject) => {
            this.process.stdout.on("data", (part) => {
                out += part;
                if (is_demo ? /Stop with/.test(out) : /http:/.test(out)) resolve();
            });
            this.ended.then((end) => reject(new Error(`${this.name} ended: ${JSON.stringify(end)}\n${tail(file)}`)));
        });
        return out;
    }
    async end(signal) {
        this.process.kill(signal);
        return this.ended;
    }
}

// ---- clients: everything they were told is written down

const history = { created: new Map(), answers: new Map(), streams: [], reported: new Set(), retries: 0, unknown: 0 };
let nodes = [];
let cookie = "", csrf = "";
const any = () => nodes[Math.floor(random() * nodes.length)];

/** Sends until somebody answers for good; the same key each time. */
async function insist(method, path, body, want) {
    const key = `${seed}-${history.created.size}-${Math.floor(random() * 1e9)}`;
    for (let tries = 0; tries < 400; tries++) {
        let answer, text;
        try {
            answer = await fetch(any().url + path, {
                method,
                headers: { cookie, "x-muster-csrf": csrf, "idempotency-key": key, ...(body ? { "content-type": "application/json" } : {}) },
                body: body ? JSON.stringify(body) : undefined,
                signal: AbortSignal.timeout(8000),
            });
            text = await answer.text();
        } catch {
            history.retries++;
            await sleep(50);
            continue;
        }
        if (answer.status === 503 || answer.status === 429) {
            history.retries++;
            await sleep(100);
            continue;
        }
        if (answer.status !== want) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
        return JSON.parse(text);
    }
    throw new Error(`${method} ${path}: nobody answered`);
}

async function signIn(account, password) {
    const answer = await fetch(`${any().url}/api/v1/sessions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ account, password }),
    });
    if (answer.status !== 201) throw new Error(`sign in: ${answer.status}`);
    cookie = cookiesOf(answer);
    csrf = (await answer.json()).csrf;
}

async function callOut(seats) {
    const at = { lat: 30.69 + random() * 0.02, lon: 121.0 + random() * 0.03 };
    const incident = await insist("POST", "/api/v1/incidents", { kind: "flood", at }, 201);
    await insist("POST", `/api/v1/incidents/${incident.id}/steps`, { step: "confirm" }, 200);
    const need = await insist("POST", `/api/v1/incidents/${incident.id}/needs`,
        { at, within_minutes: 60, lines: [{ skills: [], count: seats }], reserve: 1, target: 0.9 }, 201);
    const callout = await insist("POST", `/api/v1/needs/${need.id}/callouts`,
        { lift: ["quiet", "duty", "cap"], reason: "nodes test" }, 201);
    history.created.set(callout.id, { incident: incident.id, need: need.id, seats: seats + 1, accepted: new Set() });
}

const callOuts = () => Promise.all(Array.from({ length: 2 * load }, (_, i) => callOut(4 - (i % 2))));

const seen = new Set();
function* newLinks() {
    for (const node of history.folders)
        for (const name of readdirSync(join(node, "mailbox"))) {
            if (!name.endsWith(".json") || seen.has(name)) continue;
            seen.add(name);
            const message = JSON.parse(readFileSync(join(node, "mailbox", name), "utf8"));
            if (message.link && message.kind === "alert") yield message;
        }
}

/** A telephone tries once; what it was told counts, what it was not told is unknown. */
async function answerOne(message) {
    const phone = new Phone(message.link);
    const word = random() < 0.5 ? "accept" : "decline";
    const entry = history.answers.get(phone.path) ?? { acknowledged: null, unknown: false };
    history.answers.set(phone.path, entry);
    for (let tries = 0; tries < 60; tries++) {
        try {
            const body = await phone.answer(any().url, word);
            entry.acknowledged = body.state;
            return;
        } catch (error) {
            // Taken elsewhere or stood down meanwhile: an answer as well. Else it is sent again.
            if (/: 4\d\d /.test(error.message)) return;
            entry.unknown = true;
            history.unknown++;
            await sleep(100);
        }
    }
}

async function answerAll(stop) {
    const busy = [];
    while (!stop.now) {
        for (const message of newLinks()) busy.push(answerOne(message));
        await sleep(20);
    }
    await Promise.all(busy);
}

class Stream {
    constructor(node) {
        Object.assign(this, { node, positions: [], last: null, reconnects: -1, resyncs: new Set() });
        this.running = this.run();
    }
    async run() {
        while (!this.over) {
            try {
                this.abort = new AbortController();
                this.reconnects++;
                const answer = await fetch(`${this.node.url}/api/v1/stream`, {
                    headers: { cookie, accept: "text/event-stream", ...(this.last === null ? {} : { "last-event-id": this.last }) },
                    signal: this.abort.signal,
                });
                if (answer.status !== 200) throw new Error(String(answer.status));
                let rest = "";
                const decoder = new TextDecoder();
                for await (const part of answer.body) {
                    rest += decoder.decode(part, { stream: true });
                    const blocks = rest.split("\n\n");
                    rest = blocks.pop();
                    for (const block of blocks) {
                        const resync = /^event: resync/m.test(block), id = /^id: *(\d+)/m.exec(block);
                        this.isTold = this.isTold || resync;
                        if (!id) continue;
                        if (this.isTold) this.resyncs.add(Number(id[1])); // the first position behind it
                        this.isTold = false;
                        this.last = id[1];
                        this.positions.push(Number(id[1]));
                    }
                }
            } catch {
                /* reconnects, as EventSource does */
            }
            await sleep(100);
        }
    }
    async close() {
        this.over = true;
        this.abort.abort();
        await this.running;
    }
}

// ---- the judge

const later = {
    accepted: ["accepted", "assigned", "en_route", "on_scene", "stood_down", "declined"],
    assigned: ["assigned", "en_route", "on_scene", "stood_down"],
    declined: ["declined", "accepted", "assigned", "late"],
    late: ["late", "stood_down", "accepted", "assigned"],
};

async function judgeAnswers(counts) {
    for (const [path, entry] of history.answers) {
        if (entry.acknowledged === null) continue;
        counts.acknowledged++;
        const now = (await new Phone(`http://x${path}`).look(any().url)).state;
        if (!(later[entry.acknowledged] ?? [entry.acknowledged]).includes(now))
            throw new Error(`an acknowledged '${entry.acknowledged}' is '${now}': ${path}`);
    }
}

/** Seats of every call-out; every incident there is was asked for by one of us, and once. */
async function judgeIncidents(counts) {
    const incidents = new Set();
    for (const [id, made] of history.created) {
        if (incidents.has(made.incident)) throw new Error(`two requests were given the incident ${made.incident}`);
        incidents.add(made.incident);
        const board = await insist("GET", `/api/v1/callouts/${id}`, null, 200);
        const accepted = board.lines[0].accepted;
        const listed = board.assignments.filter((a) => ["assigned", "en_route", "on_scene"].includes(a.state)).length;
        if (accepted > made.seats) throw new Error(`call-out ${id}: ${accepted} accepted for ${made.seats} seats`);
        if (accepted !== listed) throw new Error(`call-out ${id}: ${accepted} accepted, ${listed} assigned`);
        counts.seats += accepted;
    }
    for (const id of history.reported) {
        if (incidents.has(id)) throw new Error(`two requests were given the incident ${id}`);
        incidents.add(id);
    }
    const all = await insist("GET", "/api/v1/incidents?limit=500", null, 200);
    if (all.items.length !== incidents.size) throw new Error(`${all.items.length} incidents, ${incidents.size} were made`);
}

function judgeStreams(counts) {
    const first = history.streams[0].positions;
    for (const stream of history.streams) {
        for (let i = 1; i < stream.positions.length; i++)
            if (stream.positions[i] !== stream.positions[i - 1] + 1 &&
                !(stream.resyncs.has(stream.positions[i]) && stream.positions[i] > stream.positions[i - 1]))
                throw new Error(`the stream at ${stream.node.name}: ${stream.positions[i]} after ${stream.positions[i - 1]}`);
        counts.resyncs += stream.resyncs.size;
        if (stream.positions.at(-1) !== first.at(-1)) throw new Error(`the streams end at ${first.at(-1)} and ${stream.positions.at(-1)}`);
    }
    counts.events = first.length;
}

async function judge() {
    const counts = { callouts: history.created.size, acknowledged: 0, unknown: history.unknown, retries: history.retries, seats: 0, events: 0, resyncs: 0 };
    await judgeAnswers(counts);
    await judgeIncidents(counts);
    await sleep(500);
    for (const stream of history.streams) await stream.close();
    judgeStreams(counts);
    return counts;
}

/** A judge that finds nothing is worth nothing: each of these lies must be found. */
async function judgeTheJudge() {
    const counts = { acknowledged: 0, seats: 0, events: 0, resyncs: 0 };
    const refused = async (what, judging) => {
        const found = await Promise.resolve().then(judging).then(() => false, () => true);
        if (!found) throw new Error(`the judge overlooked ${what}`);
    };
    const declined = [...history.answers.values()].find((entry) => entry.acknowledged === "declined");
    declined.acknowledged = "en_route";
    await refused("an answer that was lost", () => judgeAnswers(counts));
    declined.acknowledged = "declined";
    const made = [...history.created.values()].at(-1), seats = made.seats;
    made.seats = -1;
    await refused("a seat too many", () => judgeIncidents(counts));
    made.seats = seats;
    history.reported.add(0);
    await refused("an incident that was lost", () => judgeIncidents(counts));
    history.reported.delete(0);
    const cut = history.streams.at(-1).positions.splice(3, 1);
    await refused("a change that a stream missed", () => judgeStreams(counts));
    history.streams.at(-1).positions.splice(3, 0, ...cut);
}

// ---- the run

const primary = join(work, "primary"), standby = join(work, "standby");
const address = `postgres:///postgres?host=${primary},${standby}&user=muster&target_session_attrs=read-write`;
const sql = (where, text) => execFileSync("psql", ["-qAt", "-c", text, `postgres:///postgres?host=${where}&user=muster`], { encoding: "utf8" }).trim();

function startPostgres() {
    postgres("start", primary, "jit = off", "wal_level = replica", "max_wal_senders = 8", "hot_standby = on");
    postgres("clone", primary, standby);
    sql(primary, "ALTER SYSTEM SET synchronous_standby_names = 'standby'");
    sql(primary, "SELECT pg_reload_conf()");
}

async function whoServes() {
    if (engine === "sqlite") return nodes[0];
    const where = sql(primary_now, "SELECT address FROM muster.store_lease");
    return nodes.find((node) => where === `127.0.0.1:${node.port}`);
}
let primary_now = primary;

/** One more incident, reported to any node: on disk when it returns. Milliseconds until then. */
async function untilAcknowledged() {
    const begun = performance.now();
    const at = { lat: 30.69 + random() * 0.02, lon: 121.0 + random() * 0.03 };
    history.reported.add((await insist("POST", "/api/v1/incidents", { kind: "fire", at }, 201)).id);
    return performance.now() - begun;
}

/** Each node sends its own streams: the serving one has its own and no others. */
async function streamsAreSpread() {
    const text = await (await fetch(`${(await whoServes()).url}/metrics`)).text();
    const count = /^muster_streams (\d+)$/m.exec(text)?.[1];
    if (count !== "1") throw new Error(`the serving node sends ${count} streams of ${nodes.length}`);
    passed++;
}

/** What is for callers on its own machine only is not given through another node. */
async function nobodyIsLocal() {
    const serving = await whoServes();
    for (const node of nodes) {
        const { status } = await fetch(`${node.url}/metrics`);
        if (status !== (node === serving ? 200 : 404)) throw new Error(`/metrics at ${node === serving ? "the serving node" : "a node that stands by"}: ${status}`);
    }
    passed++;
}

let failure = null, passed = 0;
try {
    const count = engine === "sqlite" ? 1 : 3;
    for (let i = 0; i < count; i++) nodes.push(new Node(`node${i}`, await freePort()));
    if (engine === "postgres") startPostgres();
    const store = engine === "postgres" ? ["--store", address] : [];
    const out = await nodes[0].start(["demo", "--people", String(1000 * load), ...store]);
    const passwords = [...out.matchAll(/^password +(\S+)/gm)].map((match) => match[1]);
    await nodes[0].end("SIGTERM");
    for (const node of nodes.slice(1)) {
        mkdirSync(node.dir);
        for (const name of ["muster.conf", "master.key", "signing.key", "road.graph", "backdrop.geojson"])
            cpSync(join(nodes[0].dir, name), join(node.dir, name));
        mkdirSync(join(node.dir, "mailbox"));
    }
    history.folders = nodes.map((node) => node.dir);
    await Promise.all(nodes.map((node) => node.start()));
    await signIn("admin", passwords[0]);
    history.streams = nodes.map((node) => new Stream(node));
    await callOut(3);
    log(`${nodes.length} node(s) serve, a stream at each`);

    if (engine === "postgres") await nobodyIsLocal();
    if (engine === "postgres") await streamsAreSpread();

    const takeovers = [];
    const stop = { now: false };
    const answering = answerAll(stop);
    for (let round = 0; round < rounds; round++) {
        const calling = callOuts();
        await sleep(300 + random() * 700);
        const victim = await whoServes();
        await victim.end("SIGKILL");
        const restarted = engine === "sqlite" ? victim.start() : sleep(0);
        const took = await untilAcknowledged();
        takeovers.push(took);
        await restarted;
        if (engine === "postgres") await victim.start();
        await calling;
        log(`kill -9 of ${victim.name} in the middle of a call-out: the next acknowledged request after ${Math.round(took)} ms`);
        passed++;
    }
    if (engine === "postgres") {
        const calling = callOuts();
        await sleep(300);
        postgres("kill", primary);
        postgres("promote", standby);
        primary_now = standby;
        const took = await untilAcknowledged();
        // A node whose lease another one took meanwhile ends, as its supervisor expects: begun again.
        await sleep(1000);
        for (const node of nodes) if (node.process.exitCode !== null || node.process.signalCode !== null) await node.start();
        await calling;
        log(`PostgreSQL's primary killed, its standby promoted: acknowledged again after ${Math.round(took)} ms`);
        passed++;
    }
    await sleep(1500);
    stop.now = true;
    await answering;
    const counts = await judge();
    await judgeTheJudge();
    passed++;
    log(`history holds: ${JSON.stringify(counts)}`);
    const slowest = Math.max(...takeovers);
    // 5 s where a core is free for each who wants one; a loaded machine takes its time.
    const limit = 5000 * Math.max(1, loadavg()[0] / cpus().length);
    log(`the slowest take-over ${Math.round(slowest)} ms, at most ${Math.round(limit)} ms at this load`);
    if (engine === "postgres" && slowest > limit) throw new Error(`a take-over took ${Math.round(slowest)} ms`);
    if (counts.acknowledged < 10) throw new Error("hardly anything happened");
    for (const node of nodes) await node.end("SIGTERM");
    log(execFileSync(program, ["verify", "--dir", nodes[0].dir], { encoding: "utf8" }).trim());
    passed++;
} catch (error) {
    failure = error;
    for (const node of nodes) node.process?.kill("SIGKILL");
}
if (engine === "postgres") for (const where of [primary, standby]) postgres("stop", where);
if (failure) console.log(`FAILED (seed ${seed}, folder ${work}): ${failure.stack}`);
else rmSync(work, { recursive: true, force: true });
console.log(`nodes: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
