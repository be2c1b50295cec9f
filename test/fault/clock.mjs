// SPDX-License-Identifier: Apache-2.0
// clock.mjs COUNT: somebody sets the clock under the real server, by libfaketime (the monotonic clock
// stays true). Forwards by two hours, back by one, forwards by a day, back by a month: nothing
// fires in bulk, nothing hangs, answers and messages go on, sessions end or stay, the chains hold.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Phone, Server, finish, mailbox, makeCounty, must, program, until, verify } from "./lib.mjs";

const library = ["x86_64", "aarch64"].map((cpu) => `/usr/lib/${cpu}-linux-gnu/faketime/libfaketimeMT.so.1`).find(existsSync);
if (!library) {
    console.log("absent: faketime (Debian's package)\nclock: 0 passed, 0 failed");
    process.exit(0);
}
const county = makeCounty(300);
const server = new Server(county);
const setting = join(county.work, "offset");
let passed = 0;
/** The clock is so many seconds off from now on. */
function setClock(seconds) {
    writeFileSync(`${setting}.new`, `${seconds < 0 ? "" : "+"}${seconds}s\n`);
    renameSync(`${setting}.new`, setting);
}
async function callOut() {
    const { incident, need } = await server.need({ lat: 30.7, lon: 121.02 }, 2);
    const before = new Set(mailbox(county).map(({ id }) => id));
    const callout = await server.callOut(need);
    const { link } = await until("a message", () => mailbox(county).find(({ id }) => !before.has(id)));
    return { incident, callout, phone: new Phone(link) };
}
async function kindsOf(incident) {
    const { items } = await server.call(200, "GET", `/api/v1/incidents/${incident}/events?limit=200`);
    return items.map((event) => event.kind);
}

let failure = null;
try {
    setClock(0);
    server.environment = { LD_PRELOAD: library, FAKETIME_TIMESTAMP_FILE: setting, FAKETIME_NO_CACHE: "1", FAKETIME_DONT_FAKE_MONOTONIC: "1", DONT_FAKE_MONOTONIC: "1" };
    await server.start();
    await server.signIn();
    let offset = 0;
    const jumps = [[7200, "two hours forwards"], [-3600, "an hour back"], [86400, "a day forwards"], [-30 * 86400, "a month back"]];
    for (const [jump, name] of jumps.slice(0, Number(process.argv[2] ?? jumps.length))) {
        const first = await callOut();
        offset += jump;
        setClock(offset);
        await server.signIn(); // the session may be over: a day has passed
        await until(`${name}: the board says so`, async () => (await kindsOf(first.incident)).includes("incident.rebased"));
        const state = (await first.phone.look(server.url)).state;
        must(state === "pending", `${name}: an alert of a second ago is '${state}'`);
        must(!(await kindsOf(first.incident)).includes("alert.no_answer"), `${name}: silence after a second counts`);
        const yes = await first.phone.answer(server.url, "accept");
        must(["assigned", "accepted"].includes(yes.state), `${name}: a yes is '${yes.state}'`);
        const second = await callOut(); // its messages go out now, not in a month
        must((await second.phone.answer(server.url, "decline")).state === "declined", `${name}: a no`);
        const health = await fetch(`${server.url}/readyz`);
        must(health.status === 200, `${name}: readyz ${health.status}`);
        console.log(`  ok: ${name}: nothing fired, answers and messages go on, the board says so`);
        passed++;
    }
    // After a power cut the clock comes back in another year. What is old by it stays until somebody had time to look.
    execFileSync(program, ["backup", join(county.work, "backup"), "--dir", county.dir]); // by the server
    await server.stop();
    const kept = mailbox(county).map(({ id }) => id);
    setClock(offset + 300 * 86400);
    await server.start();
    const logged = (what) => readFileSync(join(county.work, "serve.log"), "utf8").includes(what);
    await until("the log doubts the clock", () => logged("the clock is far ahead"));
    await until("the log misses the backups", () => logged("the newest backup is old"));
    await server.signIn(); // and served for a while
    const left = new Set(mailbox(county).map(({ id }) => id));
    must(kept.length > 0 && kept.every((id) => left.has(id)), "a clock that is 300 days ahead emptied the mailbox");
    console.log("  ok: 300 days ahead after a stop: the log says so, the mailbox stays");
    passed++;
    const end = await server.stop();
    must(end.code === 0, `SIGTERM: ${JSON.stringify(end)}`);
    verify(county);
    console.log("  ok: muster verify holds");
    passed++;
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
finish("clock", passed, failure, county);
