// SPDX-License-Identifier: Apache-2.0
// PostgreSQL fails in every way that a network and a machine know, while volunteers answer and a
// dispatcher reports. What was acknowledged must be there afterwards, once; a server that lies
// about durability is refused. Prints what it did and what survived.
import { execFile, execFileSync, spawn } from "node:child_process";
import { appendFileSync, chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { Phone, cookiesOf, program, sleep, tail } from "./lib.mjs";
import { Proxy } from "./proxy.mjs";

const work = mkdtempSync(join(existsSync("/dev/shm") ? "/dev/shm" : "/tmp", "muster-pgfault-"));
chmodSync(work, 0o755); // the database runs as another user
const cluster = join(work, "cluster"), dir = join(work, "county");
const postgres = (...words) => execFileSync("test/tools/postgres.sh", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const sql = (text) => execFileSync("psql", ["-qAt", "-c", text, `postgres:///postgres?host=${cluster}&user=muster`], { encoding: "utf8" }).trim();
const run = promisify(execFile); // the proxy lives in this process: nothing may block it
const environment = { ...process.env, TZ: "Asia/Shanghai" };
let passed = 0, muster, url, cookie, csrf;
const acknowledged = { incidents: new Set(), answers: new Map() };
const counts = { reported: 0, refused: 0, broken: 0, answered: 0 };

async function start(words, fake = {}) {
    muster = spawn(program, [...words, "--dir", dir, "--listen", "127.0.0.1:0"], { stdio: ["ignore", "pipe", "pipe"], env: { ...environment, ...fake } });
    const file = join(work, "serve.log");
    muster.stderr.on("data", (part) => appendFileSync(file, part));
    muster.ended = new Promise((resolve) => muster.on("exit", (code, signal) => resolve({ code, signal })));
    let out = "";
    url = await new Promise((resolve, reject) => {
        muster.stdout.on("data", (part) => {
            out += part;
            const address = /http:\/\/[0-9.]+:[0-9]+/.exec(out);
            if (address && (words[0] !== "demo" || /Stop with/.test(out))) resolve(address[0]);
        });
        muster.ended.then((end) => reject(new Error(`muster ended: ${JSON.stringify(end)}\n${tail(file)}`)));
    });
    return out;
}

async function post(path, body, key) {
    const answer = await fetch(url + path, {
        method: "POST",
        headers: { cookie, "x-muster-csrf": csrf, "content-type": "application/json", ...(key ? { "idempotency-key": key } : {}) },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(60000),
    });
    const text = await answer.text();
    return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
}

/** One report, sent once. Its status. */
async function report(key) {
    const at = { lat: 30.69 + Math.random() * 0.02, lon: 121.0 + Math.random() * 0.03 };
    try {
        const { status, body } = await post("/api/v1/incidents", { kind: "flood", at }, key);
        if (status === 201) {
            if (!key && acknowledged.incidents.has(body.id)) throw new Error(`the id ${body.id} was given twice`);
            acknowledged.incidents.add(body.id);
            counts.reported++;
        } else if (status === 503) counts.refused++;
        else throw new Error(`report: ${status} ${JSON.stringify(body)}`);
        return status;
    } catch (error) {
        if (/^report|given twice/.test(error.message)) throw error;
        counts.broken++;
        return 0;
    }
}

async function callOut() {
    const at = { lat: 30.7, lon: 121.02 };
    const incident = (await post("/api/v1/incidents", { kind: "fire", at })).body;
    acknowledged.incidents.add(incident.id);
    await post(`/api/v1/incidents/${incident.id}/steps`, { step: "confirm" });
    const need = (await post(`/api/v1/incidents/${incident.id}/needs`,
        { at, within_minutes: 60, lines: [{ skills: [], count: 20 }], reserve: 5, target: 0.95 })).body;
    const callout = await post(`/api/v1/needs/${need.id}/callouts`, { lift: ["quiet", "duty", "cap"], reason: "fault test" });
    if (callout.status !== 201) throw new Error(`call-out: ${JSON.stringify(callout)}`);
}

const phones = [];
function collectPhones() {
    for (const name of readdirSync(join(dir, "mailbox"))) {
        const message = name.endsWith(".json") ? JSON.parse(readFileSync(join(dir, "mailbox", name), "utf8")) : {};
        if (message.link && message.kind === "alert") phones.push(new Phone(message.link));
    }
}
async function answerSome(count) {
    for (const phone of phones.splice(0, count)) {
        try {
            acknowledged.answers.set(phone, (await phone.answer(url, "decline")).state);
            counts.answered++;
        } catch {
            counts.broken++;
        }
    }
}

async function settle() {
    for (let i = 0; i < 300; i++) {
        if ((await report()) === 201) return;
        await sleep(100);
    }
    throw new Error("it does not come back");
}

/** Everything acknowledged so far is there; nothing else is. */
async function check(what) {
    const ids = new Set(sql("SELECT id FROM muster.incident").split("\n").map(Number));
    for (const id of acknowledged.incidents) if (!ids.has(id)) throw new Error(`${what}: the acknowledged incident ${id} is lost`);
    for (const [phone, state] of acknowledged.answers) {
        const now = (await phone.look(url)).state;
        if (now !== state) throw new Error(`${what}: an acknowledged '${state}' is '${now}'`);
    }
    passed++;
    console.log(`  ${what}: ${acknowledged.incidents.size} incidents and ${acknowledged.answers.size} answers acknowledged so far, all there`);
}

async function during(what, begin, end, ms) {
    const busy = [begin(), answerSome(3), report(), report(), sleep(ms)];
    await Promise.all(busy);
    await end();
    await settle();
    await check(what);
}

async function lies(proxy) {
    for (const setting of ["fsync", "full_page_writes", "synchronous_commit"]) {
        sql(`ALTER SYSTEM SET ${setting} = off`);
        sql("SELECT pg_reload_conf()");
        await sleep(300);
        let said = "";
        try {
            await run(program, ["serve", "--dir", dir, "--listen", "127.0.0.1:0"], { env: environment, timeout: 20000 });
        } catch (error) {
            said = String(error.stderr);
        }
        if (!said.includes(`${setting} is off`)) throw new Error(`${setting} = off was not refused: ${said}`);
        sql(`ALTER SYSTEM RESET ${setting}`);
    }
    sql("SELECT pg_reload_conf()");
    await sleep(300);
    passed++;
    console.log(`  fsync, full_page_writes, synchronous_commit off: refused (${proxy.pairs.size} connections left)`);
}

/** Switched off while it runs: nothing is taken until it is on again, and it says so. */
async function liesLater() {
    for (const setting of ["fsync", "full_page_writes", "synchronous_commit"]) {
        sql(`ALTER SYSTEM SET ${setting} = off`);
        sql("SELECT pg_reload_conf()");
        await sleep(300);
        const before = Number(sql("SELECT count(*) FROM muster.incident"));
        if ((await report()) !== 503) throw new Error(`${setting} = off while it runs: a report was taken`);
        const board = await fetch(`${url}/api/v1/incidents`, { headers: { cookie } });
        if (board.status !== 200) throw new Error(`${setting} = off while it runs: reading answers ${board.status}`);
        if (Number(sql("SELECT count(*) FROM muster.incident")) !== before) throw new Error(`${setting} = off: stored all the same`);
        sql(`ALTER SYSTEM RESET ${setting}`);
        sql("SELECT pg_reload_conf()");
        await settle();
    }
    const said = readFileSync(join(work, "serve.log"), "utf8").match(/does not keep what it commits/g) ?? [];
    if (said.length !== 3) throw new Error(`told ${said.length} times of three lies`);
    await check("fsync, full_page_writes, synchronous_commit switched off while it runs: refused, then taken again");
}

/** ROUNDS cuts at COMMIT. Cut before: "no", and nothing is there. After: "yes", and it is there once. */
async function cutCommits(proxy, when, rounds) {
    for (let i = 0; i < rounds; i++) {
        const before = Number(sql("SELECT count(*) FROM muster.incident"));
        proxy.cutAtCommit(when);
        const status = await report();
        const after = Number(sql("SELECT count(*) FROM muster.incident"));
        // The heartbeat or a timer may have met the cut instead of us.
        if (proxy.cut !== null) throw new Error("no COMMIT passed");
        if (status === 201 ? after !== before + 1 : after !== before)
            throw new Error(`cut ${when}: answered ${status}, incidents ${before} -> ${after}`);
        if (when === "after" && status !== 201) throw new Error(`cut after the server did it: answered ${status}`);
        if (when === "before" && status === 0) throw new Error("cut before: no answer");
    }
    await settle();
    await check(`${rounds} connections cut ${when} the server had COMMIT`);
}

let failure = null;
const proxy = new Proxy(join(cluster, ".s.PGSQL.5432"));
try {
    postgres("start", cluster, "jit = off", "tcp_keepalives_idle = 2");
    await proxy.listen();
    const store = `postgres://muster@127.0.0.1:${proxy.port}/postgres?sslmode=disable&gssencmode=disable`;
    const out = await start(["demo", "--people", "1000", "--store", store]);
    const password = /^password +(\S+)/m.exec(out)[1];
    const answer = await fetch(`${url}/api/v1/sessions`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ account: "admin", password }) });
    cookie = cookiesOf(answer);
    csrf = (await answer.json()).csrf;
    await callOut();
    for (let i = 0; i < 100 && phones.length < 20; i++) {
        await sleep(200);
        phones.length = 0;
        collectPhones();
    }
    if (phones.length < 20) throw new Error(`only ${phones.length} people were asked`);
    await answerSome(3);
    await settle();
    await check("nothing failed");

    await cutCommits(proxy, "after", 5);
    await cutCommits(proxy, "before", 5);
    await during("every packet 30 ms late", async () => (proxy.delay_ms = 30), async () => (proxy.delay_ms = 0), 1000);
    await during("every connection reset", async () => proxy.reset(), async () => {}, 500);
    await during("every connection half closed", async () => proxy.halfClose(), async () => {}, 500);
    await during("no connection for 4 s", async () => { proxy.refusing = true; proxy.reset(); }, async () => (proxy.refusing = false), 4000);
    await during("all bytes dropped for 13 s", async () => (proxy.dropping = true), async () => { proxy.dropping = false; proxy.reset(); }, 13000);
    await during("PostgreSQL killed and started again", async () => postgres("kill", cluster), async () => { await sleep(500); postgres("again", cluster); }, 500);
    await during("PostgreSQL restarted", async () => postgres("restart", cluster), async () => {}, 500);
    await liesLater();
    const end = await (muster.kill("SIGTERM"), muster.ended);
    if (end.code !== 0) throw new Error(`SIGTERM: ${JSON.stringify(end)}`);
    await lies(proxy);
    console.log(`  ${(await run(program, ["verify", "--dir", dir])).stdout.trim()}`);
    passed++;
} catch (error) {
    failure = error;
    muster?.kill("SIGKILL");
}
proxy.close();
postgres("stop", cluster);
console.log(`  ${JSON.stringify({ ...counts, cuts: proxy.cuts })}`);
if (failure) console.log(`FAILED (folder ${work}): ${failure.stack}`);
else rmSync(work, { recursive: true, force: true });
console.log(`postgres: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
