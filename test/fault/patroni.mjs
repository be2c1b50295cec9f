// SPDX-License-Identifier: Apache-2.0
// patroni.mjs [ROUNDS] [SEED]: three PostgreSQL under Patroni, as docs/patroni.yml says (this very file;
// only names, addresses and folders come from the environment), and three nodes of muster that are
// given all three addresses. In the middle of call-outs:
//   - the leader's PostgreSQL and its Patroni are killed, ROUNDS times; it comes back as a standby
//   - the leader's Patroni alone is killed and its PostgreSQL left running, as on a machine without a
//     watchdog, until another one has been leader for a while
//   - the standby is killed that confirms what the leader commits: Patroni names the other one
//   - the leader changes on demand (a switch-over)
// All of it happens by itself; history.mjs judges from what the clients wrote down.
// Everything runs as an ordinary user, in memory, and is ended by its id.
import { execFileSync, spawn } from "node:child_process";
import { accessSync, appendFileSync, chmodSync, constants, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { History, Node } from "./history.mjs";
import { freePort, program, sleep, tail } from "./lib.mjs";

const rounds = Number(process.argv[2] ?? 1);
const seed = Number(process.argv[3] ?? 1);
const READY_S = 180; // bootstrap, or a member that comes back
const LEADER_S = 90; // until there is another leader: ttl, loop_wait, a slow machine
const ALONE_MS = 8000; // so long a leader without Patroni goes on beside the new one
const PULSE_MS = 300;
const word = "made-up-word"; // every password
const log = (text) => console.log(`  ${text}`);

function absent(why) {
    console.log(`absent: ${why}`);
    console.log("patroni: 0 passed, 0 failed");
    process.exit(0);
}
const has = (path, way) => { try { accessSync(path, way); return true; } catch { return false; } };
const found = (where) => { try { return readdirSync(where); } catch { return []; } };
const binaries = found("/usr/lib/postgresql").map((version) => `/usr/lib/postgresql/${version}/bin`).filter((bin) => existsSync(`${bin}/initdb`)).at(-1);
if (!existsSync("/usr/bin/patroni") || !existsSync("/usr/lib/python3/dist-packages/pysyncobj") || !binaries)
    absent("patroni, python3-pysyncobj or postgresql-15");
// With a watchdog that we may open, a killed Patroni would reset this machine, as it should elsewhere.
if (process.getuid() !== 0 && has("/dev/watchdog", constants.W_OK)) absent("a machine without /dev/watchdog");

const work = mkdtempSync(join(has("/dev/shm", constants.W_OK) ? "/dev/shm" : "/tmp", "muster-patroni-"));
chmodSync(work, 0o755);
// PostgreSQL refuses to run as root: then an ordinary user runs it.
const as = process.getuid() === 0 ? ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] : [];

/** Polls until PROBE gives something; it may throw meanwhile. */
async function until(what, seconds, probe) {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(100)) {
        const value = await Promise.resolve().then(probe).catch(() => null);
        if (value) return value;
    }
    throw new Error(`not within ${seconds} s: ${what}`);
}

// ---- the members

class Member {
    constructor(name, [database, rest, raft]) {
        Object.assign(this, { name, database, rest, raft, dir: join(work, name) });
        mkdirSync(this.dir);
        if (as.length > 0) execFileSync("chown", ["nobody:nogroup", this.dir]);
    }
    start(members) {
        const here = (port) => `127.0.0.1:${port}`;
        const environment = {
            NAME: this.name,
            RESTAPI_LISTEN: here(this.rest),
            RESTAPI_CONNECT_ADDRESS: here(this.rest),
            RAFT_DATA_DIR: join(this.dir, "raft"),
            RAFT_SELF_ADDR: here(this.raft),
            RAFT_PARTNER_ADDRS: members.filter((one) => one !== this).map((one) => `'${here(one.raft)}'`).join(","),
            POSTGRESQL_LISTEN: here(this.database),
            POSTGRESQL_CONNECT_ADDRESS: here(this.database),
            POSTGRESQL_DATA_DIR: join(this.dir, "data"),
            POSTGRESQL_PGPASS: join(this.dir, "pgpass"),
            POSTGRESQL_BIN_DIR: binaries,
            SUPERUSER_PASSWORD: word,
            REPLICATION_PASSWORD: word,
            REWIND_PASSWORD: word,
        };
        const named = Object.fromEntries(Object.entries(environment).map(([key, value]) => [`PATRONI_${key}`, value]));
        const line = [...as, "patroni", join(work, "patroni.yml")];
        this.patroni = spawn(line[0], line.slice(1), { cwd: this.dir, env: { PATH: process.env.PATH, HOME: this.dir, LC_ALL: "C.UTF-8", ...named } });
        for (const pipe of [this.patroni.stdout, this.patroni.stderr]) pipe.on("data", (part) => appendFileSync(join(work, `${this.name}.log`), part));
        this.isUp = true;
    }
    postmaster() {
        return Number(readFileSync(join(this.dir, "data", "postmaster.pid"), "utf8").split("\n")[0]);
    }
    killPatroni() {
        this.patroni?.kill("SIGKILL");
        this.isUp = false;
    }
    /** Its PostgreSQL; gone when it returns, also for who starts it again (a zombie's file would stop it). */
    async killDatabase(signal = "SIGKILL") {
        let id;
        try {
            id = this.postmaster();
            process.kill(id, signal);
        } catch {
            return; // it does not run
        }
        await until(`the end of ${id}`, 20, () => !/^State:\s[^Z]/m.test(existsSync(`/proc/${id}`) ? readFileSync(`/proc/${id}/status`, "utf8") : ""));
        rmSync(join(this.dir, "data", "postmaster.pid"), { force: true });
    }
    sql(text, base = "postgres", user = "postgres") {
        return execFileSync("psql", ["-qAtX", "-h", "127.0.0.1", "-p", String(this.database), "-U", user, "-d", base, "-c", text], {
            encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 10000, env: { ...process.env, PGPASSWORD: word, PGCONNECT_TIMEOUT: "4" },
        }).trim();
    }
}

async function distinctPorts(count) {
    const ports = new Set();
    while (ports.size < count) ports.add(await freePort());
    return [...ports];
}

/** Who says that it is the leader, asked over Patroni's own interface. */
async function leader() {
    for (const member of members.filter((one) => one.isUp)) {
        const answer = await fetch(`http://127.0.0.1:${member.rest}/primary`, { signal: AbortSignal.timeout(2000) }).catch(() => null);
        if (answer?.status === 200) return member;
    }
    return null;
}

/** The leader, once it has two standbys, and at least one of them confirms what it commits. */
const whole = () => until("a leader with two standbys", READY_S, async () => {
    const one = await leader();
    const states = one?.sql("SELECT string_agg(sync_state, ',') FROM pg_stat_replication WHERE state = 'streaming'") ?? "";
    return states.split(",").length === 2 && /sync|quorum/.test(states.replace(/async/g, "")) ? one : null;
});

// ---- the nodes: a supervisor starts them again, whatever they end of

let over = false, restarts = 0;
const nodes = [];
const history = new History(nodes, seed);

async function supervise(node) {
    for (let first = true; !over; first = false) {
        restarts += first ? 0 : 1;
        await node.start().then(() => node.ended, () => sleep(500)); // refused: the database is away
    }
}

// ---- what happens

const seconds = (ms) => `${(ms / 1000).toFixed(1)} s`;

/** Reports one incident after the other until STOP.now; the longest that one of them waited. */
async function pulse(stop) {
    let longest = 0;
    for (; !stop.now; await sleep(PULSE_MS)) longest = Math.max(longest, await history.untilAcknowledged());
    return longest;
}

/** HURT the cluster in the middle of call-outs: then answers go on, from another leader if it MOVES. */
async function round(what, hurt, moves = true) {
    const before = await whole();
    const calling = history.callOuts(4);
    await sleep(300 + history.random() * 1200);
    const begun = performance.now();
    const stop = { now: false };
    const { mend, restart } = await hurt(before);
    const beating = pulse(stop);
    const after = moves ? await until("another leader", LEADER_S, () => leader().then((who) => (who === before ? null : who))) : before;
    const led = performance.now() - begun;
    await mend?.();
    await history.untilAcknowledged();
    const acknowledged = performance.now() - begun;
    stop.now = true;
    const longest = await beating;
    await calling;
    restart?.start(members); // by its supervisor: it comes back as a standby
    const leads = moves ? `${after.name} leads after ${seconds(led)}` : `${after.name} leads`;
    log(`${what.replace("LEADER", before.name)}: ${leads}, acknowledges after ${seconds(acknowledged)}; a request waited ${seconds(longest)} at most`);
    passed++;
}

async function killBoth(member) {
    member.killPatroni();
    await member.killDatabase();
    return { restart: member };
}

/** Of the two standbys the one that confirms what the leader commits. */
function killStandby(before) {
    const name = before.sql("SELECT application_name FROM pg_stat_replication WHERE sync_state = 'sync'");
    return killBoth(members.find((one) => one.name === name));
}

async function killPatroni(before) {
    before.killPatroni();
    const mend = async () => {
        await sleep(ALONE_MS);
        if (before.sql("SELECT pg_is_in_recovery()") !== "f") throw new Error(`${before.name} should still take itself for a primary`);
        await before.killDatabase();
    };
    return { mend, restart: before };
}

async function switchOver(before) {
    const answer = await fetch(`http://127.0.0.1:${before.rest}/switchover`, {
        method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ leader: before.name }), signal: AbortSignal.timeout(LEADER_S * 1000),
    });
    if (answer.status !== 200) throw new Error(`switch-over: ${answer.status} ${await answer.text()}`);
    return {};
}

async function endAll() {
    over = true;
    for (const node of nodes) node.process?.kill("SIGKILL");
    for (const member of members) member.killPatroni();
    await sleep(500);
    for (const member of members) await member.killDatabase("SIGQUIT").catch(() => {}); // leaves no shared memory
}
for (const signal of ["SIGTERM", "SIGINT", "uncaughtException"])
    process.on(signal, (why) => {
        console.log(`FAILED: ${why.stack ?? why}`);
        void endAll().then(() => process.exit(130));
    });

let failure = null, passed = 0;
const members = [];
try {
    writeFileSync(join(work, "patroni.yml"), readFileSync("docs/patroni.yml"));
    const ports = await distinctPorts(12);
    for (const name of ["a", "b", "c"]) members.push(new Member(name, ports.splice(0, 3)));
    for (const member of members) member.start(members);
    const first = await whole();
    first.sql(`CREATE ROLE muster LOGIN PASSWORD '${word}'`);
    first.sql("CREATE DATABASE muster OWNER muster ENCODING 'UTF8' TEMPLATE template0");
    writeFileSync(join(work, "passfile"), `*:*:*:muster:${word}\n`, { mode: 0o600 });
    const hosts = members.map((one) => `127.0.0.1:${one.database}`).join(",");
    const store = `postgres://muster@${hosts}/muster?target_session_attrs=read-write&passfile=${join(work, "passfile")}`;
    log(`three members, ${first.name} leads`);

    for (let i = 0; i < 3; i++) nodes.push(new Node(`node${i}`, ports[i], work));
    const out = await nodes[0].start(["demo", "--people", "1000", "--store", store]);
    const [password] = [...out.matchAll(/^password +(\S+)/gm)].map((match) => match[1]);
    await nodes[0].end("SIGTERM");
    for (const node of nodes.slice(1)) node.copyOf(nodes[0]);
    const supervised = nodes.map(supervise);
    await until("a session", 60, () => history.signIn("admin", password).then(() => true));
    history.openStreams();
    const stop = { now: false };
    const answering = history.answerAll(stop);

    for (let i = 0; i < rounds; i++) await round("LEADER's Patroni and PostgreSQL killed", killBoth);
    await round(`LEADER's Patroni killed, its PostgreSQL left for ${ALONE_MS / 1000} s more`, killPatroni);
    await round("the standby of LEADER killed that confirms", killStandby, false);
    await round("LEADER told to hand over", switchOver);

    await sleep(1500);
    stop.now = true;
    await answering;
    const counts = await history.judge();
    await history.judgeTheJudge();
    passed++;
    log(`history holds: ${JSON.stringify(counts)}; nodes started again ${restarts} times`);
    over = true;
    for (const node of nodes) await node.end("SIGTERM");
    await Promise.all(supervised);
    log(execFileSync(program, ["verify", "--dir", nodes[0].dir], { encoding: "utf8", timeout: 120000 }).trim());
    passed++;
} catch (error) {
    failure = error;
}
await endAll();
if (failure) {
    console.log(`FAILED (seed ${seed}, folder ${work}): ${failure.stack}`);
    for (const name of readdirSync(work).filter((one) => one.endsWith(".log"))) console.log(`--- ${name}\n${tail(join(work, name))}`);
} else rmSync(work, { recursive: true, force: true });
console.log(`patroni: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
