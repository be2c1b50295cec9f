// SPDX-License-Identifier: Apache-2.0
// clocks.mjs: two nodes on one PostgreSQL whose clocks are ten minutes apart (libfaketime). The
// database's clock rules: the one that takes over says that its own is wrong, nothing fires in
// bulk, nothing is lost, and what happens then is dated by the true time.
import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Phone, Server, freePort, mailbox, must, tail, until } from "./lib.mjs";

const library = ["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`).find(existsSync);
const hasPostgres = existsSync("/usr/lib/postgresql");
if (!library || !hasPostgres) {
    console.log(`absent: ${library ? "" : "faketime "}${hasPostgres ? "" : "PostgreSQL"}\nclocks: 0 passed, 0 failed`);
    process.exit(0);
}
const base = existsSync("/dev/shm") ? "/dev/shm" : "/tmp";
const work = mkdtempSync(join(base, "muster-clocks-"));
chmodSync(work, 0o755); // the database runs as another user
const database = join(work, "database");
const postgres = (...words) => execFileSync("test/tools/postgres.sh", words, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] }).trim();
let passed = 0;
function node(name) {
    const county = { work: join(work, name), dir: join(work, name, "county"), people: 300 };
    mkdirSync(county.work);
    return new Server(county);
}
const kindsOf = async (server, incident) => (await server.call(200, "GET", `/api/v1/incidents/${incident}/events?limit=200`)).items;

let failure = null;
const right = node("right"), wrong = node("wrong");
try {
    const address = postgres("start", database, "jit = off").split("\n").pop();
    right.store = wrong.store = address;
    for (const server of [right, wrong]) server.port = await freePort();
    await right.start();
    for (const name of ["muster.conf", "master.key", "signing.key", "road.graph", "backdrop.geojson"]) {
        mkdirSync(wrong.county.dir, { recursive: true });
        cpSync(join(right.county.dir, name), join(wrong.county.dir, name));
    }
    wrong.first = false;
    wrong.county.passwords = right.county.passwords;
    wrong.environment = { LD_PRELOAD: library, FAKETIME: "+600s", FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
    await wrong.start(); // stands by
    await right.signIn();
    const { incident, need } = await right.need({ lat: 30.7, lon: 121.02 }, 4);
    await right.callOut(need);
    const mails = await until("messages", () => mailbox(right.county).length > 1 && mailbox(right.county));
    const phones = mails.slice(0, 2).map(({ link }) => new Phone(link));
    const yes = (await phones[0].answer(right.url, "accept")).state;
    await right.kill();
    await until("the other node serves", () => fetch(`${wrong.url}/readyz`).then(({ status }) => status === 200, () => false));
    await wrong.signIn();
    const log = join(wrong.county.work, "serve.log");
    const word = readFileSync(log, "utf8").split("\n").find((line) => /clock/.test(line));
    must(word && /database/.test(word), `no word about the clock:\n${tail(log)}`);
    console.log(`  ok: taken over; it says: ${JSON.parse(word).what} (${JSON.parse(word).offset_ms} ms)`);
    passed++;
    must((await phones[0].look(wrong.url)).state === yes, "an acknowledged yes is gone");
    must((await phones[1].look(wrong.url)).state === "pending", "silence of seconds counts as minutes");
    const second = (await phones[1].answer(wrong.url, "accept")).state;
    must(["assigned", "accepted"].includes(second), `a yes is '${second}'`);
    const events = await kindsOf(wrong, incident);
    must(!events.some((event) => event.kind === "alert.no_answer"), "an alert of seconds ago fired");
    const last = Date.parse(events.at(-1).at);
    must(Math.abs(last - Date.now()) < 60000, `the newest event is dated ${events.at(-1).at}`);
    console.log("  ok: nothing is lost, nothing fired, what follows is dated by the database's clock");
    passed++;
    must((await wrong.stop()).code === 0, "SIGTERM");
} catch (error) {
    failure = error;
    for (const server of [right, wrong]) server.process?.kill("SIGKILL");
}
if (failure) console.log(`FAILED (${work}): ${failure.message}\n${tail(join(work, "wrong", "serve.log"))}`);
try {
    postgres("stop", database);
} catch {
    // it may not have started
}
if (!failure) rmSync(work, { recursive: true, force: true });
console.log(`clocks: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
