// SPDX-License-Identifier: Apache-2.0
// Notifications in a browser: a push service of the test's own takes what is posted, checks who
// signed it and opens it as a browser would (RFC 8291, 8292, here by Node's own crypto).
import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, verify as verifySignature } from "node:crypto";
import { createServer } from "node:http";
import { Phone, Server, anyHour, configure, counted, makeCounty, must, tellStory, until } from "../fault/lib.mjs";

const county = makeCounty(3000);
const server = new Server(county);
const ok = counted();

// ---- the push service, and a browser of it
const posts = [];
let answer = { status: 201 };
const service = createServer((request, response) => {
    const chunks = [];
    request.on("data", (part) => chunks.push(part));
    request.on("end", () => {
        posts.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks), at: Date.now() });
        response.writeHead(answer.status, answer.headers ?? {}).end();
    });
});
await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
const origin = `http://127.0.0.1:${service.address().port}`;

class Browser {
    constructor(name) {
        this.path = `/box/${name}`;
        this.pair = createECDH("prime256v1");
        this.pair.generateKeys();
        this.secret = randomBytes(16);
    }
    subscription() {
        return { push: true, push_endpoint: origin + this.path, push_p256dh: this.pair.getPublicKey("base64url"), push_auth: this.secret.toString("base64url") };
    }
    /** RFC 8188 and 8291. */
    open(body) {
        const [salt, theirs] = [body.subarray(0, 16), body.subarray(21, 86)];
        must(body.readUInt32BE(16) === 4096 && body[20] === 65, "the record's header");
        const info = Buffer.concat([Buffer.from("WebPush: info\0"), this.pair.getPublicKey(), theirs]);
        const shared = Buffer.from(hkdfSync("sha256", this.pair.computeSecret(theirs), this.secret, info, 32));
        const derive = (what, size) => Buffer.from(hkdfSync("sha256", shared, salt, Buffer.from(`Content-Encoding: ${what}\0`), size));
        const cipher = createDecipheriv("aes-128-gcm", derive("aes128gcm", 16), derive("nonce", 12));
        cipher.setAuthTag(body.subarray(-16));
        const plain = Buffer.concat([cipher.update(body.subarray(86, -16)), cipher.final()]);
        const end = plain.lastIndexOf(2);
        must(plain.subarray(end + 1).every((byte) => byte === 0), "the padding");
        return JSON.parse(plain.subarray(0, end));
    }
    notifications() {
        return posts.filter((post) => post.path === this.path).map((post) => ({ ...post, said: this.open(post.body) }));
    }
}

/** The claims, if KEY has signed them (RFC 8292). */
function claimsOf(authorization, key) {
    const [, head, claims, signature, k] = /^vapid t=([^.]+)\.([^.]+)\.([^,]+), k=(.+)$/.exec(authorization);
    must(k === key, "another key than the page tells");
    const point = Buffer.from(k, "base64url");
    const jwk = { kty: "EC", crv: "P-256", x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url") };
    const good = verifySignature("sha256", Buffer.from(`${head}.${claims}`), { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
    must(good, "the signature is wrong");
    must(JSON.parse(Buffer.from(head, "base64url")).alg === "ES256", "the algorithm");
    return JSON.parse(Buffer.from(claims, "base64url"));
}

// ---- people and call-outs
/** A person's own page, after the digits. */
class OwnPage {
    static async of(number) {
        const page = new OwnPage();
        const person = await server.call(200, "GET", `/api/v1/people/${number}`);
        Object.assign(page, { number, path: `/m/${person.own_page}`, cookie: "", phone: person.phone });
        await page.post(200, { digits: person.phone.replace(/\D/g, "").slice(-4) });
        return page;
    }
    async look() {
        return (await fetch(server.url + this.path, { headers: { accept: "application/json", cookie: this.cookie } })).json();
    }
    async post(want, fields) {
        const { nonce } = await this.look();
        const headers = { accept: "application/json", "accept-language": this.language ?? "zh", "content-type": "application/json", cookie: this.cookie };
        const response = await fetch(server.url + this.path, { method: "POST", headers, body: JSON.stringify({ nonce, ...fields }) });
        const text = await response.text();
        must(response.status === want, `${JSON.stringify(fields)}: ${response.status} ${text}`);
        const set = response.headers.get("set-cookie");
        if (set) this.cookie = set.split(";")[0];
        return JSON.parse(text);
    }
}

async function callOut(numbers, more = {}) {
    const { incident, need } = await server.need(server.elsewhere(), 1, { target: 0.5 }, more);
    return { incident, callout: await server.callOut(need, { ...(more.exercise ? { reason: anyHour.reason } : anyHour), force: numbers }) };
}
const alertOf = async (one, number) => (await server.call(200, "GET", `/api/v1/callouts/${one.callout}/alerts?limit=1000`)).items.find((alert) => alert.number === number);
const channelsOf = async (one, number) => (await alertOf(one, number)).channels.map(({ channel, state }) => `${channel} ${state}`);
const away = (one) => server.call(200, "POST", `/api/v1/incidents/${one.incident}/steps`, { step: "cancel", reason: "the test is over" });
const numbers = async () => (await server.call(200, "GET", "/api/v1/people?limit=50")).items.filter((person) => !person.suspended && !person.paused_until).map((person) => person.number);
let taken = 10;
const take = async () => (await numbers())[taken++];

const parts = {
    async "a telephone shows a notification"() {
        const [number, browser] = [await take(), new Browser("one")];
        const page = await OwnPage.of(number);
        const before = await page.look();
        must(/^B[\w-]{86}$/.test(before.push_key) && before.push_p256dh === undefined, JSON.stringify(before));
        must((await page.post(200, browser.subscription())).push_p256dh === browser.subscription().push_p256dh, "not kept");
        must((await server.call(200, "GET", `/api/v1/people/${number}`)).push === true, "the office is not told");
        const one = await callOut([number]);
        const [notification] = await until("a notification", () => browser.notifications().length > 0 && browser.notifications());
        const claims = claimsOf(notification.headers.authorization, before.push_key);
        must(claims.aud === origin && claims.sub === "mailto:muster@mail.example", JSON.stringify(claims));
        must(claims.exp * 1000 - Date.now() > 3600000 && claims.exp * 1000 - Date.now() <= 24 * 3600000, "its end");
        must(notification.headers["content-encoding"] === "aes128gcm" && notification.headers.urgency === "high", JSON.stringify(notification.headers));
        must(Number(notification.headers.ttl) > 60 && Number(notification.headers.ttl) <= 3600, notification.headers.ttl);
        must(/需要您帮忙：洪涝$/.test(notification.said.subject) && /能不能来，请点一下。$/.test(notification.said.text), JSON.stringify(notification.said));
        must(notification.said.urgent && notification.said.lang === "zh" && !notification.said.exercise, JSON.stringify(notification.said));
        await until("that it is handed over", async () => (await channelsOf(one, number)).includes("push handed_over")); // the service has it first
        const phone = new Phone(notification.said.link);
        must((await phone.answer(server.url, "accept")).state === "assigned", "no yes");
        await away(one);
        const off = await until("that it is off", () => browser.notifications().find(({ said }) => said.kind === "stand_down"));
        must(off.headers.topic === notification.headers.topic && off.headers.urgency === "normal" && !off.said.urgent, JSON.stringify(off.headers));
        ok("a notification, signed and sealed; its link is answered; a stand-down takes its place");
    },

    async "in the language of the page, with an exercise's mark"() {
        const [number, browser] = [await take(), new Browser("english")];
        const page = await OwnPage.of(number);
        page.language = "en";
        await page.post(200, browser.subscription());
        const one = await callOut([number], { exercise: true });
        const [notification] = await until("a notification", () => browser.notifications().length > 0 && browser.notifications());
        must(/^\[Exercise\] Can you help\?/.test(notification.said.subject) && /you can come\.$/.test(notification.said.text), JSON.stringify(notification.said));
        must(notification.said.exercise && notification.said.lang === "en", JSON.stringify(notification.said));
        await away(one);
        ok("English where the page was, and an exercise says that it is one");
    },

    async "a browser that is gone, a service that is busy"() {
        const [number, browser] = [await take(), new Browser("gone")];
        const page = await OwnPage.of(number);
        await page.post(200, browser.subscription());
        answer = { status: 429, headers: { "retry-after": "3" } };
        const one = await callOut([number]);
        const [first] = await until("a try", () => browser.notifications().length > 0 && browser.notifications());
        answer = { status: 410 };
        const [, second] = await until("another try", () => browser.notifications().length > 1 && browser.notifications());
        must(second.at - first.at >= 2900 && second.said.id === first.said.id, `${second.at - first.at} ms`);
        await until("the next channel", async () => (await channelsOf(one, number)).includes("file delivered"));
        must((await channelsOf(one, number)).includes("push failed"), JSON.stringify(await channelsOf(one, number)));
        await until("forgotten", async () => (await page.look()).push_p256dh === undefined);
        await away(one);
        answer = { status: 201 };
        const again = await callOut([number]);
        await until("the other channel at once", async () => (await alertOf(again, number)).channels.length > 0);
        must((await channelsOf(again, number)).every((line) => line.startsWith("file ")), JSON.stringify(await channelsOf(again, number)));
        await away(again);
        ok("asked again after what it says; gone: the next channel, and no notification more");
    },

    async "no more notifications, over a restart, on another telephone"() {
        const [number, old, fresh] = [await take(), new Browser("old"), new Browser("new")];
        const page = await OwnPage.of(number);
        await page.post(200, old.subscription());
        const { push_key } = await page.look();
        await server.kill();
        await server.start();
        await server.signIn();
        must((await page.look()).push_key === push_key, "the key changed");
        const one = await callOut([number]);
        await until("a notification", () => old.notifications().length > 0);
        await away(one);
        await page.post(200, fresh.subscription());
        const two = await callOut([number]);
        await until("a notification", () => fresh.notifications().length > 0);
        await away(two);
        const seen = old.notifications().length;
        await page.post(200, { push: false });
        must((await page.look()).push_p256dh === undefined, "still on");
        const three = await callOut([number]);
        await until("the other channel", async () => (await channelsOf(three, number)).some((line) => line.startsWith("file ")));
        must(old.notifications().every(({ said }) => said.kind !== "alert" || said.link === old.notifications()[0].said.link) && old.notifications().length <= seen + 1, "the old one still gets them");
        await away(three);
        ok("kept over a restart; moved to another browser; ended");
    },

    async "a course that is off"() {
        const [number, browser] = [await take(), new Browser("course")];
        const page = await OwnPage.of(number);
        await page.post(200, browser.subscription());
        const starts_at = new Date(Date.now() + 90 * 60000).toISOString(); // too soon to wait for the morning
        const course = await server.call(201, "POST", "/api/v1/courses", { title: "急救初训", area: "root", skills: ["first-aid"], starts_at, seats: 5 });
        await page.post(200, { course: course.id, sign_up: true });
        await server.call(200, "POST", `/api/v1/courses/${course.id}/steps`, { step: "cancel" });
        const [off] = await until("that it is off", () => browser.notifications().length > 0 && browser.notifications());
        must(off.said.subject === "培训取消：急救初训" && /请不要过来。/.test(off.said.text), JSON.stringify(off.said));
        must(new URL(off.said.link).pathname === page.path && off.headers.topic === `course-${course.id}`, JSON.stringify(off));
        ok("who signed up for a course that is off is told in the browser");
    },

    async "a desk's browser"() {
        const { items } = await server.call(200, "GET", "/api/v1/areas?limit=100");
        const city = items.find(({ level }) => level === "city"), town = items.find(({ level }) => level === "town");
        await server.call(201, "POST", "/api/v1/accounts", { account: "duty", password: "a long password", roles: [{ role: "dispatcher", area: city.code }] });
        county.passwords.duty = "a long password";
        const officer = new Server(county);
        officer.url = server.url;
        await officer.signIn("duty");
        const turnOn = ({ push, ...given }, lang) => officer.call(204, "PUT", "/api/v1/sessions/current/browser", { ...given, lang });
        const session = () => officer.call(200, "GET", "/api/v1/sessions/current");
        const end = (id) => server.call(200, "POST", `/api/v1/incidents/${id}/steps`, { step: "cancel", reason: "the test is over" });
        const report = async () => (await server.call(201, "POST", "/api/v1/incidents", { kind: "fire", at: town.at, title: "某某家着火" })).id;
        const askAbove = async () => {
            const id = await report();
            const need = await server.call(201, "POST", `/api/v1/incidents/${id}/needs`, { at: town.at, within_minutes: 60, lines: [{ skills: [], count: 1 }], reserve: 0, target: 0.5 });
            await server.call(200, "POST", `/api/v1/needs/${need.id}/steps`, { step: "escalate", reason: "某某不在" });
            return id;
        };
        const [first, second] = [new Browser("desk"), new Browser("desk-2")];
        must(/^B[\w-]{86}$/.test((await session()).push_key) && (await session()).push_p256dh === undefined, JSON.stringify(await session()));
        await turnOn(first.subscription(), "zh");
        must((await session()).push_p256dh === first.subscription().push_p256dh, "not kept");
        const one = await report();
        const [told] = await until("a notification", () => first.notifications().length > 0 && first.notifications());
        must(/^有事件待确认：.*火灾$/.test(told.said.subject) && told.said.kind === "desk_reported" && told.said.urgent, JSON.stringify(told.said));
        must(new URL(told.said.link).pathname === `/incidents/${one}` && !JSON.stringify(told.said).includes("某某"), JSON.stringify(told.said));
        must(told.headers.topic === `desk_reported-${one}` && told.headers.ttl === "3600", JSON.stringify(told.headers));
        // Gone: forgotten. Turned on again it is another one, which the sign-out ends.
        answer = { status: 410 };
        const two = await askAbove();
        await until("forgotten", async () => (await session()).push_p256dh === undefined);
        answer = { status: 201 };
        await turnOn(second.subscription(), "en");
        const three = await askAbove();
        const [asked] = await until("a notification", () => second.notifications().length > 0 && second.notifications());
        must(/^Short of people: fire in /.test(asked.said.subject) && !JSON.stringify(asked.said).includes("某某"), JSON.stringify(asked.said));
        await officer.call(204, "DELETE", "/api/v1/sessions/current");
        const four = await askAbove();
        await new Promise((wake) => setTimeout(wake, 2000));
        must(second.notifications().length === 1, "told after the sign-out");
        for (const id of [one, two, three, four]) await end(id);
        ok("a desk's officer is told in the browser: what and where to look, until the sign-out");
    },

    async "what is refused"() {
        const page = await OwnPage.of(await take());
        const good = new Browser("good").subscription();
        for (const endpoint of ["http://127.0.0.1:1/box", "https://127.0.0.1/x", "https://evil.example/fcm.googleapis.com", "file:///etc/passwd", `${origin}@evil.example/`, `${origin}/ x`, ""]) {
            const problem = await page.post(422, { ...good, push_endpoint: endpoint });
            must(problem.errors?.some(({ pointer }) => pointer === "/push_endpoint"), JSON.stringify(problem));
        }
        await page.post(422, { ...good, push_p256dh: "AAAA" });
        await page.post(422, { ...good, push_auth: undefined });
        await page.post(422, { ...good, push_endpoint: `${origin}/${"a".repeat(700)}` });
        must((await page.look()).push_p256dh === undefined, "something was kept");
        const stranger = await fetch(server.url + page.path, { method: "POST", headers: { accept: "application/json", "content-type": "application/json" }, body: JSON.stringify({ nonce: (await page.look()).nonce, ...good }) });
        must(stranger.status === 403, `without the digits: ${stranger.status}`);
        await server.stop();
        configure(county, { channels: "file" });
        await server.start();
        await server.signIn();
        must((await page.look()).push_key === undefined, "a key though it is no channel");
        await page.post(422, good);
        ok("other addresses, other keys, no digits, no such channel");
    },
};

await tellStory("push", {
    server,
    county,
    parts,
    ok,
    begin: async () => {
        await server.start();
        await server.stop();
        configure(county, { channels: "push file", push_contact: "muster@mail.example", push_services: `fcm.googleapis.com ${origin}`, unread_s: 3600, desk_next_s: 10 });
        await server.start();
        await server.signIn();
    },
    end: () => {
        service.closeAllConnections();
        service.close();
    },
});
