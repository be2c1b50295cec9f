// SPDX-License-Identifier: Apache-2.0
// What the fault and load scripts share: a muster process of their own on loopback, calls to
// its API, and answers as a volunteer's telephone gives them.
import { execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";

export const program = process.env.MUSTER ?? "build/release/muster";

/** mulberry32: numbers in 0..1, the same for the same seed. */
export function seeded(seed) {
    let state = seed;
    return () => {
        state = (state + 0x6d2b79f5) | 0;
        let t = Math.imul(state ^ (state >>> 15), 1 | state);
        t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
        return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
}

/** A demo county of PEOPLE in a new folder; returns its passwords. */
export function makeCounty(people) {
    const work = mkdtempSync(join(tmpdir(), "muster-fault-"));
    return { work, dir: join(work, "county"), people };
}

const START_S = 300; // a server that takes longer hangs
const STOP_S = 60;

/** A promise that is kept within so many seconds, or fails. */
function within(seconds, what, begin) {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error(`not within ${seconds} s: ${what}`)), seconds * 1000);
        const end = (then) => (value) => {
            clearTimeout(timer);
            then(value);
        };
        begin(end(resolve), end(reject));
    });
}

export class Server {
    constructor(county) {
        this.county = county;
        this.first = true;
        this.environment = {}; // more for the process
        this.prefix = []; // a program that runs it
        this.places = 0;
    }
    async start() {
        const begun = performance.now();
        const words = this.first
            ? ["demo", "--people", String(this.county.people), ...(this.county.store ? ["--store", this.county.store] : [])]
            : ["serve"];
        if (this.store) words.push("--store", this.store);
        const line = [...this.prefix, program, ...words, "--dir", this.county.dir, "--listen", `127.0.0.1:${this.port ?? 0}`, ...(this.tls ?? [])];
        this.process = spawn(line[0], line.slice(1), {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, TZ: "Asia/Shanghai", ...this.environment },
        });
        this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
        const log = join(this.county.work, "serve.log");
        this.process.stderr.on("data", (part) => appendFileSync(log, part));
        let out = "";
        this.url = await within(START_S, "an address", (resolve, reject) => {
            this.process.stdout.on("data", (part) => {
                out += part;
                const address = /https?:\/\/[0-9.]+:[0-9]+/.exec(out);
                if (address && (!this.first || /Stop with/.test(out))) resolve(address[0]);
            });
            this.ended.then((end) => reject(new Error(`the server ended: ${JSON.stringify(end)}\n${tail(log)}`)));
        });
        if (this.first) {
            const passwords = [...out.matchAll(/^password +(\S+)/gm)].map((match) => match[1]);
            this.county.passwords = { admin: passwords[0], verifier: passwords[1] };
        }
        this.first = false;
        return performance.now() - begun;
    }
    async kill() {
        this.process.kill("SIGKILL");
        await this.ended;
    }
    async stop() {
        this.process.kill("SIGTERM");
        return within(STOP_S, "an end after SIGTERM", (resolve) => this.ended.then(resolve));
    }
    async signIn(account = "admin") {
        const answer = await fetch(`${this.url}/api/v1/sessions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ account, password: this.county.passwords[account] }),
        });
        if (answer.status !== 201) throw new Error(`sign in: ${answer.status} ${await answer.text()}`);
        this.cookie = cookiesOf(answer);
        this.csrf = (await answer.json()).csrf;
    }
    /** One call; throws unless the status is WANT. */
    async call(want, method, path, body) {
        const answer = await fetch(this.url + path, {
            method,
            headers: {
                cookie: this.cookie,
                "x-muster-csrf": this.csrf,
                ...(body ? { "content-type": "application/json" } : {}),
            },
            body: body ? JSON.stringify(body) : undefined,
        });
        const text = await answer.text();
        if (answer.status !== want) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
        return text === "" ? null : JSON.parse(text);
    }
    /** A confirmed incident at AT and a need there of COUNT people within an hour, no reserve; NEED
     * and INCIDENT say more of each. Their ids. */
    async need(at, count, need = {}, incident = {}) {
        const { id } = await this.call(201, "POST", "/api/v1/incidents", { kind: "flood", at, ...incident });
        await this.call(200, "POST", `/api/v1/incidents/${id}/steps`, { step: "confirm" });
        const stated = { at, within_minutes: 60, lines: [{ skills: [], count }], reserve: 0, target: 0.95, ...need };
        return { incident: id, need: (await this.call(201, "POST", `/api/v1/incidents/${id}/needs`, stated)).id };
    }
    /** Calls out for NEED, at any hour unless HOW says otherwise; the call-out's id. */
    async callOut(need, how = anyHour) {
        return (await this.call(201, "POST", `/api/v1/needs/${need}/callouts`, how)).id;
    }
    /** A place of the demo county, each time another: far enough apart for incidents of their own. */
    elsewhere() {
        const n = this.places++;
        return { lat: 30.685 + (n % 5) * 0.008, lon: 121.0 + (n % 7) * 0.01 };
    }
}

export const anyHour = { lift: ["quiet", "duty", "cap"], reason: "test at any hour" };

export const cookiesOf = (answer) => answer.headers.getSetCookie().map((line) => line.split(";")[0]).join("; ");

export const tail = (path) => {
    try {
        return readFileSync(path, "utf8").split("\n").slice(-15).join("\n");
    } catch {
        return "";
    }
};

/** Keys of muster.conf, set behind what is there. */
export function configure(county, keys) {
    const path = join(county.dir, "muster.conf");
    const kept = readFileSync(path, "utf8").split("\n").filter((line) => !Object.keys(keys).some((key) => line.startsWith(`${key} =`)));
    writeFileSync(path, `${kept.join("\n")}\n${Object.entries(keys).map(([key, value]) => `${key} = ${value}`).join("\n")}\n`);
}

/** What the file channel of the folder DIR has delivered, by id. */
export function mailbox({ dir }) {
    const folder = join(dir, "mailbox");
    if (!existsSync(folder)) return [];
    const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
    return names.map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")));
}

/** What files a program has open, and how often: {socket: 12, "muster.db": 3}. */
export function filesOf({ pid }) {
    const open = {};
    for (const file of readdirSync(`/proc/${pid}/fd`)) {
        let to = "gone"; // closed since the folder was read
        try { to = readlinkSync(`/proc/${pid}/fd/${file}`).replace(/:.*/, "").split("/").at(-1); } catch {}
        open[to] = (open[to] ?? 0) + 1;
    }
    return open;
}
export const totalOf = (tally) => Object.values(tally).reduce((sum, count) => sum + count, 0);

/** A telephone: remembers its cookie, as a browser does. */
export class Phone {
    constructor(link) {
        this.path = new URL(link).pathname;
        this.cookie = "";
    }
    async look(url) {
        const answer = await fetch(url + this.path, { headers: { accept: "application/json", cookie: this.cookie } });
        if (answer.status !== 200) throw new Error(`GET ${this.path}: ${answer.status}`);
        return answer.json();
    }
    async answer(url, word, more = {}) {
        const page = await this.look(url);
        const answer = await fetch(url + this.path, {
            method: "POST",
            headers: { accept: "application/json", "content-type": "application/json", cookie: this.cookie },
            body: JSON.stringify({ nonce: page.nonce, answer: word, ...more }),
        });
        const set = cookiesOf(answer);
        if (set) this.cookie = set;
        const body = await answer.json();
        if (answer.status !== 200) throw new Error(`${word}: ${answer.status} ${JSON.stringify(body)}`);
        return body;
    }
    /** The button of the page: the status and the page that came of it, in Chinese. */
    async press(url, word) {
        const { nonce } = await this.look(url);
        const answer = await fetch(url + this.path, {
            method: "POST",
            redirect: "manual",
            headers: { accept: "text/html", "accept-language": "zh", "content-type": "application/x-www-form-urlencoded", cookie: this.cookie },
            body: new URLSearchParams({ nonce, answer: word }),
        });
        const set = cookiesOf(answer);
        if (set) this.cookie = set;
        return { status: answer.status, page: await answer.text() };
    }
}

export const verify = (county) => execFileSync(program, ["verify", "--dir", county.dir], { encoding: "utf8" });
export const remove = (county) => rmSync(county.work, { recursive: true, force: true });
/** So many times longer may things take: more programs run than there are cores. */
export const crowding = () => Math.max(1, loadavg()[0] / cpus().length);
export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
export const percentile = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];

/** Whatever is not as it must be ends the script's story. */
export function must(holds, text) {
    if (!holds) throw new Error(text);
}

export const freePort = () =>
    new Promise((resolve) => {
        const server = createServer();
        server.listen(0, "127.0.0.1", () => {
            const { port } = server.address();
            server.close(() => resolve(port));
        });
    });

/** Response level I, started by one commander and confirmed by another; its state then. */
export async function startLevelOne(server, county) {
    county.passwords.second = "a second commander's long word";
    await server.call(201, "POST", "/api/v1/accounts", { account: "second", password: county.passwords.second, roles: [{ role: "commander" }] });
    const second = Object.create(server);
    await second.signIn("second");
    const response = await server.call(201, "POST", "/api/v1/responses", { area: "root", hazard: "flood", level: "I" });
    return (await second.call(200, "POST", `/api/v1/responses/${response.id}/steps`, { step: "confirm" })).state;
}

/** Says how the story of one server ended; its folder stays if it failed. */
export function finish(name, passed, failure, county) {
    if (failure) console.log(`FAILED (${county.work}): ${failure.message}\n${tail(join(county.work, "serve.log"))}`);
    else remove(county);
    console.log(`${name}: ${passed} passed, ${failure ? 1 : 0} failed`);
    process.exit(failure ? 1 : 0);
}

/** What TEST gives when it holds; MS only where the time is what is tested. SHOWS: what a failure
 * shows besides. */
export async function until(what, test, ms = 60000, shows = () => "") {
    const end = performance.now() + ms;
    while (performance.now() < end) {
        const found = await test();
        if (found) return found;
        await sleep(25);
    }
    throw new Error(`after ${ms} ms still not: ${what}${shows()}`);
}

/** A story in PARTS (title: work), of which an argument chooses some: BEGIN starts SERVER, each
 * part calls OK for what holds, END lets go of what the story made; then the program ends. */
export async function tellStory(name, { server, county, parts, begin, end, ok }) {
    let failure = null;
    try {
        await begin();
        for (const [title, part] of Object.entries(parts)) {
            if (process.argv[2] && !title.includes(process.argv[2])) continue;
            try {
                await part();
            } catch (error) {
                error.message = `${title}: ${error.message}`;
                throw error;
            }
        }
        const stopped = await server.stop();
        must(stopped.code === 0, `SIGTERM: ${JSON.stringify(stopped)}`);
        verify(county);
        ok("muster verify holds");
    } catch (error) {
        failure = error;
        server.process?.kill("SIGKILL");
    }
    await end();
    if (failure) console.log(`FAILED: ${failure.message}\nserver (${county.work}):\n${tail(join(county.work, "serve.log"))}`);
    else remove(county);
    console.log(`${name}: ${ok.count} passed, ${failure ? 1 : 0} failed`);
    process.exit(failure ? 1 : 0);
}

/** Says and counts what holds. */
export function counted() {
    const ok = (text) => {
        ok.count++;
        console.log(`  ok: ${text}`);
    };
    ok.count = 0;
    return ok;
}
