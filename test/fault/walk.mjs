// SPDX-License-Identifier: Apache-2.0
// walk.mjs [STEPS] [SEED]: a client of every role and area, and of none, that takes the server at its
// word: it reads the OpenAPI document and walks at random through all routes with what the schemas
// take, nearly take, and never would, repeats and interleaves requests, uses keys and versions
// wrongly and hangs up, while people answer and half way a day passes. Judged: no failure but an honest 503; refusals are
// problems, answers are as declared; nobody learns of people outside their areas; keys and versions
// hold; the log holds nothing personal; the folder verifies and the process has let go of everything.
// What fails is shown with the requests that made the ids in it; FINDINGS=n goes on to the n-th.
// STORE and MUSTER_POSTGRES (test/tools/on-postgres.sh): on PostgreSQL, where the database's clock rules and no day passes.
// The same seed invents the same requests; which of two at once comes first is the machine's.
import { execFileSync } from "node:child_process";
import { createECDH, createHmac, randomBytes } from "node:crypto";
import { Agent, createServer, request as httpRequest } from "node:http";
import { connect } from "node:net";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { Phone, Server, configure, counted, filesOf, mailbox, makeCounty, must, program, seeded, sleep, tellStory, totalOf } from "./lib.mjs";
import { Shapes, rawBody } from "./shape.mjs";
import { Faults, buildShim } from "./shim.mjs";

const steps = Number(process.argv[2] ?? 2000), seed = Number(process.argv[3] ?? 1);
process.argv.length = 2; // the story has one part
const PEOPLE = 300, AT_ONCE = 6, SETTLES_S = 20, ANSWERS_EVERY = 5, FINDINGS_MAX = Number(process.env.FINDINGS ?? 1);
const random = seeded(seed), among = (list) => list[Math.floor(random() * list.length)], chance = (share) => random() < share;
const county = makeCounty(PEOPLE), server = new Server(county), ok = counted(), agent = new Agent({ keepAlive: true, maxSockets: 16 });
const DAY_S = 25 * 3600, GATEWAY_SECRET = "a secret of the gateway and the server";
if (process.env.STORE === "postgres") county.store = `${process.env.MUSTER_POSTGRES}&options=-cmuster.schema%3Dwalk_${process.pid}`;
const shim = county.store || /\b[at]san\b/.test(program) ? null : buildShim(), faults = new Faults(county.work); // a sanitizer has malloc to itself
let ahead_s = 0;
const now = () => Date.now() + 1000 * ahead_s; // of the server
const told = []; // requests as they were sent, by their number
const pools = new Map(); // name of what has an id -> id -> the number of the request that showed it first
const statuses = new Map(), reached = new Set(), forbidden = new Set(); // of operations: answered with 2xx; account and operation that was 403
const secrets = []; // what must never stand in the log
const beside = new Map(); // of a thing (its path): numbers of people that stand in what it says or was told
let shapes, operations, collections, accounts, areas, people, outside, asking, about; // the last two: the account that a request is made up for, and the thing

// ---- what is known ----
function learn(pool, id, by) {
    if (!pools.has(pool)) pools.set(pool, new Map());
    const known = pools.get(pool);
    if (!known.has(id)) known.set(id, by);
    if (known.size > 400) known.delete(known.keys().next().value);
}
const known = (pool) => (pools.has(pool) ? [...pools.get(pool).keys()] : []);
const plural = { incident: "incidents", need: "needs", callout: "callouts", alert: "alerts", assignment: "assignments", course: "courses", finding: "findings", closure: "closures", response: "responses", import: "imports", applicant: "applicants" };

/** The thing that PATH is about, as "courses/12"; nothing if that is a list. */
const thingOf = (path) => /^\/api\/v1\/(\w+\/[^/?]+)/.exec(path)?.[1];
function learnBeside(path, number) {
    const thing = thingOf(path);
    if (!beside.has(thing)) beside.set(thing, new Set());
    beside.get(thing).add(number);
}
/** Takes the ids out of an answer: those of a member NAME are of the pool of that name. */
function study(value, name, by) {
    if (Array.isArray(value)) return value.forEach((each) => study(each, name, by));
    if (value === null || typeof value !== "object") return;
    for (const [key, each] of Object.entries(value)) {
        if (key === "id" && Number.isInteger(each)) learn(name, each, by);
        else if (plural[key] && Number.isInteger(each)) learn(plural[key], each, by);
        else if (key === "number" && typeof each === "string") (learn("people", each, by), learnBeside(told[by].path, each));
        else if (key === "certificate" && typeof each === "string") learn("services", each, by);
        else if (key === "case" && typeof each === "string") learn("cases", each, by);
        else study(each, plural[key] ?? (key === "items" ? name : key), by);
    }
}

const place = () => ({ lat: 30.66 + random() * 0.09, lon: 120.99 + random() * 0.12 });
const word = () => `a long word ${told.length}`;
/** A value for a member or parameter of this name, with what stands before it in the body. */
function named(name, schema, before) {
    const some = (pool) => (known(pool).length ? among(known(pool)) : undefined);
    const near = beside.get(about);
    if (["passed", "failed", "number", "exclude", "force"].includes(name) && schema.type === "string" && near && chance(0.7)) return among([...near]);
    if (name === "password") return county.passwords[before.account ?? asking?.account] ?? word();
    if (name === "new_password") return word();
    if (name === "code" && schema.type === "string") return some("codes");
    if (name === "from" && schema.type === "string") return some("phones");
    if (name === "text" && before.from) return among(["1", "2", "3 20", "4", "5", "6", "9", "?", `${some("codes")} 1`]);
    if (name === "id" && schema.type === "string") return some("messages");
    if (name.startsWith("push_")) return subscription()[name];
    if (name === "at" || name === "home") return schema.properties ? place() : undefined;
    if (plural[name] && schema.type === "integer") return some(plural[name]);
    if (name === "into") return some("incidents");
    if (["exclude", "force", "numbers", "number", "people", "passed", "failed"].includes(name) && schema.type === "string") return some("people");
    if (name === "area" || name === "parent" || (name === "areas" && schema.type === "string")) return asking && chance(0.6) ? asking.roles[0].area : among(areas).code;
    if (name === "certificates" && schema.type === "string") return "boat:2030-05-01";
    if (name === "organisations" && schema.type === "string") return "社区志愿队（示例）";
    if (name === "skills" && schema.type === "string") return among(["first-aid", "cpr-aed", "boat", "nurse"]);
    if (name === "count" && schema.type === "integer") return 1 + Math.floor(random() * 3);
    if (name === "runs") return 5;
    if (name === "state" && schema.enum?.includes("signed_up") && chance(0.7)) return "signed_up";
    if (name === "starts_at") return new Date(now() + among([36e5, 36e6, 864e5, 864e6, -864e5]) * (0.1 + random())).toISOString().replace(/\.\d+Z/, "+00:00");
    if (name === "account") return among(["ghost", `walker${Math.floor(random() * 1000)}`, among(accounts).account]);
    if (name === "requester" && schema.properties) return requester();
    if (name === "reason") return "as agreed";
    if (name === "name" && schema.type === "string") return "某某";
    if (name === "q") return among(["PH", "某", "0001", "a"]);
    return undefined;
}
function subscription() {
    const pair = createECDH("prime256v1");
    pair.generateKeys();
    return { push_endpoint: `${outside.url}/box/${told.length}`, push_p256dh: pair.getPublicKey("base64url"), push_auth: randomBytes(16).toString("base64url") };
}
const requesters = []; // {text, incident}
function requester() {
    const text = `求助者${String(requesters.length).padStart(5, "0")}`;
    requesters.push({ text });
    secrets.push(text);
    return { name: text, phone: `1888${String(requesters.length).padStart(7, "0")}`, address: `${text}家`, consent: true };
}

// ---- requests ----
/** The value of a path parameter: mostly one that there is. */
function pathValue(pattern, name) {
    const before = pattern.split("{")[0].split("/").filter(Boolean).pop();
    const pool = name === "token" ? `/${before}` : name === "case" ? "cases" : name === "area" ? "areas" : before;
    const list = pool === "areas" ? areas.map(({ code }) => code) : known(pool);
    if (list.length && chance(0.9)) return chance(0.5) ? list.at(-1 - Math.floor(random() * Math.min(8, list.length))) : among(list);
    return among([0, -1, 1, 2, 999999, "9223372036854775807", "18446744073709551616", "PH000001", "x", "%00", "%2e%2e", "a%2fb", "%ff", "字", "1e3", "x".repeat(300)]);
}
const day = () => new Date(now() + (random() - 0.8) * 4e10).toISOString().slice(0, 10);
const queryValues = {
    area: () => among(areas).code, limit: () => among([1, 2, 50, 100, 1000]), from: () => "2026-01-01", to: () => among(["2026-12-31", day()]),
    at: () => Object.values(place()).join(","), mode: () => among(["foot", "bike", "car"]), minutes: () => among(["5", "5,10,15", "1"]), kind: () => among(["aed", "shelter", "muster"]),
    direction: () => among(["to", "from"]), lang: () => among(["zh", "en"]), state: () => among(["running", "planned", "open", "proposed", "done"]), box: () => "121,30.6,121.1,30.75",
    class: () => among(["main", "other"]), incident: () => among(known("incidents").concat(1)), lapses_within: () => 30, organisation: () => "社区志愿队（示例）", exercise: () => among(["true", "false"]),
    propose: () => 1, dry_run: () => "true", retire_missing: () => "false", spoken: () => "true", elsewhere: () => "true", since: () => 0, within: () => among(areas).code, cursor: () => "c31",
};
function queryOf(parameters) {
    const parts = [];
    for (const { name } of parameters) {
        if (!["from", "to", "at", "kind", "minutes", "mode"].includes(name) && chance(name === "cursor" ? 0.9 : 0.6)) continue;
        const value = chance(0.85) && queryValues[name] ? queryValues[name]() : among(["", "-1", "x", "0", "99999999999999999999", "%00", "a%0d%0ab", "true", "0001-01-01", "9999-12-31", "1,2,3", "NaN,NaN", "%ff%fe"]);
        parts.push(`${name}=${/%/.test(value) ? value : encodeURIComponent(value)}`);
        if (chance(0.02)) parts.push(parts.at(-1));
    }
    if (chance(0.02)) parts.push(among(["ghost=1", "&&", "=", "%", "a=%zz"]));
    return parts.length ? `?${parts.join("&")}` : "";
}
/** The document's own example as another one, mostly; or cut off, or with a word that is none. */
function documentOf(example) {
    const other = example.replace(/>1</, `>${Math.floor(random() * 20)}<`).replace("Alert<", `${among(["Alert", "Alert", "Update", "Cancel"])}<`);
    return chance(0.7) ? other : among([other.slice(0, Math.floor(random() * other.length)), other.replace(/>[^<>]+</, ">\u0001<"), "", "<alert/>", `<!DOCTYPE a>${other}`]);
}
function bodyOf(operation) {
    const content = operation.requestBody?.content;
    if (!content) return chance(0.05) ? { type: "application/json", data: "{}" } : {};
    if (content["application/cap+xml"]) return { type: "application/cap+xml", data: documentOf(content["application/cap+xml"].example) };
    if (content["text/csv"]) return { type: "text/csv", data: chance(0.5) ? `number,name,lat,lon\nW${Math.floor(random() * 20)},某某,30.7,121.02\n` : among(["", "number", "number,name\n1,2,3\n", "\u0000", "number,name,lat,lon\n\"W1", "x,".repeat(9000)]) };
    const form = chance(0.4) ? content["application/x-www-form-urlencoded"] : undefined;
    const value = shapes.make((form ?? content["application/json"]).schema), type = "application/json";
    if (operation.operationId === "createPerson" && chance(0.8)) Object.assign(value, { number: `W${told.length}`, phone: `1777${String(told.length).padStart(7, "0")}` });
    const roll = random();
    const data = roll < 0.75 ? value : roll < 0.93 ? shapes.spoil(value) : null;
    if (form && data !== null) return { type: "application/x-www-form-urlencoded", data: new URLSearchParams(Object.entries(data).flatMap(([key, each]) => [each].flat().map((one) => [key, String(one).slice(0, 9000)]))).toString() };
    return { type: chance(0.03) ? among(["text/plain", "application/xml", "multipart/form-data; boundary=x", "application/json; charset=gbk", ";;;"]) : type, data: data === null ? rawBody(random, value) : JSON.stringify(data) };
}
/** Mostly one that was not forbidden to do this before. */
function someAccount(operation) {
    if (chance(0.03)) return null;
    const may = accounts.filter((each) => !forbidden.has(`${each.roles[0].role} ${operation.operationId}`) && !(each.token && operation.operationId === "deleteSession"));
    return chance(0.4) ? accounts[0] : among(chance(0.95) && may.length ? may : accounts.filter(({ token }) => !token));
}
/** One request: what is sent, by whom, and what is declared of it. */
function invent() {
    const rest = chance(0.1) ? operations.filter(({ operationId }) => !reached.has(operationId)) : [];
    const first = among(rest.length ? rest : operations), operation = first.operationId === "playDrill" && chance(0.7) ? among(operations) : first, account = someAccount(operation);
    asking = account;
    const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => pathValue(operation.path, name)) + queryOf((operation.parameters ?? []).filter((each) => each.in === "query"));
    about = thingOf(path);
    const { type, data } = bodyOf(operation), has = (name) => operation.parameters?.some((each) => each.name === name), headers = {};
    if (type) headers["content-type"] = type;
    if (has("Idempotency-Key") && chance(0.3)) headers["idempotency-key"] = among([`k${Math.floor(random() * 1000)}`, `k${told.length}`, "", "x".repeat(255), "x".repeat(256), "\t", "é"]);
    if (has("If-Match") && chance(0.9)) headers["if-match"] = among(["*", '"nope"', "nope", "", 'W/"1"', "version", "version", "version"]);
    if (has("Last-Event-ID")) headers["last-event-id"] = among(["0", "5", "-1", "x", "99999999999999999999"]);
    if (operation.method === "get" && chance(0.1)) headers["if-none-match"] = among(["*", '"x"', "version", "version"]);
    if (chance(0.3)) headers.accept = among(["application/json", "text/html", "*/*", "image/png", "application/json;q=0", ",,;q=x"]);
    if (chance(0.1)) headers["accept-encoding"] = among(["gzip", "br", "identity;q=0"]);
    return { operation, account, method: chance(0.01) ? among(["PUT", "OPTIONS", "PATCH", "DELETE", "HEAD", "TRACE"]) : operation.method.toUpperCase(), path, headers, data, wrongCsrf: chance(0.02) };
}
/** The headers of what the telephone gateway sends. */
function signature(data) {
    const stamp = String(Math.floor(now() / 1000));
    return { "x-muster-timestamp": stamp, "x-muster-signature": `sha256=${createHmac("sha256", GATEWAY_SECRET).update(`${stamp}.`).update(data).digest("hex")}` };
}
function send(one) {
    const { account } = one, headers = { ...one.headers };
    if (account?.token) headers.authorization = `Bearer ${account.token}`;
    else if (account) Object.assign(headers, { cookie: account.cookie, "x-muster-csrf": one.wrongCsrf ? "no" : account.csrf });
    const data = one.data === undefined ? undefined : Buffer.from(one.data);
    if (one.operation.parameters?.some(({ name }) => name === "X-Muster-Signature") && !one.wrongCsrf) Object.assign(headers, signature(data ?? ""));
    if (data) headers["content-length"] = data.length;
    one.number = told.push({ who: account?.account ?? "nobody", method: one.method, path: one.path, headers: one.headers, body: String(one.data ?? "").slice(0, 2000) }) - 1;
    return new Promise((resolve, reject) => {
        let call;
        try {
            call = httpRequest({ host: "127.0.0.1", port: new URL(server.url).port, path: one.path.replace(/[^\x21-\x7e]/g, encodeURIComponent), method: one.method, headers, agent });
        } catch (error) {
            return resolve({ unsent: error.message }); // Node's own rules
        }
        call.setTimeout(60000, () => call.destroy(new Error("no answer in 60 s")));
        call.on("error", (error) => (error.code === "ECONNRESET" || error.code === "EPIPE" ? resolve({ reset: true }) : reject(new Finding(one, error.message))));
        call.on("response", (answer) => {
            const parts = [];
            const end = () => resolve({ status: answer.statusCode, headers: answer.headers, bytes: Buffer.concat(parts) });
            answer.on("data", (part) => parts.push(part)).on("end", end).on("error", end);
            if (/event-stream/.test(answer.headers["content-type"] ?? "")) setTimeout(() => (call.destroy(), end()), 30);
        });
        call.end(data);
    });
}
/** Half a request, and the line is cut. */
function hangUp(one) {
    return new Promise((resolve) => {
        const socket = connect(Number(new URL(server.url).port), "127.0.0.1", () => {
            const auth = one.account?.cookie ? `Cookie: ${one.account.cookie}\r\nX-Muster-Csrf: ${one.account.csrf}\r\n` : "";
            const whole = `${one.method} ${encodeURI(one.path)} HTTP/1.1\r\nHost: a\r\n${auth}Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(String(one.data ?? ""))}\r\n\r\n${one.data ?? ""}`;
            socket.write(whole.slice(0, Math.ceil(random() * whole.length)), () => (chance(0.5) ? socket.resetAndDestroy() : socket.destroy(), resolve()));
        });
        socket.on("error", resolve);
    });
}

// ---- judgement ----
class Finding extends Error {
    constructor(one, what, answer) {
        super(what);
        Object.assign(this, { one, answer });
    }
    /** The request and, before it, those that showed the ids in it, from the first. */
    text() {
        const wanted = new Set(), find = (number) => {
            if (number === undefined || wanted.has(number) || wanted.size > 12) return;
            wanted.add(number);
            const { path, body } = told[number];
            for (const word of `${path} ${body}`.match(/[\w.-]+/g) ?? [])
                for (const pool of pools.values()) find(pool.get(word) ?? pool.get(Number(word)));
        };
        find(this.one.number);
        const line = (number) => `  #${number} ${told[number].who}: ${told[number].method} ${told[number].path.slice(0, 300)} ${JSON.stringify(told[number].headers)} ${told[number].body.slice(0, 600)}`;
        return [`${this.message} (seed ${seed})`, ...[...wanted].sort((a, b) => a - b).map(line), `  -> ${this.answer?.status} ${String(this.answer?.bytes ?? "").slice(0, 600)}`].join("\n");
    }
}
function parse(one, answer) {
    try {
        return JSON.parse(answer.bytes);
    } catch {
        throw new Finding(one, "says it is JSON and is not", answer);
    }
}
function unzip(one, answer) {
    try {
        return gunzipSync(answer.bytes);
    } catch (error) {
        throw new Finding(one, `says it is gzip: ${error.message}`, answer);
    }
}
function judgeProblem(one, answer, type) {
    const { status, headers } = answer;
    if (status >= 500 && status !== 503 && !(status === 501 && one.method === "TRACE")) throw new Finding(one, `failed with ${status}`, answer);
    if ((status === 503 || status === 429) && !headers["retry-after"]) throw new Finding(one, `${status} without Retry-After`, answer);
    if (status === 405 && !headers.allow) throw new Finding(one, "405 without Allow", answer);
    if (one.method === "HEAD") return;
    if (!one.path.startsWith("/api") && type === "text/html") return;
    if (type !== "application/problem+json") throw new Finding(one, `${status} is ${type}, no problem`, answer);
    const problem = parse(one, answer);
    for (const wrong of shapes.misfits({ $ref: "#/components/schemas/Problem" }, problem)) throw new Finding(one, `problem: ${wrong}`, answer);
    if (problem.status !== status) throw new Finding(one, `the problem says ${problem.status}`, answer);
    if (!problem.detail) throw new Finding(one, "a problem without a word", answer);
}
function judgeAnswer(one, answer, type) {
    const operation = one.method === "HEAD" ? operations.find(({ path, method }) => path === one.operation.path && method === "get") : one.operation;
    const declared = operation.responses[answer.status];
    if (!declared) throw new Finding(one, `${answer.status} is not declared`, answer);
    if (one.method === "HEAD") return;
    for (const name of ["ETag", "Location"]) if (declared.headers?.[name] && !answer.headers[name.toLowerCase()]) throw new Finding(one, `no ${name}`, answer);
    if (!declared.content) return void (answer.bytes.length && answer.status === 204 && must(false, "204 with a body"));
    const schema = declared.content[type]?.schema;
    if (!schema) throw new Finding(one, `${type} is not declared`, answer);
    if (type !== "application/json") return;
    const body = parse(one, answer);
    for (const wrong of shapes.misfits(schema, body)) throw new Finding(one, `answer: ${wrong}`, answer);
    const words = operation.path.split("/").slice(3).filter((part) => collections.has(part));
    study(body, one.method === "GET" || answer.status === 201 ? words.at(-1) : words[0], one.number);
    if (operation.operationId === "createIncident") for (const each of requesters) if (one.data.includes(`"${each.text}"`)) each.incident = body.id;
}
const reaches = (account, area) => account?.roles.some((role) => role.area === "root" || under(area, role.area));
function under(code, top) {
    for (let at = code; at; at = areas.find((each) => each.code === at)?.parent) if (at === top) return true;
    return false;
}
/** Whether the person said yes in an incident of the account's areas, as the admin sees it. */
async function hasJoined(account, number) {
    for (const id of known("callouts")) {
        const answer = await server.call(200, "GET", `/api/v1/callouts/${id}`);
        if (answer.assignments.some((each) => each.number === number) && reaches(account, (await server.call(200, "GET", `/api/v1/incidents/${answer.incident}`)).area.code)) return true;
    }
    return false;
}
/** The area that a person has now: whom a file or a change has moved is somebody else's. Null: has left, from wherever
 * that was. */
async function areaOf(number) {
    const answer = await fetch(`${server.url}/api/v1/people/${number}`, { headers: { cookie: server.cookie } });
    return answer.status === 404 ? null : (await answer.json()).area;
}
const wasMoved = (incident) => told.some(({ path, body }) => path.startsWith(`/api/v1/incidents/${incident}/steps`) && body.includes('"move"'));
const around = (text, word) => text.slice(Math.max(0, text.indexOf(word) - 300), text.indexOf(word) + 300);
async function judgeSecrecy(one, answer) {
    if (/^\/[rm]\//.test(one.path) || one.operation.path === "/api/v1/mailbox" || one.account?.all) return;
    const text = answer.bytes.toString(), said = answer.status >= 400 ? String(one.data) : ""; // what is refused is quoted
    for (const { number, name, phone, area } of people) {
        if (![phone, name].some((each) => text.includes(each) && !said.includes(each))) continue;
        if (one.account?.seesPeople) {
            const since = reaches(one.account, area) ? area : await areaOf(number);
            if (since === null || reaches(one.account, since)) continue;
        }
        if (one.account && !one.account.viewer && (await hasJoined(one.account, number))) continue;
        throw new Finding(one, `tells of ${number} of ${area}`, { ...answer, bytes: around(text, text.includes(phone) ? phone : name) });
    }
    for (const { text: name, incident } of requesters) {
        if (!incident || !text.includes(name) || wasMoved(incident)) continue; // away from whoever looked, perhaps
        const { area } = await server.call(200, "GET", `/api/v1/incidents/${incident}`);
        if (!one.account || one.account.viewer || !reaches(one.account, area.code)) throw new Finding(one, `tells of who asked in ${incident}`, { ...answer, bytes: around(text, name) });
    }
}
function judgeVersion(one, { status, headers }) {
    if (one.method !== "PATCH" || status >= 300) return;
    const match = one.headers["if-match"];
    if (match !== "*" && match !== one.version) throw new Finding(one, `changed with If-Match ${match}`, { status, headers });
}
/** Pages that an answer leads to. */
function follow(one, answer) {
    for (const [, pool, token] of String(answer.bytes).matchAll(/\/([rm])\/([\w-]{22,})/g)) {
        if (known(`/${pool}`).includes(token)) continue;
        learn(`/${pool}`, token, one.number);
        secrets.push(token);
        digitsOf.set(token, digitsOf.get(one.path.split(/[/?]/)[2])); // of the same person
    }
}
/** What was told and taken: new passwords, and people of a thing. */
function remember(one, answer) {
    const isRead = one.method.toLowerCase() === one.operation.method; // a body of another method is not looked at
    if (!isRead || !/^\{/.test(one.data ?? "")) return;
    const body = parse(one, { ...answer, bytes: one.data });
    if (body.new_password) county.passwords[one.account.account] = body.new_password;
    if (body.number) learnBeside(one.path, body.number);
}
async function judge(one, answer) {
    if (answer.reset || answer.unsent) return answer;
    const key = `${answer.status}`, type = (answer.headers["content-type"] ?? "").split(";")[0];
    statuses.set(key, (statuses.get(key) ?? 0) + 1);
    if (answer.status < 300) (reached.add(one.operation.operationId), remember(one, answer));
    if (answer.status === 403 && !one.wrongCsrf) forbidden.add(`${one.account?.roles[0].role} ${one.operation.operationId}`);
    if (answer.headers["content-encoding"] === "gzip" && one.method !== "HEAD") answer.bytes = unzip(one, answer);
    follow(one, answer);
    await judgeSecrecy(one, answer);
    if (answer.status >= 400) judgeProblem(one, answer, type);
    else if (one.method.toLowerCase() === one.operation.method || one.method === "HEAD") judgeAnswer(one, answer, type);
    judgeVersion(one, answer);
    return answer;
}

// ---- steps ----
async function withVersion(one) {
    if (one.headers["if-none-match"] === "version") {
        const { headers } = await send({ ...one, headers: {} });
        one.headers["if-none-match"] = headers?.etag ?? "x";
    }
    if (one.headers["if-match"] !== "version") return one;
    const { headers } = await send({ ...one, method: "GET", data: undefined, headers: {} });
    one.version = one.headers["if-match"] = headers?.etag ?? "*";
    return one;
}
/** With the nonce of the page that is answered, and the digits that it may ask for. */
async function withNonce(one) {
    if (!/\{token\}$|^\/join$/.test(one.operation.path) || one.method !== "POST" || !one.data?.includes?.("nonce") || chance(0.2)) return one;
    const answer = await send({ ...one, method: "GET", path: one.path.split("?")[0], data: undefined, headers: { accept: one.operation.path === "/join" ? "text/html" : "application/json" } });
    const digits = digitsOf.get(one.path.split(/[/?]/)[2]) ?? "0000";
    const nonce = /nonce"(?::| value=)"([^"]*)"/.exec(answer.bytes ?? "")?.[1] ?? "x";
    one.data = one.data.replace(/nonce=[^&]*/, `nonce=${nonce}`).replace(/"nonce":"[^"]*"/, `"nonce":"${nonce}"`).replace(/digits=[^&]*/, `digits=${digits}`).replace(/"digits":"[^"]*"/, `"digits":"${digits}"`);
    return one;
}
/** The same request twice, one behind the other or at once: with a key it has one effect. */
async function twice(one) {
    const key = `twice-${told.length}`, { "content-type": type } = one.headers;
    const again = { ...one, headers: { ...(type ? { "content-type": type } : {}), "idempotency-key": key } };
    const together = chance(0.5), first = send(again), wait = together ? null : await first;
    const second = await judge({ ...again }, await send({ ...again })), answered = await judge(again, wait ?? (await first));
    const refused = answered.status >= 300 || /^\{"taken":false/.test(answered.bytes); // nothing happened that could happen twice
    if (refused || !answered.status || [401, 429, 503, undefined].includes(second.status)) return;
    if (second.status !== answered.status || !second.bytes.equals(answered.bytes)) throw new Finding(again, `${together ? "at once" : "again"}: ${second.status} ${second.bytes}`, answered);
    if (!again.data) return; // no other body that is one, too
    const other = { ...again, data: `${again.data} ` };
    const third = await judge(other, await send(other));
    if (![422, 401, 429, 503, undefined].includes(third.status)) throw new Finding(other, "another body under the key", third);
}
async function one() {
    const each = await withNonce(await withVersion(invent()));
    if (chance(0.03) && !/new_password/.test(each.data ?? "")) return hangUp(each); // else nobody knows which one it is
    if (each.operation.parameters?.some(({ name }) => name === "Idempotency-Key") && each.account && each.method === "POST" && chance(0.3)) return twice(each);
    const answer = await judge(each, await send(each));
    if (answer.status === 429 && Number(answer.headers["retry-after"]) <= 2) await sleep(1000); // not for one telephone or account alone
    if (answer.status === 401 && each.account && !each.account.token && !each.operation.path.includes("sessions")) await signIn(each.account);
    return answer;
}

// ---- people ----
const phones = new Map(), digitsOf = new Map(); // by path; by token
async function answers() {
    for (const message of mailbox(county)) {
        rmSync(join(county.dir, "mailbox", `${message.id}.json`), { force: true }); // read once
        if (!message.link) continue;
        const path = new URL(message.link).pathname;
        const [, pool, token] = path.split("/");
        const phone = people.find(({ number }) => number === message.to)?.phone;
        learn("messages", message.id);
        if (message.reply_code) (learn("codes", message.reply_code), learn("phones", phone));
        digitsOf.set(token, phone?.slice(-4));
        if (!phones.has(path)) (learn(`/${pool}`, token), secrets.push(token), phones.set(path, pool === "r" ? new Phone(message.link) : null));
    }
    const list = [...phones.values()].filter(Boolean);
    for (let i = 0; i < 6 && list.length; i++) {
        const phone = list.at(-1 - Math.floor(random() * Math.min(list.length, 30)));
        const page = await phone.look(server.url).catch(() => ({}));
        const words = page.answers?.length && chance(0.8) ? page.answers.filter((each) => each !== "withdraw" && each !== "decline") : ["accept", "depart", "arrive", "work", "release", "decline", "limited", "here", "sos", "withdraw", "report"];
        const word = among(words) ?? "accept";
        await phone.answer(server.url, word, word === "report" ? { text: "done", outcome: "done" } : word === "limited" ? { ready_in_minutes: 5 } : {}).catch((error) => {
            if (!/: 4\d\d/.test(error.message)) throw error;
        });
    }
}

// ---- the beginning and the end ----
async function signIn(account) {
    const visitor = Object.create(server);
    try {
        await visitor.signIn(account.account);
    } catch (error) {
        if (/: 429/.test(error.message)) return; // wrong passwords were tried: later
        throw error;
    }
    Object.assign(account, { cookie: visitor.cookie, csrf: visitor.csrf });
    secrets.push(visitor.csrf, ...visitor.cookie.split("; ").map((each) => each.split("=")[1]));
}
async function makeAccounts() {
    const towns = areas.filter(({ level }) => level === "town");
    const wanted = [
        ["admin", "root"], ["dispatcher", "root"], ["commander", "root"], ["auditor", "root"], ["viewer", "root"], ["verifier", "root"],
        ...["dispatcher", "commander", "trainer", "auditor", "viewer", "verifier", "admin"].map((role, i) => [role, towns[i % 3].code]),
    ];
    accounts = []; // not that of the walk's own questions
    for (const [role, area] of wanted) {
        const account = `${role}-${area}`, roles = [{ role, area }];
        county.passwords[account] = `a long word of ${account}`;
        await server.call(201, "POST", "/api/v1/accounts", { account, password: county.passwords[account], roles });
        accounts.push({ account, roles, all: account === "admin-root", seesPeople: !["viewer", "verifier"].includes(role), viewer: role === "viewer" });
    }
    secrets.push(...Object.values(county.passwords));
    for (const account of accounts) await signIn(account);
    const token = execFileSync(program, ["token", "--account", accounts[1].account, "--dir", county.dir, "--json"], { encoding: "utf8" });
    accounts.push({ ...accounts[1], token: JSON.parse(token).token });
    secrets.push(accounts.at(-1).token);
}
/** A telephone gateway and a push service that take whatever comes, mostly. */
async function makeOutside() {
    const service = createServer((request, response) => request.resume().on("end", () => response.writeHead(among([201, 201, 201, 201, 503, 404, 410])).end()));
    await new Promise((resolve) => service.listen(0, "127.0.0.1", resolve));
    outside = { service, url: `http://127.0.0.1:${service.address().port}` };
    const secret = join(county.work, "gateway");
    writeFileSync(secret, `${GATEWAY_SECRET}\n`);
    configure(county, { channels: "file sms push", gateway_url: `${outside.url}/out`, gateway_secret_file: secret, push_contact: "muster@mail.example", push_services: outside.url });
}
async function begin() {
    await server.start();
    await server.stop();
    await makeOutside();
    if (shim) server.environment = faults.environment(shim, county.dir);
    await server.start();
    await server.signIn();
    const document = await server.call(200, "GET", "/api/v1/openapi.json");
    areas = (await server.call(200, "GET", "/api/v1/areas?limit=1000")).items;
    shapes = new Shapes(document, random, named);
    operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method, security: !operation.security })));
    collections = new Set(Object.keys(document.paths).flatMap((path) => [...path.matchAll(/(\w+)\/\{/g)].map((match) => match[1])));
    // What costs seconds or ends the walk comes up less often, what people do more.
    const weight = ({ operationId, method }) => (/^(createSession|changePassword|createAccount|playDrill|deleteSession|deleteBrowser|undoImport|postJoin|getReport.*|getCoverage)$/.test(operationId) ? 1 : method === "get" ? 3 : 8);
    operations = operations.flatMap((each) => Array(weight(each)).fill(each));
    people = (await server.call(200, "GET", `/api/v1/people?limit=${PEOPLE}`)).items.slice(0, PEOPLE).map(({ number, phone, area }) => ({ number, phone, area, name: `志愿者${number}` }));
    for (const { number, name } of people) {
        const answer = await fetch(`${server.url}/api/v1/people/${number}`, { method: "PATCH", headers: { cookie: server.cookie, "x-muster-csrf": server.csrf, "content-type": "application/json", "if-match": "*" }, body: JSON.stringify({ name }) });
        must(answer.status === 200, `name: ${answer.status} ${await answer.text()}`);
        learn("people", number);
    }
    secrets.push(...people.flatMap(({ name, phone }) => [name, phone]));
    await makeAccounts();
    for (const where of areas.filter(({ level, at }) => level === "village" && at).slice(0, 8)) await makeIncident(where.at);
}
/** An incident with a call-out, so that there is something to walk among from the start. */
async function makeIncident(at) {
    const { incident, need } = await server.need(at, 2);
    learn("incidents", incident);
    learn("needs", need);
    learn("callouts", await server.callOut(need));
    await server.need(at, 2, { exercise: true }, { exercise: true }).then(({ need }) => learn("needs", need));
}
function look() {
    const status = readFileSync(`/proc/${server.process.pid}/status`, "utf8"), value = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, "m").exec(status)[1]);
    return { kib: value("RssAnon"), threads: value("Threads"), files: totalOf(filesOf(server.process)) };
}
/** The program once it has let go of what it holds for others: a message on its way, an answer half given. */
async function settled(half) {
    for (let waited_s = 0; waited_s < SETTLES_S && look().files > half.files + 2; waited_s++) await sleep(1000);
    return look();
}
/** Whoever was signed in is out. */
async function passDay() {
    ahead_s = DAY_S;
    faults.setClock(ahead_s);
    await server.signIn();
    for (const account of accounts.filter(({ token }) => !token)) await signIn(account);
}
const findings = [];
async function walk() {
    let half = null;
    for (let step = 0, round = 0; step < steps && findings.length < FINDINGS_MAX; round++) {
        if (half === null && step >= steps / 2) {
            if (shim) await passDay();
            half = look();
        }
        const width = chance(0.5) ? 1 : AT_ONCE;
        step += width;
        const ends = await Promise.allSettled(Array.from({ length: width }, one));
        for (const { reason } of ends.filter((each) => each.reason)) {
            if (!(reason instanceof Finding)) throw reason;
            if (!findings.includes(reason.message)) console.log(reason.text());
            if (!findings.includes(reason.message)) findings.push(reason.message);
        }
        if (server.process.exitCode !== null || server.process.signalCode !== null) throw new Error("the server is gone");
        if (round % ANSWERS_EVERY === 0) await answers();
    }
    must(findings.length === 0, `${findings.length} findings: ${findings.join("; ")}`);
    ok(`${told.length} requests as declared: ${[...statuses].sort().map(([key, count]) => `${key} ${count}`).join(", ")}`);
    const names = [...new Set(operations.map(({ operationId }) => operationId))], share = steps < 4000 ? 0.5 : steps < 20000 ? 0.9 : 0.95;
    must(reached.size >= names.length * share, `only ${reached.size} of ${names.length} operations did what they are for`);
    ok(`${reached.size} of ${names.length} operations did what they are for, not: ${names.filter((name) => !reached.has(name)).join(", ") || "none"}`);
    agent.destroy();
    await sleep(500);
    const end = await settled(half);
    must(end.files <= half.files + 2 && end.threads <= half.threads, `half way ${JSON.stringify(half)}, at the end ${JSON.stringify(end)}: ${JSON.stringify(filesOf(server.process))}`);
    const kept = /\basan\b/.test(program) ? 262144 : 0; // KiB of freed memory that AddressSanitizer keeps to find whoever still uses it
    must(end.kib - half.kib <= 65536 + 4 * steps + kept, `memory ${half.kib} KiB half way, ${end.kib} at the end`);
    ok(`files, sockets and threads are let go; memory ${half.kib} KiB half way, ${end.kib} at the end`);
    const log = readFileSync(join(county.work, "serve.log"), "utf8");
    for (const secret of secrets) must(!log.includes(secret), `the log holds ${secret}`);
    ok(`nothing of ${secrets.length} names, numbers and secrets is in the log`);
}
await tellStory("walk", { server, county, parts: { walk }, begin, end: () => (agent.destroy(), outside?.service.close()), ok });
