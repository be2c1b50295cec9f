// SPDX-License-Identifier: Apache-2.0
// nodes.mjs [postgres|sqlite] [ROUNDS] [SEED] [LOAD]: call-outs go on while whoever serves is killed,
// ROUNDS times, with LOAD times as many call-outs and people who answer (default 1). With postgres
// three nodes share one PostgreSQL and clients ask any of them; after the kills PostgreSQL's primary is
// killed too and its synchronous standby promoted by hand. With sqlite the one server is started
// again. The same checker judges both, from what the clients wrote down themselves (history.mjs).
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { History, Node } from "./history.mjs";
import { freePort, program, sleep } from "./lib.mjs";

const engine = process.argv[2] ?? "postgres";
const rounds = Number(process.argv[3] ?? 3);
const seed = Number(process.argv[4] ?? 1);
const load = Number(process.argv[5] ?? 1);
const base = (() => { try { readdirSync("/dev/shm"); return "/dev/shm"; } catch { return "/tmp"; } })();
const work = mkdtempSync(join(base, "muster-nodes-"));
chmodSync(work, 0o755); // the database runs as another user
const postgres = (...words) => execFileSync("test/tools/postgres.sh", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
const log = (text) => console.log(`  ${text}`);

const nodes = [];
const history = new History(nodes, seed);
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

/** A node whose lease another one took, or whose database went, ends, as its supervisor expects; on a busy machine late. */
async function beginAgain() {
    for (const node of nodes) if (node.hasEnded()) await node.start();
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

/** A command on a node that stands by says where it can be run. */
async function commandsSayWhere() {
    const serving = await whoServes(), other = nodes.find((node) => node !== serving);
    execFileSync(program, ["account", "list", "--dir", serving.dir]);
    const said = spawnSync(program, ["account", "list", "--dir", other.dir], { encoding: "utf8" });
    if (said.status !== 1 || !said.stderr.includes(`127.0.0.1:${serving.port} serves: run the command there`)) throw new Error(`a command on ${other.name}: ${said.status} ${said.stderr}`);
    passed++;
}

let failure = null, passed = 0;
try {
    const count = engine === "sqlite" ? 1 : 3;
    for (let i = 0; i < count; i++) nodes.push(new Node(`node${i}`, await freePort(), work));
    if (engine === "postgres") startPostgres();
    const store = engine === "postgres" ? ["--store", address] : [];
    const out = await nodes[0].start(["demo", "--people", String(1000 * load), ...store]);
    const passwords = [...out.matchAll(/^password +(\S+)/gm)].map((match) => match[1]);
    await nodes[0].end("SIGTERM");
    for (const node of nodes.slice(1)) node.copyOf(nodes[0]);
    await Promise.all(nodes.map((node) => node.start()));
    await history.signIn("admin", passwords[0]);
    history.openStreams();
    await history.callOut(3);
    log(`${nodes.length} node(s) serve, a stream at each`);

    if (engine === "postgres") await nobodyIsLocal();
    if (engine === "postgres") await streamsAreSpread();
    if (engine === "postgres") await commandsSayWhere();

    const takeovers = [];
    const stop = { now: false };
    const answering = history.answerAll(stop);
    for (let round = 0; round < rounds; round++) {
        const calling = history.callOuts(2 * load);
        await sleep(300 + history.random() * 700);
        const victim = await whoServes();
        await victim.end("SIGKILL");
        const restarted = engine === "sqlite" ? victim.start() : sleep(0);
        const took = await history.untilAcknowledged();
        takeovers.push(took);
        await restarted;
        if (engine === "postgres") await victim.start();
        await calling;
        log(`kill -9 of ${victim.name} in the middle of a call-out: the next acknowledged request after ${Math.round(took)} ms`);
        passed++;
    }
    if (engine === "postgres") {
        const calling = history.callOuts(2 * load);
        await sleep(300);
        postgres("kill", primary);
        postgres("promote", standby);
        primary_now = standby;
        const took = await history.untilAcknowledged();
        await sleep(1000);
        await beginAgain();
        await calling;
        log(`PostgreSQL's primary killed, its standby promoted: acknowledged again after ${Math.round(took)} ms`);
        passed++;
    }
    await sleep(1500);
    stop.now = true;
    await answering;
    await beginAgain();
    const counts = await history.judge();
    await history.judgeTheJudge();
    passed++;
    log(`history holds: ${JSON.stringify(counts)}`);
    const slowest = Math.max(...takeovers);
    // 5 s where a core is free for each who wants one; a loaded machine takes its time.
    const limit = 5000 * Math.max(1, loadavg()[0] / cpus().length);
    log(`the slowest take-over ${Math.round(slowest)} ms, at most ${Math.round(limit)} ms at this load`);
    if (engine === "postgres" && slowest > limit) throw new Error(`a take-over took ${Math.round(slowest)} ms`);
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
