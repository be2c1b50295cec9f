// SPDX-License-Identifier: Apache-2.0
// soak.mjs [ROUNDS] [SEED]: ordinary life on one server, over and over: an incident from its report to its
// closing with everything that people press and look at on the way, people added and erased, roads closed and
// opened, plans, circles, streams, wrong requests, telephones that hang up. What a server keeps must not grow
// with what is over: its files, sockets and threads stay where they are, and its memory does in the end.
import { execFileSync } from "node:child_process";
import { connect } from "node:net";
import { readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { Phone, Server, anyHour, filesOf, finish, makeCounty, must, program, seeded, sleep, totalOf, until } from "./lib.mjs";

const rounds = Number(process.argv[2] ?? 60), seed = Number(process.argv[3] ?? 1);
const SAMPLE = 5; // rounds between two looks at the process
const SETTLES_S = 20;
// A round, at most, in the second half: what is bounded (the writer's 32 MiB of pages, the ring of changes) is
// full after a thousand of them.
const GROWTH_KIB = rounds < 1500 ? 400 : 30;
const random = seeded(seed);
const county = makeCounty(3000), server = new Server(county), verifier = Object.create(server);
const counts = { incidents: 0, answers: 0, reports: 0, verified: 0, erased: 0, refused: 0 };

/** What the process holds now. */
function look() {
    const of = (path) => readFileSync(`/proc/${server.process.pid}/${path}`, "utf8");
    const value = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(of("status"))[1]);
    const open = filesOf(server.process), sockets = (open.socket ?? 0) + (open.gone ?? 0);
    return {
        kib: value("RssAnon"),
        threads: value("Threads"),
        files: totalOf(open) - sockets,
        sockets,
        open,
        log_kib: statSync(join(county.dir, "muster.db-wal")).size >> 10,
    };
}

// SQLite keeps a file that was closed while others were read, for the next who opens it: two at once, and it has two.
const holdsMore = (now, then) => now.files > then.files + 2 || now.sockets > then.sockets + 2;
/** What it holds once it has let go of what it still writes for others, or SETTLES_S later. */
async function settled(then) {
    for (let waited_s = 0; waited_s < SETTLES_S && holdsMore(look(), then); waited_s++) await sleep(1000);
    return look();
}

/** The links that have come since; what was read is thrown away, as an office does. */
function fetchMail() {
    const folder = join(county.dir, "mailbox");
    return readdirSync(folder).filter((name) => name.endsWith(".json")).flatMap((name) => {
        const message = JSON.parse(readFileSync(join(folder, name), "utf8"));
        rmSync(join(folder, name));
        return message.kind === "alert" && message.link ? [message.link] : [];
    });
}

async function say(phone, word, more) {
    try {
        const { state } = await phone.answer(server.url, word, more);
        counts.answers++;
        return state;
    } catch (error) {
        if (!/: 4\d\d /.test(error.message)) throw error;
        counts.refused++; // stood down, full, out of turn: told so
        return "";
    }
}

/** A watcher who leaves without a word, and a telephone whose line breaks in the middle of a request. */
async function comeAndGo(incident) {
    const abort = new AbortController();
    const stream = await fetch(`${server.url}/api/v1/stream`, { headers: { cookie: server.cookie }, signal: abort.signal });
    await stream.body.getReader().read();
    abort.abort();
    await new Promise((resolve) => {
        const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
            socket.write("POST /api/v1/incidents HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{");
            socket.destroy();
            resolve();
        });
    });
    for (const [status, method, path, body] of [[422, "POST", "/api/v1/incidents", { kind: "ghost" }], [404, "GET", "/api/v1/people/nobody"], [409, "POST", `/api/v1/incidents/${incident}/steps`, { step: "close" }]]) {
        await server.call(status, method, path, body);
        counts.refused++;
    }
}

const year = `from=${new Date().getFullYear()}-01-01&to=${new Date().getFullYear()}-12-31`;
const reads = (incident, callout) => [
    `incidents/${incident}`, `incidents/${incident}/events?limit=1000`, `incidents/${incident}/report`, `callouts/${callout}`, `callouts/${callout}/alerts`,
    `callouts/${callout}/plans`, "incidents?state=running", "people?limit=100", "handover", "model", "closures", "applicants", "courses", "readiness?area=root", `hours?${year}`, `statistics?${year}`, "assignments", "desks", "map/roads?box=121,30.6,121.1,30.75",
];

/** One person comes, is looked for, and is erased. */
async function person(round) {
    const number = `S${seed}-${round}`, home = server.elsewhere();
    await server.call(201, "POST", "/api/v1/people", { number, name: "某人", phone: `1000${String(1000000 + round)}`, home });
    await server.call(200, "POST", "/api/v1/people/searches", { q: number });
    execFileSync(program, ["erase-person", number, "--dir", county.dir]); // beside the server
    counts.erased++;
}

async function closeRoad(at) {
    const { id } = await server.call(201, "POST", "/api/v1/closures", { at, radius: 300, limit_kmh: 10, reason: "water" });
    await server.call(200, "GET", `/api/v1/circle?at=${at.lat},${at.lon}&mode=car&minutes=5,10,15`);
    await server.call(204, "DELETE", `/api/v1/closures/${id}`);
}

/** From the first call to the last signature. */
async function incident(round) {
    const at = server.elsewhere();
    const { incident: id, need } = await server.need(at, 3);
    const plan = await server.call(200, "POST", `/api/v1/needs/${need}/plan`, anyHour);
    const callout = await server.callOut(need);
    counts.incidents++;
    const links = [];
    await until("alerts", () => links.push(...fetchMail()) >= plan.waves[0].people.length);
    const phones = links.map((link) => new Phone(link)), going = [];
    for (const phone of phones) {
        const state = await say(phone, random() < 0.7 ? "accept" : "decline");
        if (state === "assigned" || state === "accepted") going.push(phone);
    }
    await closeRoad(at);
    await comeAndGo(id);
    for (const phone of going) for (const word of ["depart", "arrive", "work"]) await say(phone, word);
    for (const path of reads(id, callout)) await server.call(200, "GET", `/api/v1/${path}`);
    await server.call(201, "POST", `/api/v1/incidents/${id}/roll-calls`, {});
    for (const phone of going) await say(phone, "here");
    await server.call(200, "POST", `/api/v1/incidents/${id}/steps`, { step: "stand_down" });
    for (const phone of going) for (const word of ["release", "turned_back"]) await say(phone, word);
    for (const phone of going) if ((await say(phone, "report", { text: "done", outcome: "done" })) === "reported") counts.reports++;
    await server.call(200, "POST", `/api/v1/incidents/${id}/steps`, { step: "review" });
    const { assignments } = await server.call(200, "GET", `/api/v1/callouts/${callout}`);
    for (const each of assignments.filter(({ state }) => state === "reported")) {
        await verifier.call(200, "POST", `/api/v1/assignments/${each.id}/verifications`, { ok: true });
        counts.verified++;
    }
    await server.call(200, "POST", `/api/v1/incidents/${id}/steps`, { step: "close" });
    if (round % 20 === 0) await fetch(`${server.url}/api/v1/incidents/${id}/report.pdf?lang=zh`, { headers: { cookie: server.cookie } }).then((answer) => answer.arrayBuffer());
}

/** Kibibytes a round: the slope of the least squares through what was seen. */
function slope(seen) {
    const mean = (of) => seen.reduce((sum, each) => sum + of(each), 0) / seen.length;
    const x = mean((each) => each.round), y = mean((each) => each.kib);
    return mean((each) => (each.round - x) * (each.kib - y)) / mean((each) => (each.round - x) ** 2);
}

let failure = null;
const seen = [];
try {
    await server.start();
    for (let round = 0; round <= rounds; round++) {
        if (round % SAMPLE === 0) {
            await sleep(300); // what hung up is noticed
            seen.push({ round, ...look() });
            if (process.env.VERBOSE) console.log(JSON.stringify(seen.at(-1)));
        }
        await server.signIn();
        await verifier.signIn("verifier");
        await incident(round);
        await person(round);
        await server.call(204, "DELETE", "/api/v1/sessions/current");
        await verifier.call(204, "DELETE", "/api/v1/sessions/current");
    }
    const late = seen.slice(seen.length >> 1), first = late[0], last = await settled(first);
    const growth = Math.round(slope(late) * 10) / 10;
    console.log(`  ${JSON.stringify(counts)}`);
    console.log(`  memory ${first.kib} KiB after ${first.round} rounds, ${last.kib} after ${rounds}: ${growth} a round; files ${first.files}, ${last.files}; sockets ${first.sockets}, ${last.sockets}; threads ${first.threads}, ${last.threads}; log ${last.log_kib} KiB`);
    must(growth <= GROWTH_KIB, `memory grows by ${growth} KiB a round`);
    must(!holdsMore(last, first), `files or sockets stay open: ${JSON.stringify(first.open)} after ${first.round} rounds, ${JSON.stringify(last.open)} at the end`);
    must(last.threads <= first.threads, "threads stay");
    must(counts.verified >= rounds && counts.erased >= rounds, "hardly anything happened");
    const { code } = await server.stop();
    must(code === 0, `SIGTERM: ${code}`);
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
finish("soak", failure ? 0 : 4, failure, county);
