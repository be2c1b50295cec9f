// SPDX-License-Identifier: Apache-2.0
// Text messages and calls over a telephone gateway: what goes out, what comes back by a digit
// or a key, receipts, and what a gateway may not do.
import { createHmac, randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { Phone, Server, anyHour, configure, counted, makeCounty, must, sleep, tellStory, until } from "../fault/lib.mjs";

const county = makeCounty(3000);
const server = new Server(county);
const secret = "a key for the test";
const ok = counted();

// ---- the gateway: takes what is posted to it, and posts what its telephones say
const posts = [];
const sign = (stamp, body) => `sha256=${createHmac("sha256", secret).update(`${stamp}.`).update(body).digest("hex")}`;
const gateway = createServer((request, response) => {
    const chunks = [];
    request.on("data", (part) => chunks.push(part));
    request.on("end", () => {
        const body = Buffer.concat(chunks);
        must(request.headers["x-muster-signature"] === sign(request.headers["x-muster-timestamp"], body), "a post is not signed");
        posts.push(JSON.parse(body));
        response.writeHead(204).end();
    });
});
await new Promise((resolve) => gateway.listen(0, "127.0.0.1", resolve));

async function post(want, path, fields, { key, age = 0, at = Date.now(), signature } = {}) {
    const body = JSON.stringify(fields);
    const stamp = String(Math.floor(at / 1000) - age);
    const answer = await fetch(`${server.url}/api/v1/gateway/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-muster-timestamp": stamp, "x-muster-signature": signature ?? sign(stamp, body), ...(key ? { "idempotency-key": key } : {}) },
        body,
    });
    const text = await answer.text();
    must(answer.status === want || (want instanceof Set && want.has(answer.status)), `${path} ${body}: ${answer.status} ${text}`);
    return text ? JSON.parse(text) : null;
}
/** Somebody with this telephone writes TEXT. */
const write = (message, text, more = {}) => post(200, "replies", { from: message.phone, text, id: randomUUID(), ...more.fields }, { key: randomUUID(), ...more });
const receipt = (message, state) => post(204, "receipts", { id: message.id, state });

async function callOut(count, more = {}) {
    const { incident, need } = await server.need(server.elsewhere(), count);
    return { incident, callout: await server.callOut(need, { ...anyHour, ...more }) };
}
const alertsOf = async (one) => (await server.call(200, "GET", `/api/v1/callouts/${one.callout}/alerts?limit=1000`)).items;
const alertOf = async (one, message) => (await alertsOf(one)).find((alert) => alert.number === message.to);
const stateOf = async (one, message) => (await alertOf(one, message)).state;
const assignmentOf = async (one, message) => (await server.call(200, "GET", `/api/v1/callouts/${one.callout}`)).assignments.find((assignment) => assignment.number === message.to);
const eventsOf = async (one) => (await server.call(200, "GET", `/api/v1/incidents/${one.incident}/events?limit=1000`)).items;
const sent = (kind, to) => posts.filter((message) => message.kind === kind && (!to || message.to === to));
/** The messages of a call-out, when each of its alerts has got one. */
async function alerted(one, channel = "sms") {
    return until("texts", async () => {
        const alerts = await alertsOf(one);
        const found = alerts.map((alert) => posts.findLast((message) => message.kind === "alert" && message.channel === channel && message.to === alert.number));
        return found.every(Boolean) && found;
    });
}
const away = (one) => server.call(200, "POST", `/api/v1/incidents/${one.incident}/steps`, { step: "cancel", reason: "the test is over" });
async function restart(keys) {
    await server.stop();
    configure(county, keys);
    await server.start();
    await server.signIn();
    posts.length = 0;
}

const parts = {
    async "a text is answered by a digit"() {
        const one = await callOut(3);
        const [yes, no, later, odd] = await alerted(one);
        for (const message of sent("alert")) {
            must(/^\d{11}$/.test(message.phone) && /^\d{4}$/.test(message.reply_code), JSON.stringify(message));
            must(message.text.includes("回复1能来，2不能来") && message.text.includes(`编号${message.reply_code}`), message.text);
            must(message.text.includes(message.link) && !/Please/.test(message.text), message.text);
        }
        const said = await write(yes, "1");
        must(said.taken && said.state === "assigned" && /请出发.*打不开请打值班电话：0573-00000000$/.test(said.say), JSON.stringify(said));
        must((await assignmentOf(one, yes)).sees_place === false, "the board does not say that the place is not seen");
        must((await stateOf(one, yes)) === "accepted", "no yes");
        must((await write(no, "来不了")).state === "declined" && (await stateOf(one, no)) === "declined", "no no");
        must((await write(later, "３ 20分钟，谢谢")).state === "limited", "no later");
        must((await alertOf(one, later)).ready_in_minutes === 20, "the minutes");
        const unread = await write(odd, "我在外地，问问我弟弟");
        must(!unread.taken && /^您的话已转给值班员。能来请回复1.*0573-00000000$/.test(unread.say), JSON.stringify(unread));
        must(/3 20/.test((await write(odd, "3")).say), "asked for the minutes");
        must(/^您的话已转给/.test((await write(odd, "")).say) && /^您的话已转给/.test((await write(odd, "1\n".repeat(400))).say), "nothing, or very much");
        must((await stateOf(one, odd)) === "pending", "something was taken for an answer");
        const events = await eventsOf(one);
        for (const kind of ["alert.accepted", "alert.declined", "alert.limited"]) must(events.find((event) => event.kind === kind)?.code === "text", `${kind} does not say how`);
        const words = events.find((event) => event.kind === "alert.said");
        must(words?.reason === "我在外地，问问我弟弟" && words.person === odd.to, JSON.stringify(words));
        must(/^您的话已转给值班员。值班电话/.test((await write(yes, "桥断了，我绕路")).say), "words of who comes");
        ok("yes, no and later by text; other words are no answer, and the dispatcher reads them");

        const details = await until("where to go", () => sent("details", yes.to)[0]);
        must(/出发回复4，到了回复5/.test(details.text), details.text);
        const phone = new Phone(yes.link);
        must((await phone.look(server.url)).address === undefined, "an address before the first press");
        await phone.answer(server.url, "accept");
        must((await phone.look(server.url)).address && (await assignmentOf(one, yes)).sees_place, "the place after the first press");
        must((await write(yes, "4")).state === "en_route" && (await write(yes, "到了")).state === "on_scene", "on the way");
        must((await write(yes, "9")).taken && (await assignmentOf(one, yes)).sos, "a call for help");
        await server.call(201, "POST", `/api/v1/incidents/${one.incident}/roll-calls`);
        const call = await until("a roll call", () => sent("roll_call", yes.to)[0]);
        must(/平安回复1/.test(call.text) && (await write(yes, "1")).taken, call.text);
        must((await eventsOf(one)).some((event) => event.kind === "assignment.here"), "here");
        must((await write(yes, "6")).state === "released", "home");
        const refused = await write(yes, "2");
        must(!refused.taken && /现在不能这样回复/.test(refused.say), JSON.stringify(refused));
        ok("on the way, there, help, roll call, home: by text");
        await away(one).catch(() => {});
    },

    async "an answer that comes again changes nothing"() {
        const one = await callOut(2);
        const [first] = await alerted(one);
        const key = randomUUID();
        const text = { key, fields: { id: key } };
        const yes = await write(first, "1", text);
        must((await write(first, "2")).state === "withdrawn", "withdrawn");
        const again = await write(first, "1", text);
        must(yes.taken && again.taken && again.state === "withdrawn", JSON.stringify(again));
        must((await assignmentOf(one, first)).state === "withdrawn", "the yes of before came again");
        ok("the gateway's second try of a text is answered, and not counted");

        const [, second] = await alerted(one);
        const at = Date.now(), fields = { id: "t-8801" };
        must((await write(second, "1", { at, fields })).state === "assigned" && (await write(second, "2")).state === "withdrawn", "came, and does not");
        for (const key of [randomUUID(), undefined]) {
            const replayed = await write(second, "1", { at, fields, key });
            must(replayed.state === "withdrawn", JSON.stringify(replayed));
        }
        must((await assignmentOf(one, second)).state === "withdrawn", "a post that was overheard has called somebody back");
        const words = { at: Date.now(), fields };
        for (let i = 0; i < 3; i++) must(/已转给/.test((await write(second, "桥断了", words)).say), "words");
        must((await eventsOf(one)).filter((event) => event.kind === "alert.said").length === 1, "words stand in the timeline three times");
        await away(one);
        ok("a signed post that is posted again under another key, or none, changes nothing");
    },

    async "two alerts at one telephone"() {
        const number = (await server.call(200, "GET", "/api/v1/people?limit=200")).items.find((person) => !person.suspended && !person.paused_until).number;
        const one = await callOut(2, { force: [number] }), two = await callOut(2, { force: [number] });
        const mine = await until("two texts", () => {
            const found = sent("alert", number);
            return found.length === 2 && found;
        });
        must(mine[0].reply_code !== mine[1].reply_code, "one code twice");
        const which = await write(mine[0], "1");
        must(!which.taken && /编号/.test(which.say), JSON.stringify(which));
        must((await stateOf(one, mine[0])) === "pending" && (await stateOf(two, mine[1])) === "pending", "one of two was taken");
        must((await write(mine[1], `${mine[1].reply_code} 2`)).state === "declined", "with its code");
        must((await stateOf(one, mine[0])) === "pending" && (await stateOf(two, mine[1])) === "declined", "the wrong one");
        must((await write(mine[0], "1", { fields: { code: mine[0].reply_code } })).state === "assigned", "by the gateway's code");
        must((await stateOf(one, mine[0])) === "accepted", "the right one");
        must(!(await write(mine[0], "0000 1")).taken || mine.some((message) => message.reply_code === "0000"), "a code of nobody");
        await away(one);
        await away(two);
        const late = await write(mine[0], "1");
        must(/没有需要您回复|不用您来了/.test(late.say), JSON.stringify(late)); // it may be still on the board
        ok("several at once need the code, and nobody answers for the wrong one");
    },

    async "one telephone of two people"() {
        const one = await callOut(3);
        const [first, second] = await alerted(one);
        const path = `${server.url}/api/v1/people/${second.to}`;
        const headers = { cookie: server.cookie, "x-muster-csrf": server.csrf };
        const etag = (await fetch(path, { headers })).headers.get("etag");
        const changed = await fetch(path, { method: "PATCH", headers: { ...headers, "if-match": etag, "content-type": "application/merge-patch+json" }, body: JSON.stringify({ phone: `+86 ${first.phone}` }) });
        must(changed.status === 200, `PATCH: ${changed.status} ${await changed.text()}`);
        must(!(await write(first, "1")).taken, "whose yes it is was guessed");
        must((await write(first, `${second.reply_code}2`)).state === "declined", "the second one's code");
        must((await stateOf(one, second)) === "declined" && (await stateOf(one, first)) === "pending", "the wrong person");
        must((await write(first, "1")).state === "assigned" && (await stateOf(one, first)) === "accepted", "the one who is left");
        await away(one);
        ok("two people with one telephone are told apart by the code");
    },

    async "receipts, and the next channel"() {
        await restart({ channels: "sms voice", voice_s: 3600 });
        const one = await callOut(3);
        const [there, gone] = await alerted(one);
        await receipt(there, "delivered");
        await receipt(there, "delivered");
        await receipt(gone, "failed");
        const call = await until("a call in place of the text", () => posts.find((message) => message.channel === "voice" && message.to === gone.to));
        must(/能来请按1，不能来请按2。$/.test(call.text) && call.phone === gone.phone, call.text);
        const channels = (await alertOf(one, there)).channels;
        must(channels.length === 1 && channels[0].channel === "sms" && channels[0].state === "delivered", JSON.stringify(channels));
        must((await write(call, "1", { fields: { code: call.reply_code } })).state === "assigned", "the key pressed");
        await post(204, "receipts", { id: "999999", state: "delivered" });
        await away(one);

        await restart({ channels: "sms voice", voice_s: 5 });
        const two = await callOut(2);
        const [answered, ...unread] = await alerted(two);
        await write(answered, "2");
        const called = () => posts.filter((message) => message.channel === "voice").map((message) => message.to);
        await until("calls", () => unread.every((message) => called().includes(message.to)));
        must(!called().includes(answered.to), "who had answered was called");
        await away(two);
        ok("a text that did not arrive, or lies unread, becomes a call; its keys answer");
    },

    async "what a gateway may not do"() {
        const answer = { from: "10000000000", text: "1" };
        await post(403, "replies", answer, { signature: `sha256=${"0".repeat(64)}` });
        await post(403, "replies", answer, { signature: "" });
        await post(403, "replies", answer, { age: 400 });
        await post(403, "receipts", { id: "1", state: "delivered" }, { age: -400 });
        await post(422, "receipts", { id: "x", state: "delivered" });
        await post(422, "receipts", { id: "1", state: "lost" });
        await post(422, "replies", { ...answer, code: "12a4" });
        await post(422, "replies", { from: "10000000000" });
        must(!(await post(200, "replies", answer)).taken, "a number of nobody");
        const busy = { from: "10000000001", text: "1" }; // a few more if this takes long
        for (let i = 0; i < 30; i++) await post(200, "replies", busy);
        let refused = 0;
        for (let i = 0; i < 30; i++) refused += (await post(new Set([200, 429]), "replies", busy)).status === 429;
        must(refused > 10, `${refused} refused`);
        await restart({ channels: "file", gateway_secret_file: "" });
        await post(404, "replies", answer);
        ok("unsigned, old, or not configured: refused; thirty a minute of one telephone");
    },
};

await tellStory("gateway", {
    server,
    county,
    parts,
    ok,
    begin: async () => {
        writeFileSync(join(county.work, "gateway.key"), `${secret}\n`);
        await server.start();
        await restart({ channels: "sms", gateway_url: `http://127.0.0.1:${gateway.address().port}/out`, gateway_secret_file: join(county.work, "gateway.key"), duty_phone: "0573-00000000", unread_s: 3600 });
    },
    end: () => {
        gateway.closeAllConnections();
        gateway.close();
    },
});
