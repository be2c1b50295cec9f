// SPDX-License-Identifier: Apache-2.0
// kill.mjs ROUNDS SEED [power|block]: kill -9 in the middle of a busy call-out, ROUNDS times, with a
// real SMTP server at the far end; and each time the files lose what was not synced: `power` part
// of it, in any order and torn (shim.mjs), `block` all that the disk had not flushed (block.mjs).
// After each: `muster verify` holds; every answer that was acknowledged is still there; and a
// mail's id came twice only if the second says that it was under way at a kill.
import { startPeer } from "../smtp/peer.mjs";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { configure, makeCounty, Phone, remove, seeded, Server, sleep, verify } from "./lib.mjs";
import { Disk, whyNoDisk } from "./block.mjs";
import { buildShim, cutPower, dropIndex } from "./shim.mjs";

const rounds = Number(process.argv[2] ?? 50);
const seed = Number(process.argv[3] ?? 1);
const name = process.argv[4] ?? "kill";
const shim = name === "power" ? buildShim() : null;
const missing = name === "block" ? whyNoDisk() : null;
if (missing) console.log(`absent: ${missing}`);
if (missing || (name === "power" && !shim)) {
    console.log(`${name}: 0 passed, 0 failed`);
    process.exit(0);
}
const random = seeded(seed); // the same seed kills at the same moments, as far as the machine allows
const county = makeCounty(3000);
const server = new Server(county);
const peer = await startPeer();
const acknowledged = new Map(); // link path -> states that may stand there now
const journal = join(county.work, "journal");
const incidents = new Set();
const counts = { answers: 0, refused: 0, mails: 0, twice: 0, incidents: 0 };
let passed = 0;

/** How the server ends in each round, and what its files lose by it. */
const endings = {
    kill: async () => server.kill(),
    power: async () => {
        await server.kill();
        const lost = cutPower(journal, random);
        for (const key of Object.keys(lost)) counts[key] += lost[key];
        dropIndex(county.dir);
    },
    block: async () => {
        const unsynced = join(disk.folder, "unsynced");
        writeFileSync(unsynced, "gone after the cut");
        disk.cut();
        await server.kill();
        await disk.unplug();
        await disk.plugIn();
        if (!existsSync(unsynced)) counts.lost++;
    },
};
const disk = name === "block" ? new Disk(county.work) : null;
if (disk) {
    await disk.plugIn();
    county.dir = join(disk.folder, "county");
    counts.lost = 0;
}
await server.start();
await server.signIn();
await server.stop();
if (shim) {
    server.environment = { LD_PRELOAD: shim, FAULT_UNDER: county.dir, FAULT_JOURNAL: journal };
    Object.assign(counts, { lost: 0, torn: 0, kept: 0, names: 0 });
}
configure(county, { channels: "email file", smtp_url: `smtp://127.0.0.1:${peer.port}`, smtp_from: "muster@county.invalid", no_answer_s: 10 });

const later = {
    accepted: ["accepted", "assigned", "en_route", "stood_down", "declined"],
    declined: ["declined", "accepted", "assigned", "late"],
    late: ["late", "stood_down"],
    assigned: ["assigned", "en_route"],
    en_route: ["en_route"],
};

async function callOut() {
    const at = { lat: 30.69 + random() * 0.02, lon: 121.0 + random() * 0.03 };
    const incident = await server.call(201, "POST", "/api/v1/incidents", { kind: "flood", at });
    incidents.add(incident.id);
    await server.call(200, "POST", `/api/v1/incidents/${incident.id}/steps`, { step: "confirm" });
    const need = await server.call(201, "POST", `/api/v1/incidents/${incident.id}/needs`, {
        at,
        within_minutes: 60,
        lines: [{ skills: [], count: 8 }],
        reserve: "auto",
        target: 0.95,
    });
    await server.call(201, "POST", `/api/v1/needs/${need.id}/callouts`, { lift: ["quiet", "duty", "cap"], reason: "kill test" });
    counts.incidents++;
}

async function answerOne(phone) {
    const word = random() < 0.6 ? "accept" : "decline";
    const body = await phone.answer(server.url, word);
    acknowledged.set(phone.path, body.state);
    counts.answers++;
    if (word === "accept" && random() < 0.5 && body.answers.includes("depart")) {
        const moved = await phone.answer(server.url, "depart");
        acknowledged.set(phone.path, moved.state);
        counts.answers++;
    }
}

/** Answers whatever arrives until the server is gone. */
async function answerAll(stop) {
    let next = peer.mails.length;
    while (!stop.now) {
        for (; next < peer.mails.length; next++) {
            const mail = peer.mails[next];
            if (!mail.link || mail.perhapsTwice || random() < 0.2) continue;
            answerOne(new Phone(mail.link)).catch(() => counts.refused++);
        }
        await sleep(5);
    }
}

async function checkAcknowledged() {
    for (const id of incidents) await server.call(200, "GET", `/api/v1/incidents/${id}`);
    for (const [path, was] of acknowledged) {
        const phone = new Phone(`http://x${path}`);
        const now = (await phone.look(server.url)).state;
        if (!(later[was] ?? [was]).includes(now)) throw new Error(`an acknowledged '${was}' is '${now}' after the kill: ${path}`);
    }
}

function checkMails() {
    const seen = new Set();
    counts.twice = 0;
    for (const mail of peer.mails) {
        if (seen.has(mail.id)) {
            counts.twice++;
            if (!mail.perhapsTwice) throw new Error(`mail ${mail.id} came twice without saying so`);
        }
        seen.add(mail.id);
    }
    counts.mails = peer.mails.length;
}

let failure = null;
try {
    for (let round = 0; round < rounds; round++) {
        await server.start();
        await server.signIn();
        await checkAcknowledged();
        const stop = { now: false };
        const answering = answerAll(stop);
        const calling = callOut().then(() => callOut()).catch(() => {});
        const before = counts.answers;
        const anywhere = random() < 0.3; // else in the middle of answers, however slow the machine
        await sleep(60 + random() * 500);
        for (let i = 0; i < 100 && !anywhere && counts.answers === before; i++) await sleep(50);
        await endings[name]();
        stop.now = true;
        await Promise.all([answering, calling]);
        verify(county);
        checkMails();
        passed++;
        if ((round + 1) % 10 === 0) console.log(`${round + 1} ${name === "kill" ? "kills" : "power cuts"}: ${JSON.stringify(counts)}`);
    }
    await server.start();
    await server.signIn();
    await checkAcknowledged();
    const end = await server.stop();
    if (end.code !== 0) throw new Error(`SIGTERM: ${JSON.stringify(end)}`);
    if (name === "power" && counts.lost + counts.torn === 0) throw new Error("no power cut lost anything");
    if (disk && counts.lost < rounds) throw new Error("an unsynced file outlived its power cut");
    if (counts.answers < rounds || counts.mails < rounds) throw new Error("hardly anything happened");
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
await peer.close();
if (disk) await disk.unplug().catch((error) => (failure ??= error)); // what failed first is told
if (failure) console.log(`FAILED (seed ${seed}, folder ${county.work}): ${failure.message}`);
else remove(county);
console.log(`${JSON.stringify(counts)}`);
console.log(`${name}: ${passed} passed, ${failure ? 1 : 0} failed`);
process.exit(failure ? 1 : 0);
