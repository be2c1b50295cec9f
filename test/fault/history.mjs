// SPDX-License-Identifier: Apache-2.0
// Clients of several nodes who write down what they were told, and the judge of it. They ask any
// node, and ask again, with the same key, until somebody answers. The judge, who has nothing but
// what they wrote and what the nodes say afterwards:
//   - a request that was acknowledged happened, once, however often it was sent (same key)
//   - an answer that was acknowledged still stands, or moved on as the state machine allows
//   - no line ever has more acknowledged seats than it has, and the board counts the same ones
//   - every live stream, reconnecting with Last-Event-ID, saw each position once and in order, but for
//     what it was told to look up anew (resync: what was missed was too old, or the database was away)
import { spawn } from "node:child_process";
import { appendFileSync, cpSync, mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Phone, cookiesOf, program, seeded, sleep, tail } from "./lib.mjs";

const INSIST_S = 180; // who is not answered for so long gives up, and the run with it
const REQUEST_S = 8;
const shared = ["muster.conf", "master.key", "signing.key", "road.graph", "backdrop.geojson"]; // a node's folder

/** A muster process of its own on PORT; its folder and its log are in WORK. */
export class Node {
    constructor(name, port, work) {
        Object.assign(this, { name, port, work, dir: join(work, name), url: `http://127.0.0.1:${port}` });
    }
    /** Its standard output until it serves, or stands by. */
    async start(words = ["serve"]) {
        this.process = spawn(program, [...words, "--dir", this.dir, "--listen", `127.0.0.1:${this.port}`], {
            stdio: ["ignore", "pipe", "pipe"],
            env: { ...process.env, TZ: "Asia/Shanghai" },
        });
        const file = join(this.work, `${this.name}.log`);
        this.process.stderr.on("data", (part) => appendFileSync(file, part));
        this.ended = new Promise((resolve) => this.process.on("exit", (code, signal) => resolve({ code, signal })));
        let out = "";
        const is_demo = words[0] === "demo";
        await new Promise((resolve, reject) => {
            this.process.stdout.on("data", (part) => {
                out += part;
                if (is_demo ? /Stop with/.test(out) : /http:/.test(out)) resolve();
            });
            this.ended.then((end) => reject(new Error(`${this.name} ended: ${JSON.stringify(end)}\n${tail(file)}`)));
        });
        return out;
    }
    async end(signal) {
        this.process.kill(signal);
        return this.ended;
    }
    hasEnded() {
        return this.process.exitCode !== null || this.process.signalCode !== null;
    }
    /** A folder like that of FIRST, which a further node needs. */
    copyOf(first) {
        mkdirSync(this.dir);
        for (const name of shared) cpSync(join(first.dir, name), join(this.dir, name));
        mkdirSync(join(this.dir, "mailbox"));
    }
}

/** One live stream at NODE; COOKIE is whose. */
class Stream {
    constructor(node, cookie) {
        Object.assign(this, { node, cookie, positions: [], last: null, reconnects: -1, resyncs: new Set() });
        this.running = this.run();
    }
    async run() {
        while (!this.over) {
            try {
                this.abort = new AbortController();
                this.reconnects++;
                const answer = await fetch(`${this.node.url}/api/v1/stream`, {
                    headers: { cookie: this.cookie, accept: "text/event-stream", ...(this.last === null ? {} : { "last-event-id": this.last }) },
                    signal: this.abort.signal,
                });
                if (answer.status !== 200) throw new Error(String(answer.status));
                let rest = "";
                const decoder = new TextDecoder();
                for await (const part of answer.body) {
                    rest += decoder.decode(part, { stream: true });
                    const blocks = rest.split("\n\n");
                    rest = blocks.pop();
                    for (const block of blocks) {
                        const resync = /^event: resync/m.test(block), id = /^id: *(\d+)/m.exec(block);
                        this.isTold = this.isTold || resync;
                        if (!id) continue;
                        if (this.isTold) this.resyncs.add(Number(id[1])); // the first position behind it
                        this.isTold = false;
                        this.last = id[1];
                        this.positions.push(Number(id[1]));
                    }
                }
            } catch {
                /* reconnects, as EventSource does */
            }
            await sleep(100);
        }
    }
    async close() {
        this.over = true;
        this.abort.abort();
        await this.running;
    }
}

const later = {
    accepted: ["accepted", "assigned", "en_route", "on_scene", "stood_down", "declined"],
    assigned: ["assigned", "en_route", "on_scene", "stood_down"],
    declined: ["declined", "accepted", "assigned", "late"],
    late: ["late", "stood_down", "accepted", "assigned"],
};

export class History {
    /** NODES are asked; the same seed asks for the same, as far as the machine allows. */
    constructor(nodes, seed) {
        Object.assign(this, { nodes, seed, random: seeded(seed), created: new Map(), answers: new Map(), streams: [], reported: new Set() });
        Object.assign(this, { seen: new Set(), retries: 0, unknown: 0, cookie: "", csrf: "" });
    }
    any() {
        return this.nodes[Math.floor(this.random() * this.nodes.length)];
    }
    place() {
        return { lat: 30.69 + this.random() * 0.02, lon: 121.0 + this.random() * 0.03 };
    }

    // ---- clients

    /** Sends until somebody answers for good; the same key each time. */
    async insist(method, path, body, want) {
        const key = `${this.seed}-${this.created.size}-${Math.floor(this.random() * 1e9)}`;
        for (const end = performance.now() + INSIST_S * 1000; performance.now() < end; ) {
            let answer, text;
            try {
                answer = await fetch(this.any().url + path, {
                    method,
                    headers: { cookie: this.cookie, "x-muster-csrf": this.csrf, "idempotency-key": key, ...(body ? { "content-type": "application/json" } : {}) },
                    body: body ? JSON.stringify(body) : undefined,
                    signal: AbortSignal.timeout(REQUEST_S * 1000),
                });
                text = await answer.text();
            } catch {
                this.retries++;
                await sleep(50);
                continue;
            }
            if (answer.status === 503 || answer.status === 429) {
                this.retries++;
                await sleep(100);
                continue;
            }
            if (answer.status !== want) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
            return JSON.parse(text);
        }
        throw new Error(`${method} ${path}: nobody answered within ${INSIST_S} s`);
    }

    async signIn(account, password) {
        const answer = await fetch(`${this.any().url}/api/v1/sessions`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify({ account, password }),
        });
        if (answer.status !== 201) throw new Error(`sign in: ${answer.status}`);
        this.cookie = cookiesOf(answer);
        this.csrf = (await answer.json()).csrf;
    }

    async callOut(seats) {
        const at = this.place();
        const incident = await this.insist("POST", "/api/v1/incidents", { kind: "flood", at }, 201);
        await this.insist("POST", `/api/v1/incidents/${incident.id}/steps`, { step: "confirm" }, 200);
        const need = await this.insist("POST", `/api/v1/incidents/${incident.id}/needs`,
            { at, within_minutes: 60, lines: [{ skills: [], count: seats }], reserve: 1, target: 0.9 }, 201);
        const callout = await this.insist("POST", `/api/v1/needs/${need.id}/callouts`,
            { lift: ["quiet", "duty", "cap"], reason: "nodes test" }, 201);
        this.created.set(callout.id, { incident: incident.id, need: need.id, seats: seats + 1 });
    }

    callOuts(count) {
        return Promise.all(Array.from({ length: count }, (_, i) => this.callOut(4 - (i % 2))));
    }

    /** One more incident, reported to any node: on disk when it returns. Milliseconds until then. */
    async untilAcknowledged() {
        const begun = performance.now();
        this.reported.add((await this.insist("POST", "/api/v1/incidents", { kind: "fire", at: this.place() }, 201)).id);
        return performance.now() - begun;
    }

    openStreams() {
        this.streams = this.nodes.map((node) => new Stream(node, this.cookie));
    }

    *newLinks() {
        for (const node of this.nodes)
            for (const name of readdirSync(join(node.dir, "mailbox"))) {
                if (!name.endsWith(".json") || this.seen.has(name)) continue;
                this.seen.add(name);
                const message = JSON.parse(readFileSync(join(node.dir, "mailbox", name), "utf8"));
                if (message.link && message.kind === "alert") yield message;
            }
    }

    /** What a telephone was told counts; what it was not told is unknown, and sent again. */
    async answerOne(message) {
        const phone = new Phone(message.link);
        const word = this.random() < 0.5 ? "accept" : "decline";
        const entry = this.answers.get(phone.path) ?? { acknowledged: null, unknown: false };
        this.answers.set(phone.path, entry);
        for (const end = performance.now() + INSIST_S * 1000; performance.now() < end; ) {
            try {
                const body = await phone.answer(this.any().url, word);
                entry.acknowledged = body.state;
                return;
            } catch (error) {
                // Taken elsewhere or stood down meanwhile: an answer as well. Else it is sent again.
                if (/: 4\d\d /.test(error.message)) return;
                entry.unknown = true;
                this.unknown++;
                await sleep(100);
            }
        }
    }

    /** Answers whatever is sent until STOP.now. */
    async answerAll(stop) {
        const busy = [];
        while (!stop.now) {
            for (const message of this.newLinks()) busy.push(this.answerOne(message));
            await sleep(20);
        }
        await Promise.all(busy);
    }

    // ---- the judge

    async judgeAnswers(counts) {
        for (const [path, entry] of this.answers) {
            if (entry.acknowledged === null) continue;
            counts.acknowledged++;
            const now = (await new Phone(`http://x${path}`).look(this.any().url)).state;
            if (!(later[entry.acknowledged] ?? [entry.acknowledged]).includes(now))
                throw new Error(`an acknowledged '${entry.acknowledged}' is '${now}': ${path}`);
        }
    }

    /** Seats of every call-out; every incident there is was asked for by one of us, and once. */
    async judgeIncidents(counts) {
        const incidents = new Set();
        for (const [id, made] of this.created) {
            if (incidents.has(made.incident)) throw new Error(`two requests were given the incident ${made.incident}`);
            incidents.add(made.incident);
            const board = await this.insist("GET", `/api/v1/callouts/${id}`, null, 200);
            const accepted = board.lines[0].accepted;
            const listed = board.assignments.filter((a) => ["assigned", "en_route", "on_scene"].includes(a.state)).length;
            if (accepted > made.seats) throw new Error(`call-out ${id}: ${accepted} accepted for ${made.seats} seats`);
            if (accepted !== listed) throw new Error(`call-out ${id}: ${accepted} accepted, ${listed} assigned`);
            counts.seats += accepted;
        }
        for (const id of this.reported) {
            if (incidents.has(id)) throw new Error(`two requests were given the incident ${id}`);
            incidents.add(id);
        }
        const all = await this.insist("GET", "/api/v1/incidents?limit=500", null, 200);
        if (all.items.length !== incidents.size) throw new Error(`${all.items.length} incidents, ${incidents.size} were made`);
    }

    judgeStreams(counts) {
        const first = this.streams[0].positions;
        for (const stream of this.streams) {
            for (let i = 1; i < stream.positions.length; i++)
                if (stream.positions[i] !== stream.positions[i - 1] + 1 &&
                    !(stream.resyncs.has(stream.positions[i]) && stream.positions[i] > stream.positions[i - 1]))
                    throw new Error(`the stream at ${stream.node.name}: ${stream.positions[i]} after ${stream.positions[i - 1]}`);
            counts.resyncs += stream.resyncs.size;
            if (stream.positions.at(-1) !== first.at(-1)) throw new Error(`the streams end at ${first.at(-1)} and ${stream.positions.at(-1)}`);
        }
        counts.events = first.length;
    }

    async judge() {
        const counts = { callouts: this.created.size, acknowledged: 0, unknown: this.unknown, retries: this.retries, seats: 0, events: 0, resyncs: 0 };
        await this.judgeAnswers(counts);
        await this.judgeIncidents(counts);
        await sleep(500);
        for (const stream of this.streams) await stream.close();
        this.judgeStreams(counts);
        if (counts.acknowledged < 10) throw new Error("hardly anything happened");
        return counts;
    }

    /** A judge that finds nothing is worth nothing: each of these lies must be found. */
    async judgeTheJudge() {
        const counts = { acknowledged: 0, seats: 0, events: 0, resyncs: 0 };
        const refused = async (what, judging) => {
            const found = await Promise.resolve().then(judging).then(() => false, () => true);
            if (!found) throw new Error(`the judge overlooked ${what}`);
        };
        const declined = [...this.answers.values()].find((entry) => entry.acknowledged === "declined");
        declined.acknowledged = "en_route";
        await refused("an answer that was lost", () => this.judgeAnswers(counts));
        declined.acknowledged = "declined";
        const made = [...this.created.values()].at(-1), seats = made.seats;
        made.seats = -1;
        await refused("a seat too many", () => this.judgeIncidents(counts));
        made.seats = seats;
        this.reported.add(0);
        await refused("an incident that was lost", () => this.judgeIncidents(counts));
        this.reported.delete(0);
        const cut = this.streams.at(-1).positions.splice(3, 1);
        await refused("a change that a stream missed", () => this.judgeStreams(counts));
        this.streams.at(-1).positions.splice(3, 0, ...cut);
    }
}
