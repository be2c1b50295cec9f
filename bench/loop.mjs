// SPDX-License-Identifier: Apache-2.0
// Figures of the loop on a running server of its own, over HTTP, with a real SMTP server at the
// far end (all on loopback): start-up, memory, call-out -> first mail, a wave of thousands and
// what the console and the volunteers notice of it. Prints one JSON document. CALLOUTS (200)
// call-outs of PEOPLE (20000) volunteers are measured.
import { closeSync, fdatasyncSync, openSync, readFileSync, writeSync } from "node:fs";
import { cpus, loadavg } from "node:os";
import { join } from "node:path";
import { Phone, Server, configure, makeCounty, percentile, remove, sleep, startLevelOne, until, verify } from "../test/fault/lib.mjs";
import { startPeer } from "../test/smtp/peer.mjs";

const callouts = Number(process.env.CALLOUTS ?? 200);
const county = makeCounty(Number(process.env.PEOPLE ?? 20000));
const server = new Server(county);
const peer = await startPeer();
const sorted = (values) => [...values].sort((a, b) => a - b);
const summary = (values) => {
    const s = sorted(values);
    const round = (x) => Math.round(x * 100) / 100;
    return { n: s.length, median: round(percentile(s, 0.5)), p95: round(percentile(s, 0.95)), p99: round(percentile(s, 0.99)), max: round(s.at(-1)) };
};
const statusOf = (pid, key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1024;

/** User and system time so far, in ticks of 10 ms. */
function cpuMs(pid) {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
}

function fdatasyncMedian() {
    const fd = openSync(join(county.work, "probe"), "w");
    const times = [];
    for (let i = 0; i < 100; i++) {
        const begun = performance.now();
        writeSync(fd, Buffer.alloc(4096), 0, 4096, 0);
        fdatasyncSync(fd);
        times.push(performance.now() - begun);
    }
    closeSync(fd);
    return summary(times);
}

/** From the request of a call-out to the first mail at the SMTP server; `first` is null if its
 * first wave, a few people, has nobody with an address. */
async function firstMail(i) {
    const at = { lat: 30.68 + (i % 8) * 0.008, lon: 120.98 + (i % 9) * 0.012 };
    const { incident, need } = await server.need(at, 3, { reserve: "auto" });
    const before = peer.mails.length;
    const begun = performance.now();
    const callout = await server.callOut(need);
    const answered = performance.now() - begun;
    const { items } = await server.call(200, "GET", `/api/v1/callouts/${callout}/alerts`);
    const mailed = items.some(({ channels }) => channels.some(({ channel }) => channel === "email"));
    if (mailed) await until("a mail", () => peer.mails.length > before, 5000);
    const first = mailed ? peer.mails[before].at - begun : null;
    await sleep(20);
    await server.call(200, "POST", `/api/v1/incidents/${incident}/steps`, { step: "stand_down" });
    return { answered, first };
}

/** Calls WORK again and again until the promise is done; the times. */
async function meanwhile(promise, pauseMs, work) {
    const times = [];
    let busy = true;
    promise.finally(() => (busy = false)).catch(() => {});
    while (busy) {
        const begun = performance.now();
        if ((await work()) === false) break;
        times.push(performance.now() - begun);
        await sleep(pauseMs);
    }
    await promise;
    return times;
}
const readConsole = () => server.call(200, "GET", "/api/v1/incidents?state=running");
const metric = async (name) => Number(new RegExp(`^muster_${name} (\\d+)`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())[1]);

async function allSent() {
    while ((await metric("messages_queued")) > 0) await sleep(50);
}

/** A need of 1,200 people at once: the wave, how the console answers meanwhile, and how long the
 * messages take; volunteers answer while the rest is still going out. */
async function bigWave() {
    const at = { lat: 30.7, lon: 121.02 };
    const state = await startLevelOne(server, county);
    const { need } = await server.need(at, 1200, { within_minutes: 240, reserve: "auto" });
    const before = peer.mails.length;
    const begun = performance.now();
    let queued = 0, callout;
    let answered = 0;
    const start = server.callOut(need, null).then(async (made) => {
        callout = made;
        answered = performance.now() - begun;
        while ((await server.call(200, "GET", `/api/v1/callouts/${callout}`)).unsent) await sleep(20);
        queued = performance.now() - begun;
    });
    const during = await meanwhile(start, 1, readConsole);
    const sent = allSent();
    let next = before;
    const answers = meanwhile(sent, 1, async () => {
        const mail = peer.mails[next++];
        if (!mail) return sleep(5);
        if (mail.link) await new Phone(mail.link).answer(server.url, next % 3 === 0 ? "accept" : "decline");
    });
    const later = await meanwhile(sent, 5, readConsole);
    const sentMs = performance.now() - begun;
    const board = await server.call(200, "GET", `/api/v1/callouts/${callout}`);
    return {
        response: state,
        alerts: board.funnel.alerted,
        answered_ms: Math.round(answered),
        all_queued_durably_ms: Math.round(queued),
        console_during_wave_ms: summary(during),
        all_messages_gone_ms: Math.round(sentMs),
        mails: peer.mails.length - before,
        console_while_sending_ms: summary(later),
        page_and_answer_ms: summary(await answers),
    };
}

const figures = { cores: cpus().length, load_average: loadavg()[0] };
await server.start();
await server.signIn();
await server.stop();
configure(county, { channels: "email file", smtp_url: `smtp://127.0.0.1:${peer.port}`, smtp_from: "muster@county.invalid" });
const starts = [], startCpu = [];
for (let i = 0; i < 3; i++) {
    starts.push(await server.start());
    startCpu.push(cpuMs(server.process.pid));
    await server.stop();
}
figures.start_ms = summary(starts);
figures.start_cpu_ms = summary(startCpu);
await server.start();
await server.signIn();
figures.people = county.people;
figures.resident_mb = Math.round(statusOf(server.process.pid, "VmRSS"));
figures.fdatasync_4k_ms = fdatasyncMedian();
const answered = [], first = [];
for (let i = 0; i < callouts + 3; i++) {
    const one = await firstMail(i);
    if (i < 3) continue; // connections are opened, caches filled
    answered.push(one.answered);
    if (one.first !== null) first.push(one.first);
}
figures.callout_answered_ms = summary(answered);
figures.callout_to_first_mail_ms = summary(first);
figures.wave = await bigWave();
figures.resident_mb_after = Math.round(statusOf(server.process.pid, "VmRSS"));
figures.peak_mb = Math.round(statusOf(server.process.pid, "VmHWM"));
await server.stop();
verify(county);
await peer.close();
remove(county);
console.log(JSON.stringify(figures, null, 1));
