// SPDX-License-Identifier: Apache-2.0
// The loop under load, on a running server of its own: `load.mjs [sqlite|postgres] [QUICK]`. Replies
// come from build/release/bench/load (open loop); build/release/bench/bare writes the same rows in
// the same batches by itself, for the ratio. Prints one JSON document.
//   PEOPLE (40000)  people of the county         CALLOUTS (16)  of about 450 alerts each
//   RATE (5000)     replies a second for the p99    HUGE (0)   people of one alert to everybody
//   ALERTS (0)      1: the boards read which alerts have changed, too
//   NODES (1)       postgres: so many nodes share it; then only one node beside all of them, in turns
//   SYNC_MS (0)     a disk that takes so much longer for each sync (bench/preload)
import { execFileSync, spawn } from "node:child_process";
import { closeSync, cpSync, existsSync, fdatasyncSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, symlinkSync, writeFileSync, writeSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Server, freePort, makeCounty, percentile, remove, sleep, startLevelOne, verify } from "../test/fault/lib.mjs";

const engine = process.argv[2] ?? "sqlite";
const env = (key, otherwise) => Number(process.env[key] ?? otherwise);
const rate = env("RATE", 5000), callouts = env("CALLOUTS", 16), huge = env("HUGE", 0);
const county = makeCounty(env("PEOPLE", 40000));
const tool = "build/release/bench/load";
const round = (x) => Math.round(x * 100) / 100;
if (engine === "postgres") county.store = process.env.MUSTER_POSTGRES;
const preload = env("SYNC_MS", 0) > 0 ? { LD_PRELOAD: join(process.cwd(), "build/release/bench/slow_sync.so") } : {};
const server = new Server(county);
Object.assign(server.environment, preload);

function fdatasyncMedian() {
    const fd = openSync(join(county.work, "probe"), "w");
    const times = [];
    for (let i = 0; i < 200; i++) {
        const begun = performance.now();
        writeSync(fd, Buffer.alloc(4096), 0, 4096, i * 4096);
        fdatasyncSync(fd);
        times.push(performance.now() - begun);
    }
    closeSync(fd);
    times.sort((a, b) => a - b);
    return round(percentile(times, 0.5));
}

const metrics = async () => {
    const text = await (await fetch(`${server.url}/metrics`)).text();
    const value = (name) => Number(new RegExp(`^muster_${name} (\\d+)`, "m").exec(text)[1]);
    return { batches: value("batches_total"), commands: value("commands_total"), bytes: value("log_bytes_total"), queued: value("messages_queued"), events: value("event_position") };
};

/** Seconds of processor time so far, by thread name. */
function cpu(pid) {
    const out = {};
    for (const task of execFileSync("ls", [`/proc/${pid}/task`], { encoding: "utf8" }).trim().split("\n")) {
        const text = readFileSync(`/proc/${pid}/task/${task}/stat`, "utf8");
        const fields = text.split(") ")[1].split(" ");
        const name = /\((.*)\)/.exec(text)[1];
        out[name] = (out[name] ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100;
    }
    return out;
}

/** The same tokens, each with the nonce of its page. Who fetched is written down within a second. */
async function pagesOf(tokens) {
    const file = join(county.work, "tokens");
    writeFileSync(file, tokens.map((token) => `${token}\n`).join(""));
    const out = execFileSync(tool, ["pages", server.url.slice("http://".length), file], { encoding: "utf8", maxBuffer: 1 << 26 });
    await sleep(1500);
    return out.trim().split("\n");
}

function load(...words) {
    return new Promise((resolve, reject) => {
        const child = spawn(tool, words.map(String), { stdio: ["ignore", "pipe", "inherit"] });
        let out = "";
        child.stdout.on("data", (part) => (out += part));
        child.on("exit", (code) => (code === 0 ? resolve(JSON.parse(out)) : reject(new Error(`load ended with ${code}`))));
    });
}

/** A run of the load with what the server did meanwhile. */
async function measured(tokens, ...words) {
    const at = others.length > 0 && words.includes("nodes") ? [server, ...others] : [server];
    words = words.filter((word) => word !== "nodes");
    const file = join(county.work, "tokens");
    writeFileSync(file, tokens.map((token) => `${token}\n`).join(""));
    const before = await metrics(), cpuBefore = cpu(server.process.pid);
    const result = await load("run", at.map(({ url }) => url.slice("http://".length)).join(","), file, "cookie", server.cookie, "pid", server.process.pid, ...words);
    say(`${words.join(" ")}: ${JSON.stringify(result)}`);
    const after = await metrics(), cpuAfter = cpu(server.process.pid);
    const replies = Math.max(1, result.reply_ms.n);
    return {
        ...result,
        fdatasync_p50_ms: fdatasyncMedian(),
        load_average: round(loadavg()[0]),
        commands_a_batch: round((after.commands - before.commands) / Math.max(1, after.batches - before.batches)),
        log_bytes_a_reply: Math.round((after.bytes - before.bytes) / replies),
        events_a_reply: round((after.events - before.events) / replies),
        cpu_us_a_reply: Object.fromEntries(Object.entries(cpuAfter).map(([name, s]) => [name, Math.round(((s - (cpuBefore[name] ?? 0)) / replies) * 1e6)]).filter(([, us]) => us > 0)),
    };
}

async function callOut(lines, at, minutes = 240) {
    const { need } = await server.need(at, 0, { within_minutes: minutes, lines, reserve: "auto" });
    const begun = performance.now();
    const id = await server.callOut(need, null);
    const ms = performance.now() - begun; // the list of them is on disk
    while ((await server.call(200, "GET", `/api/v1/callouts/${id}`)).unsent) await sleep(20);
    return { id, ms, all_ms: performance.now() - begun };
}

async function tokensOf(callout) {
    const ids = [];
    let path = `/api/v1/callouts/${callout}/alerts?limit=500`;
    while (path) {
        const answer = await fetch(server.url + path, { headers: { cookie: server.cookie } });
        ids.push(...(await answer.json()).items.map((item) => item.id));
        path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    const out = execFileSync(tool, ["links", county.dir], { input: ids.join("\n"), encoding: "utf8", maxBuffer: 1 << 26 });
    return out.trim().split("\n");
}

async function allSent() {
    while ((await metrics()).queued > 0) await sleep(50);
}

/** What the store alone makes of a run: the same rows in batches of its size. */
function bare(run, alerts) {
    const schema = `bare${++bares}`;
    const store = engine === "postgres" ? `${county.store}&options=-cmuster.schema%3D${schema}` : join(county.work, `${schema}.db`);
    const words = [store, Math.round(run.commands_a_batch), alerts.length, Math.round(alerts.flat().length / alerts.length), run.reply_ms.n, 0.2];
    const made = JSON.parse(execFileSync("build/release/bench/bare", words.map(String), { encoding: "utf8", env: { ...process.env, ...preload } }));
    return { ...made, reached: round(run.replies_a_second / made.replies_a_second) };
}

const say = (text) => process.env.VERBOSE && console.error(`${round(performance.now() / 1000)} ${text}`);
const shuffled = (list) => list.map((item) => [Math.random(), item]).sort((a, b) => a[0] - b[0]).map(([, item]) => item);
let bares = 0;
const others = []; // nodes that stand by

/** One more node on the same database, with a copy of the folder. */
async function standBy(name) {
    const node = new Server({ ...county, dir: join(county.work, name) });
    mkdirSync(node.county.dir);
    for (const file of ["muster.conf", "master.key", "signing.key", "road.graph", "backdrop.geojson"])
        cpSync(join(county.dir, file), join(node.county.dir, file));
    mkdirSync(join(node.county.dir, "mailbox"));
    Object.assign(node, { first: false, port: await freePort() });
    await node.start();
    others.push(node);
}

/** The same work through one node and through all, in turns; replies of three incidents each time. */
async function oneBesideAll(byCallout) {
    const turns = { one: [], all: [] };
    for (let i = 0; i + 3 <= byCallout.length; i += 3) {
        const which = (i / 3) % 2 === 0 ? "one" : "all";
        turns[which].push(await measured(shuffled(byCallout.slice(i, i + 3).flat()), "clients", 64, "accept", 0.2, ...(which === "all" ? ["nodes"] : [])));
    }
    const rate = (runs) => runs.reduce((sum, run) => sum + run.reply_ms.n, 0) / runs.reduce((sum, run) => sum + run.seconds, 0);
    return { nodes: others.length + 1, ...turns, one_a_second: round(rate(turns.one)), all_a_second: round(rate(turns.all)), all_of_one: round(rate(turns.all) / rate(turns.one)) };
}

const figures = { engine, cores: cpus().length, load_average: loadavg()[0], people: county.people, sync_ms_more: env("SYNC_MS", 0) };
const nodes = env("NODES", 1);
if (nodes > 1) server.port = await freePort(); // the others must find it
await server.start();
await server.stop();
// The mailbox of the file channel in memory: its files would be synced beside the log.
const mailbox = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : county.work, "muster-mailbox-"));
rmSync(join(county.dir, "mailbox"), { recursive: true });
symlinkSync(mailbox, join(county.dir, "mailbox"));
await server.start();
await server.signIn();
await startLevelOne(server, county);
say("running");
for (let i = 1; i < nodes; i++) await standBy(`node${i}`);
const last = [], byCallout = [];
for (let i = 0; i < callouts; i++) {
    last.push((await callOut([{ skills: [], count: 100 }], { lat: 30.66 + (i % 6) * 0.015, lon: 120.98 + Math.floor(i / 6) * 0.02 })).id);
    byCallout.push(await tokensOf(last[i]));
}
const tokens = byCallout.flat();
say(`${tokens.length} alerts`);
await allSent();
say("sent");
figures.alerts = tokens.length;
if (nodes > 1) {
    figures.nodes = await oneBesideAll(byCallout);
    await finish();
}
const pool = shuffled(tokens);
const take = (count) => pool.splice(0, count);
if (process.env.STREAMS !== "0") figures.streams = await measured(take(20), "rate", 1, "streams", env("STREAMS", 10000), "think", 500, "reconnect", 1, "accept", 0);
figures.closed_64 = await measured(take(Math.floor(tokens.length * 0.45)), "clients", 64, "accept", 0.2);
figures.closed_64.bare = bare(figures.closed_64, byCallout);
const position = env("ALERTS", 0) && (await server.call(200, "GET", `/api/v1/callouts/${last[0]}/alerts?limit=1`)).position; // the boards have been open for a while
figures.open = await measured(take(pool.length), "rate", rate, "clients", 512, "boards", 4, "callout", last[0], "position", position, "accept", 0.2);
figures.open_wanted_p99_ms = round(4 * figures.open.fdatasync_p50_ms + 10);
// Durable answers alone: whoever answers has the page. Three times, each beside bare: a run is less than a second.
const rounds = [];
for (let turn = 0; turn < 3; turn++) {
    const fresh = [];
    for (let i = 0; i < callouts; i++) fresh.push(await tokensOf((await callOut([{ skills: [], count: 100 }], { lat: 30.665 + (i % 6) * 0.015, lon: 120.99 + turn * 0.003 + Math.floor(i / 6) * 0.02 })).id));
    await allSent();
    const run = await measured(await pagesOf(shuffled(fresh.flat())), "clients", 64, "accept", 0.2);
    rounds.push({ ...run, bare: bare(run, fresh) });
}
const total = (runs, count) => runs.reduce((sum, run) => sum + count(run), 0);
const aSecond = (runs, replies) => total(runs, replies) / total(runs, (run) => replies(run) / run.replies_a_second); // seconds are printed to 0.01
figures.answers_64 = { rounds, reached: round(aSecond(rounds, (run) => run.reply_ms.n) / aSecond(rounds.map((run) => run.bare), (made) => made.replies)) };
const one = await tokensOf((await callOut([{ skills: [], count: 140 }], { lat: 30.7, lon: 121.02 })).id);
await allSent();
figures.answers_of_one = await measured(await pagesOf(one.slice(0, 500)), "clients", 512, "accept", 0.2);
figures.answers_of_one.bare = bare(figures.answers_of_one, [one]);
if (huge > 0) {
    await allSent();
    // usual replies first, then the same while everybody is alerted
    const more = [];
    for (let i = 0; i < 12; i++) more.push(...(await tokensOf((await callOut([{ skills: [], count: 100 }], { lat: 30.66 + (i % 6) * 0.015, lon: 121.06 + Math.floor(i / 6) * 0.02 })).id)));
    await allSent();
    const mixed = shuffled(more), half = Math.floor(mixed.length / 2);
    const usual = await measured(mixed.slice(0, half), "rate", 80, "clients", 256, "accept", 0.2);
    const run = measured(mixed.slice(half), "rate", 80, "clients", 256, "accept", 0.2);
    await sleep(1000);
    const made = await callOut(Array.from({ length: 8 }, () => ({ skills: [], count: Math.min(5000, Math.floor(huge / 40)) })), { lat: 30.7, lon: 121.02 }, 4320);
    const during = await run;
    figures.huge = { answered_ms: Math.round(made.ms), all_alerted_ms: Math.round(made.all_ms), alerts: (await server.call(200, "GET", `/api/v1/callouts/${made.id}`)).funnel.alerted, usual, during };
    await allSent();
    figures.huge.replies = await measured(shuffled(await tokensOf(made.id)).slice(0, 8000), "clients", 64, "accept", 0.2);
}
await finish();

async function finish() {
    for (const node of others) await node.stop();
    await server.stop();
    if (process.env.VERIFY !== "0") verify(county);
    remove(county);
    rmSync(mailbox, { recursive: true, force: true });
    console.log(JSON.stringify(figures, null, 1));
    process.exit(0);
}
