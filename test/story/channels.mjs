// SPDX-License-Identifier: Apache-2.0
// What becomes of messages: mails that arrive, that are refused for now or for good, a mail
// server that is away or slow, the plug pulled while mails are under way, signed web hooks.
import { createHmac, timingSafeEqual } from "node:crypto";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Phone, Server, anyHour, configure, counted, crowding, mailbox, makeCounty, must, program, sleep, tellStory, until as untilIt } from "../fault/lib.mjs";
import { startPeer } from "../smtp/peer.mjs";

const county = makeCounty(3000);
const server = new Server(county);
const peer = await startPeer();
const unreadMs = 5000;
const ok = counted();
const until = (what, test, ms) => untilIt(what, test, ms, () => lastAlerts);
async function timed(work) {
    const begun = performance.now();
    const result = await work();
    return { ms: performance.now() - begun, result };
}
/** WORK does not wait for a peer: done again when it took longer, since what the machine held
 * up is quick the next time, and what waits for a peer waits each time. */
async function atOnce(ms, what, work) {
    const all = [];
    for (let i = 0; i < 5; i++) {
        const done = await timed(work);
        if (done.ms < ms) return done;
        all.push(Math.round(done.ms));
    }
    throw new Error(`${what} took ${all} ms`);
}

/** Ten who may be asked at any hour when they are forced in. */
async function anybody() {
    const { items } = await server.call(200, "GET", "/api/v1/people?limit=100");
    return items.filter((one) => !one.suspended && !one.paused_until).slice(0, 10).map((one) => one.number);
}

const name = "Made-up Person";
const street = "Test Road 1";
/** An incident, confirmed, with a need of COUNT, called out. */
async function callOut(count, exercise = false) {
    const requester = { name, phone: "10000123456", address: street, consent: true };
    const { incident, need } = await server.need(server.elsewhere(), count, {}, { exercise, requester });
    return { incident, callout: await server.callOut(need, exercise ? { force: await anybody(), reason: "channel test" } : anyHour) };
}
const step = (path, word) => server.call(200, "POST", `${path}/steps`, { step: word });
let lastAlerts = ""; // what a failure shows
async function alertsOf(callout) {
    const { items } = await server.call(200, "GET", `/api/v1/callouts/${callout}/alerts?limit=1000`);
    const counts = {};
    for (const alert of items) {
        const key = `wave ${alert.wave} ${alert.state} ${alert.channels.map((c) => `${c.channel}:${c.state}`).join(" ")}`;
        counts[key] = (counts[key] ?? 0) + 1;
    }
    lastAlerts = `; ${JSON.stringify(counts)}`;
    return items;
}
const addressOf = (number) => `ph${/\d+/.exec(number)[0]}@example.invalid`;
const mailTo = (alert) => peer.mails.find((mail) => mail.to.includes(/\d+/.exec(alert.number)[0]));
const stateOn = (alert, channel) => alert.channels.find((one) => one.channel === channel)?.state;
/** With nobody counted as unread, but for KEYS: what reaches the next channel was refused. */
async function restart(keys) {
    await server.stop();
    configure(county, { unread_s: 3600, ...keys });
    await server.start();
    await server.signIn();
    peer.mails.length = peer.tries.length = 0;
    peer.delayMs = peer.most = 0;
    peer.behave = peer.behaveTo = () => null;
}
const away = async (one) => {
    await step(`/api/v1/incidents/${one.incident}`, "stand_down").catch(() => {});
};

const parts = {
    async "mails arrive as they should"() {
        const begun = performance.now();
        const one = await callOut(8);
        const alerts = await until("every first message has gone", async () => {
            const list = await alertsOf(one.callout);
            return list.every((alert) => alert.channels.some((c) => ["handed_over", "delivered"].includes(c.state))) && list;
        });
        const mailed = alerts.filter((alert) => stateOn(alert, "email") === "handed_over");
        const without = alerts.filter((alert) => stateOn(alert, "email") === undefined);
        must(mailed.length > 3 && without.length > 3, `${mailed.length} mailed, ${without.length} without an address`);
        must(mailed.length === peer.mails.length, `${peer.mails.length} mails for ${mailed.length} people`);
        for (const mail of peer.mails) {
            must(/^ph\d+@example.invalid$/.test(mail.to), mail.to);
            must(mail.messageId === `<muster-${mail.id}@county.invalid>`, `Message-ID ${mail.messageId}`);
            must(/洪涝.*Can you help\?.*flood/.test(mail.subject), `subject: ${mail.subject}`);
            must(!mail.text.includes(name) && !mail.text.includes(street), "a mail says who asked or where");
            must(!mail.exercise && !mail.perhapsTwice, "a mark that does not belong there");
            must(mail.link.startsWith(`${server.url}/r/`), mail.link);
        }
        must(new Set(peer.mails.map((mail) => mail.id)).size === peer.mails.length, "an id stands twice");
        const page = await new Phone(peer.mails[0].link).look(server.url);
        must(page.answers.includes("accept"), JSON.stringify(page));
        const numbers = mailbox(county).map((message) => message.to);
        for (const alert of without) {
            must(stateOn(alert, "file") === "delivered", `${alert.number} was not reached`);
            must(numbers.includes(alert.number), "the mailbox has no file");
        }
        ok(`${mailed.length} mails with stable ids, their links work; ${without.length} without an address got theirs on the next channel`);

        // Three answer; the others do not read: next channel after unread_s.
        const quick = mailed.slice(0, 3);
        for (const alert of quick) await new Phone(mailTo(alert).link).answer(server.url, "decline");
        const rest = mailed.slice(3);
        await until("the unread get the next channel", async () => {
            const list = (await alertsOf(one.callout)).filter((alert) => rest.some((r) => r.id === alert.id));
            return list.every((alert) => stateOn(alert, "file") === "delivered");
        });
        must(performance.now() - begun > unreadMs, "too early");
        const now = (await alertsOf(one.callout)).filter((alert) => quick.some((q) => q.id === alert.id));
        must(now.every((alert) => stateOn(alert, "file") === undefined), "somebody who answered was asked again");
        ok(`${rest.length} unread after ${unreadMs / 1000} s got the next channel, the ${quick.length} who answered did not`);

        // A yes, then the stand-down: told to who said yes, silent for the others.
        const yes = rest[0];
        await new Phone(mailTo(yes).link).answer(server.url, "accept");
        await until("the details", () => peer.mails.concat(mailbox(county)).some((m) => /Thank you, please go to/.test(m.subject)));
        const before = new Set(peer.mails.map((mail) => mail.id).concat(mailbox(county).map((message) => message.id)));
        await away(one);
        const told = await until("the stand-down", () => {
            const fresh = peer.mails.concat(mailbox(county)).filter((m) => !before.has(m.id));
            return fresh.length > 0 && fresh;
        });
        await sleep(500);
        const all = peer.mails.concat(mailbox(county)).filter((m) => !before.has(m.id));
        must(all.every((m) => /You are not needed this time/.test(m.subject)), told.map((m) => m.subject).join());
        must(all.length === 1 && (all[0].to === yes.number || all[0].to === addressOf(yes.number)), `told: ${all.map((m) => m.to)}`);
        ok("stand-down: told to the one who had said yes, nobody else was woken");
    },

    async "every message of an exercise says so"() {
        const seen = new Set(peer.mails.map((mail) => mail.id).concat(mailbox(county).map((message) => message.id)));
        // The hour of the test may be one at which nobody is on duty: people are forced in.
        const one = await callOut(6, true);
        const fresh = () => peer.mails.concat(mailbox(county)).filter((m) => !seen.has(m.id));
        await until("alerts", async () => fresh().length >= Math.max(10, (await alertsOf(one.callout)).length));
        const link = fresh()[0].link;
        await new Phone(link).answer(server.url, "accept");
        await until("the details", () => fresh().some((m) => /please go to/.test(m.subject)));
        await away(one);
        await until("the stand-down", () => fresh().some((m) => /You are not needed/.test(m.subject)));
        for (const message of fresh()) {
            must(message.exercise === true, `no mark: ${message.subject}`);
            must(message.subject.startsWith("【演练 Exercise】") && message.text.includes("Exercise, not real"), message.subject);
        }
        ok(`exercise: all ${fresh().length} messages say so in header, subject and text`);
    },

    async "a desk is called until somebody comes"() {
        await restart({ channels: "email", desk_next_s: 10 });
        const at = { lat: 30.685, lon: 121.0 };
        const report = () => server.call(201, "POST", "/api/v1/incidents", { kind: "fire", at });
        const first = await report();
        const { area } = await server.call(200, "GET", `/api/v1/incidents/${first.id}`);
        await step(`/api/v1/incidents/${first.id}`, "cancel");
        const { items: areas } = await server.call(200, "GET", "/api/v1/areas?limit=1000");
        const town = areas.find((one) => one.code === area.code).parent;
        const root = areas.find((one) => one.parent === null).code;
        must(town && town !== root, `the village of ${area.code} lies in ${town}`);
        for (const [code, email] of [[town, "town@county.invalid"], [root, "city@county.invalid"]]) await server.call(204, "PUT", `/api/v1/desks/${code}`, { email });
        const confirmed = await report(), waiting = await report();
        const begun = performance.now();
        const told = (email, incident) => peer.mails.find((mail) => mail.to === email && mail.text.includes(`/incidents/${incident.id}\n`));
        await until("the town's desk knows of both", () => told("town@county.invalid", confirmed) && told("town@county.invalid", waiting));
        must(performance.now() - begun > 9000, "a desk was written to before its time");
        must(/Reported and not yet confirmed.*fire/.test(peer.mails[0].subject) && peer.mails[0].text.includes("还没有人确认"), peer.mails[0].subject);
        await step(`/api/v1/incidents/${confirmed.id}`, "confirm");
        await until("the city's desk knows of the one left", () => told("city@county.invalid", waiting));
        await sleep(1000);
        must(!told("city@county.invalid", confirmed), "the city was written to about what is in hand");
        must(peer.mails.length === 3, `${peer.mails.length} mails`);
        const { items } = await server.call(200, "GET", `/api/v1/incidents/${waiting.id}/events?limit=100`);
        const levels = items.filter((event) => event.kind === "incident.desk_told").map((event) => areas.find((one) => one.id === event.number).code);
        must(levels.join() === [town, root].join(), `the chain says ${levels}`);
        const { timeline } = await server.call(200, "GET", `/api/v1/incidents/${waiting.id}/report`);
        const named = timeline.flatMap((entry) => entry.area ?? []);
        must(named.join() === [town, root].map((code) => areas.find((one) => one.code === code).name).join(), `the report says ${named}`);
        for (const code of [town, root]) await server.call(204, "DELETE", `/api/v1/desks/${code}`);
        await step(`/api/v1/incidents/${waiting.id}`, "cancel");
        await step(`/api/v1/incidents/${confirmed.id}`, "cancel");
        ok("a desk: the town's after 10 s, then the city's, and no more once somebody confirms");
    },

    async "a mail server that offers TLS gets it"() {
        await peer.down();
        peer.tls = true;
        await peer.up();
        await restart({ channels: "email" });
        const one = await callOut(3);
        await until("mails", async () => peer.mails.length > 0 && (await alertsOf(one.callout)).every((alert) => stateOn(alert, "email") !== "queued"));
        must(peer.mails.every((mail) => mail.secure), "a mail went in clear");
        await away(one);
        await peer.down();
        peer.tls = false;
        await peer.up();
        ok("without smtp_user too a mail goes by STARTTLS where it is offered");
    },

    async "refused for now"() {
        await restart({ channels: "email" });
        const refusals = new Map();
        peer.behave = (mail) => {
            const times = refusals.get(mail.id) ?? 0;
            refusals.set(mail.id, times + 1);
            return times < 2 ? { code: 451, text: "greylisted" } : null;
        };
        const one = await callOut(8);
        const mails = await until("all mails went at the third try", async () => {
            const mailed = (await alertsOf(one.callout)).filter((alert) => stateOn(alert, "email") === "handed_over");
            return mailed.length > 2 && mailed.every(mailTo) && peer.mails.length === refusals.size && peer.mails;
        });
        for (const mail of mails) {
            const at = peer.tries.filter((t) => t.id === mail.id).map((t) => t.at);
            must(at.length === 3, `${at.length} tries`);
            must(at[1] - at[0] >= 1950 && at[2] - at[1] >= 3950, `after ${at[1] - at[0]} and ${at[2] - at[1]} ms`);
            must(!mail.perhapsTwice, "a refused try is no perhaps-twice");
        }
        await away(one);
        ok(`451 twice: ${mails.length} mails went at the third try, 2 s and 4 s later, under the same id`);
    },

    async "refused for good"() {
        // Without a next channel the alert is void and the person is replaced.
        peer.mails.length = peer.tries.length = 0;
        let first = true;
        const refused = new Set();
        peer.behave = (mail) => {
            if (first) refused.add(mail.to);
            return refused.has(mail.to) ? { code: 550, text: "no such mailbox" } : null;
        };
        const one = await callOut(8);
        await until("a refusal", () => refused.size > 2);
        first = false;
        const list = await until("the refused are void and others were asked", async () => {
            const alerts = await alertsOf(one.callout);
            const gone = alerts.filter((alert) => refused.has(addressOf(alert.number)));
            return gone.length === refused.size && gone.every((alert) => alert.state === "void") && alerts.some((alert) => alert.wave > 1) && alerts;
        });
        must(peer.tries.filter((t) => refused.has(t.to)).length === refused.size, "tried again");
        const board = await server.call(200, "GET", `/api/v1/callouts/${one.callout}`);
        must(board.funnel.void >= refused.size, JSON.stringify(board.funnel));
        await away(one);
        ok(`550: ${refused.size} alerts void, ${list.filter((alert) => alert.wave > 1).length} others were asked in their place`);
        // With one, the next channel at once.
        await restart({ channels: "email file" });
        peer.behave = () => ({ code: 554, text: "rejected" });
        const two = await callOut(8);
        await until("the next channel before anything is unread", async () =>
            (await alertsOf(two.callout)).every((alert) => ["failed", undefined].includes(stateOn(alert, "email")) && stateOn(alert, "file") === "delivered"));
        must(peer.tries.length > 2, "hardly a mail was tried");
        await away(two);
        ok("554 with a next channel: it goes there at once");
    },

    async "wrong addresses are not a server that is away"() {
        await restart({ channels: "email file" });
        const refused = new Set();
        peer.behaveTo = (address) => {
            if (refused.size >= 8) return null;
            refused.add(address);
            return { code: 550, text: "no such user" };
        };
        const one = await callOut(40); // so many that more than eight of them have an address
        const begun = performance.now();
        await until("the refused got the next channel, the others their mail", async () => {
            const list = await alertsOf(one.callout);
            const here = list.filter((alert) => refused.has(addressOf(alert.number)));
            const mailed = list.filter((alert) => stateOn(alert, "email") !== undefined && !here.includes(alert));
            return here.length === 8 && here.every((alert) => stateOn(alert, "file") === "delivered") && mailed.length > 1 && mailed.every((alert) => stateOn(alert, "email") === "handed_over");
        }, 6000 * crowding());
        const ms = performance.now() - begun;
        await away(one);
        ok(`550 for 8 recipients in a row: the others had their mail after ${Math.round(ms)} ms`);
    },

    async "a mail server that wants a sign-in uses up nobody"() {
        await restart({ channels: "email" });
        const refused = new Set();
        peer.behaveTo = (address) => (refused.add(address), { code: 530, text: "authentication required" });
        const one = await callOut(8);
        const tried = async () => (await alertsOf(one.callout)).filter((alert) => refused.has(addressOf(alert.number)));
        await sleep(3000);
        must(refused.size > 2 && (await tried()).every((alert) => alert.state === "pending"), `${refused.size} refused, and somebody is used up`);
        peer.behaveTo = () => null;
        await until("the mails go once it is put right", async () => (await tried()).every((alert) => stateOn(alert, "email") === "handed_over"));
        await away(one);
        ok("530: the mails wait until it is put right");
    },

    async "the mail server is away"() {
        await restart({ channels: "email" });
        await peer.down();
        const one = (await atOnce(1000, "a call-out", () => callOut(8))).result;
        const gone = await callOut(8);
        await sleep(3000);
        const reads = [];
        for (let i = 0; i < 20; i++) reads.push((await atOnce(500, "the console", () => server.call(200, "GET", "/api/v1/incidents?state=running"))).ms);
        const waiting = (await alertsOf(one.callout)).filter((alert) => stateOn(alert, "email") === "queued");
        must(waiting.length > 2, `${waiting.length} wait`);
        await away(gone);
        const stood = (await alertsOf(gone.callout)).filter((alert) => stateOn(alert, "email") === "withdrawn");
        must(stood.length > 2, `${stood.length} withdrawn`);
        await peer.up();
        const back = await timed(() => until("the mails go out", async () =>
            (await alertsOf(one.callout)).every((alert) => ["handed_over", "failed"].includes(stateOn(alert, "email")))));
        const went = (await alertsOf(one.callout)).filter((alert) => stateOn(alert, "email") === "handed_over");
        must(went.length > 2 && went.every((alert) => mailTo(alert)), "a mail is missing");
        // Those stood down may have been asked anew, in place of people without an address: the
        // mails are read first, then who was asked by the other call-out, which goes on.
        const mailed = stood.filter((alert) => mailTo(alert));
        const asked = new Set((await alertsOf(one.callout)).map((alert) => alert.number));
        must(mailed.every((alert) => asked.has(alert.number)), "a withdrawn mail went out");
        must(new Set(peer.mails.map((mail) => mail.id)).size === peer.mails.length, "twice");
        await away(one);
        ok(`away: console at most ${Math.round(Math.max(...reads))} ms; back: ${went.length} mails within ${(back.ms / 1000).toFixed(1)} s, ${stood.length} withdrawn ones never went`);
    },

    async "a slow mail server"() {
        await restart({ channels: "email file" });
        peer.delayMs = 20000; // far more than an action takes under a sanitizer on a busy machine
        const made = [], delays = [];
        const quick = async (what, work) => delays.push((await atOnce(15000, what, work)).ms);
        for (const count of [16, 3, 3, 3]) await quick("a call-out", async () => made.push(await callOut(count)));
        await untilIt("mails", () => peer.mails.length >= 5, 180000);
        const links = peer.mails.map((mail) => mail.link);
        await quick("an answer", () => new Phone(links.pop()).answer(server.url, "accept"));
        await quick("a stand-down", () => away(made.pop()));
        await until("several connections, each waiting for its own answer", () => peer.most >= 4);
        peer.delayMs = 60000; // from here on it never answers
        await callOut(8);
        await sleep(2000);
        const stop = await timed(() => server.stop());
        must(stop.ms < 5000 * crowding() && stop.result.code === 0, `SIGTERM: ${Math.round(stop.ms)} ms, ${JSON.stringify(stop.result)}`);
        ok(`20 s a mail: actions took at most ${Math.round(Math.max(...delays))} ms; no answer at all: the stop ${Math.round(stop.ms)} ms`);
    },

    async "the plug is pulled while mails are under way"() {
        if (server.process.exitCode !== null) {
            peer.delayMs = 0;
            await server.start();
            await server.signIn();
            await sleep(2500); // what the stop left
        }
        await restart({ channels: "email" });
        await callOut(16);
        await until("some have gone", () => peer.mails.length > 4);
        peer.delayMs = 2000;
        await callOut(16);
        await until("some are under way", () => peer.underWay.size >= 3);
        const done = new Set(peer.mails.slice(0, 4).map((mail) => mail.id));
        await sleep(300);
        await server.kill();
        const flying = new Set(peer.underWay); // those of three that have got no answer yet
        must(flying.size > 0, "nothing was under way");
        await until("the peer has taken what it had", () => peer.underWay.size === 0);
        peer.delayMs = 0;
        const before = peer.mails.length;
        await server.start();
        await server.signIn();
        await until("those under way went again", () => [...flying].every((id) => peer.mails.slice(before).some((mail) => mail.id === id)));
        await sleep(1000);
        const again = peer.mails.filter((mail) => mail.perhapsTwice);
        must(again.length >= flying.size && again.length <= 4, `${again.length} perhaps twice, ${flying.size} were under way`);
        const counts = new Map();
        for (const mail of peer.mails) counts.set(mail.id, (counts.get(mail.id) ?? 0) + 1);
        const twice = [...counts].filter(([, count]) => count > 1).map(([id]) => id);
        must(twice.every((id) => again.some((mail) => mail.id === id)), "one came twice and does not say so");
        must(!twice.some((id) => done.has(id)), "one that was done went again");
        ok(`kill -9: ${twice.length} of ${counts.size} mails came twice, and only they say "perhaps twice"`);
    },

    async "a message to try a channel with"() {
        const tried = (...words) => new Promise((resolve) => {
            const child = spawn(program, ["try", ...words, "--dir", county.dir]);
            let said = "";
            for (const pipe of [child.stdout, child.stderr]) pipe.on("data", (part) => (said += part));
            child.on("exit", (code) => resolve({ code, said }));
        });
        await restart({ channels: "email file", smtp_url: `smtp://127.0.0.1:${peer.port}`, smtp_from: "muster@county.invalid", public_url: "https://links.invalid" });
        const taken = await tried("email", "--to", "duty@example.invalid");
        must(taken.code === 0 && /^email: taken/.test(taken.said), JSON.stringify(taken));
        const mail = peer.mails.find((one) => one.to === "duty@example.invalid"); // others may be under way yet
        must(mail && /测试消息.*A test message/.test(mail.subject) && mail.text.includes("https://links.invalid/"), JSON.stringify(mail));
        peer.behave = (one) => (one.to === "nobody@example.invalid" ? { code: 550, text: "no such mailbox" } : null);
        const refused = await tried("email", "--to", "nobody@example.invalid");
        must(refused.code === 1 && /email: .*550/.test(refused.said) && !refused.said.includes("nobody@"), JSON.stringify(refused));
        peer.behave = () => null;
        must((await tried("file")).code === 0 && mailbox(county).some((one) => one.kind === "test"), "the mailbox");
        for (const [words, code, says] of [
            [["email"], 2, /--to ADDRESS is missing/],
            [["email", "--to", "no address"], 1, /no address that email reaches/],
            [["sms", "--to", "10000123456"], 1, /gateway_url.*is empty/],
            [["webhook"], 1, /webhook_url.*is empty/],
            [["push"], 2, /in a browser/],
            [["pigeon"], 2, /CHANNEL is/],
        ]) {
            const one = await tried(...words);
            must(one.code === code && says.test(one.said), `${words}: ${JSON.stringify(one)}`);
        }
        ok("a test message arrives beside the running server, or says why not");
    },

    async "web hooks"() {
        const secret = "a key for the test";
        const secretFile = join(county.work, "hook.key");
        writeFileSync(secretFile, `${secret}\n`);
        const posts = []; // {id, at, body, headers}
        let answer = () => ({ status: 204 });
        const hook = createServer((request, response) => {
            const chunks = [];
            request.on("data", (part) => chunks.push(part));
            request.on("end", () => {
                const body = Buffer.concat(chunks);
                const post = { id: request.headers["x-muster-message"], at: performance.now(), body, headers: request.headers };
                posts.push(post);
                const { status, headers = {} } = answer(post);
                response.writeHead(status, headers).end();
            });
        });
        await new Promise((resolve) => hook.listen(0, "127.0.0.1", resolve));
        await restart({ channels: "webhook file", webhook_url: `http://127.0.0.1:${hook.address().port}/in`, webhook_secret_file: secretFile, public_url: "https://links.invalid//" });
        const allTaken = async (one) => (await alertsOf(one.callout)).every((alert) => stateOn(alert, "webhook") === "handed_over");

        const one = await callOut(4);
        await until("posts", () => allTaken(one));
        for (const post of posts) {
            const stamp = post.headers["x-muster-timestamp"];
            const mac = createHmac("sha256", secret).update(`${stamp}.`).update(post.body).digest();
            const given = Buffer.from(/^sha256=([0-9a-f]{64})$/.exec(post.headers["x-muster-signature"])[1], "hex");
            must(timingSafeEqual(mac, given), "the signature does not fit");
            must(Math.abs(Date.now() / 1000 - Number(stamp)) < 60, `timestamp ${stamp}`);
            const message = JSON.parse(post.body);
            must(message.link.startsWith("https://links.invalid/r/"), message.link); // public_url, whatever slashes end it
            must(message.id === post.id && message.to && message.reply_code.length === 4 && message.exercise === false, post.body.toString());
            must(!post.body.includes(name) && !post.body.includes(street), "a post says who asked or where");
        }
        ok(`${posts.length} posts, each signed with the key and its time`);
        await away(one);

        posts.length = 0;
        const triesOf = (id) => posts.filter((post) => post.id === id).map((post) => post.at);
        answer = (post) => (triesOf(post.id).length === 1 ? { status: 429, headers: { "retry-after": "4" } } : { status: 200 });
        const two = await callOut(4);
        const askedTwice = async (made) => (await allTaken(made)) && posts.every(({ id }) => triesOf(id).length === 2); // a wave that came meanwhile too
        await until("taken after 429", () => askedTwice(two));
        for (const { id } of posts) must(triesOf(id).length === 2 && triesOf(id)[1] - triesOf(id)[0] >= 3950, `429: again after ${triesOf(id)[1] - triesOf(id)[0]} ms`);
        await away(two);
        ok("429 with Retry-After: 4 is asked again after 4 s");

        posts.length = 0;
        answer = (post) => (triesOf(post.id).length === 1 ? { status: 500 } : { status: 200 });
        const three = await callOut(4);
        await until("taken after 500", () => askedTwice(three));
        for (const { id } of posts) must(triesOf(id).length === 2 && triesOf(id)[1] - triesOf(id)[0] >= 1950, "500: the second try");
        await away(three);
        ok("500 is asked again after 2 s");

        posts.length = 0;
        answer = () => ({ status: 400 });
        const four = await callOut(4);
        await until("the next channel", async () =>
            (await alertsOf(four.callout)).every((alert) => stateOn(alert, "webhook") === "failed" && stateOn(alert, "file") === "delivered"));
        await sleep(2500);
        must(posts.every(({ id }) => triesOf(id).length === 1), "400 was tried again");
        await away(four);
        ok("400 is final: the next channel at once");
        // What is wrong for all messages alike uses up nobody (a secret that was changed on one side).
        const voided = async (made) => (await alertsOf(made.callout)).filter((alert) => alert.state === "void").length;
        await restart({ channels: "webhook" });
        const figure = async (name) => Number(new RegExp(`^muster_channel_${name}{channel="webhook"} (\\d+)$`, "m").exec(await (await fetch(`${server.url}/metrics`)).text())[1]);
        for (const [status, most] of [[401, 0], [302, 0], [404, 20]]) {
            answer = () => ({ status, headers: { location: "https://elsewhere.invalid/" } });
            const five = await callOut(4);
            await sleep(5000);
            const lost = await voided(five);
            must(lost <= most, `${status}: ${lost} people are used up`);
            must((await figure("resting")) === 1 && (await figure("retried_total")) > 0, `${status}: the figures do not tell of it`);
            posts.length = 0;
            answer = () => ({ status: 200 });
            await until("the rest went once it was put right", async () => (await alertsOf(five.callout)).every((alert) => alert.state === "void" || stateOn(alert, "webhook") === "handed_over"));
            must((await voided(five)) <= most + 5 && posts.length > 3, `${status}: ${posts.length} went`);
            must((await figure("resting")) === 0 && (await figure("handed_over_total")) > 3, `${status}: the figures after it`);
            await away(five);
        }
        ok("a peer that refuses all alike is left alone, and asked again: nobody is used up");
        hook.closeAllConnections();
        await new Promise((resolve) => hook.close(resolve));
    },
};

await tellStory("channels", {
    server,
    county,
    parts,
    ok,
    begin: async () => {
        await server.start();
        await server.signIn();
        await restart({ channels: "email file", smtp_url: `smtp://127.0.0.1:${peer.port}`, smtp_from: "muster@county.invalid", unread_s: unreadMs / 1000 });
    },
    end: () => peer.close(),
});
