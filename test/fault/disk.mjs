// SPDX-License-Identifier: Apache-2.0
// The disk fills up under a running server. Requests that change something are refused with a
// clear problem and have changed nothing; reading goes on; with room again everything does, and
// messages that waited go out. Then the same with the plug pulled.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Phone, Server, anyHour, finish, mailbox, makeCounty, must, program, sleep, until, verify } from "./lib.mjs";

const disk = process.env.MUSTER_DISK;
const county = { ...makeCounty(500), dir: join(disk, "county") };
const server = new Server(county);
const ballast = join(disk, "ballast");
let passed = 0;
const ok = (text) => {
    passed++;
    console.log(`  ok: ${text}`);
};

/** Takes all the room, first in large pieces, then in small ones. */
function fill() {
    writeFileSync(ballast, "");
    for (const size of [1 << 20, 1 << 16, 4096, 1])
        try {
            for (;;) appendFileSync(ballast, Buffer.alloc(size));
        } catch (error) {
            must(error.code === "ENOSPC", error.message);
        }
}
const times = (what) => readFileSync(join(county.work, "serve.log"), "utf8").split(what).length - 1;
const logged = (what) => times(what) > 0;
const free = () => rmSync(ballast, { force: true });

/** What a monitor sees: it answers, and whether it stores. */
async function watched() {
    const ready = await fetch(`${server.url}/readyz`);
    const metrics = await (await fetch(`${server.url}/metrics`)).text();
    const { stores } = await ready.json();
    must(metrics.includes(`\nmuster_stores ${stores ? 1 : 0}\n`), "readyz and metrics differ");
    return { status: ready.status, stores };
}

let count = 0;
async function report(key) {
    const answer = await fetch(`${server.url}/api/v1/incidents`, {
        method: "POST",
        headers: {
            cookie: server.cookie,
            "x-muster-csrf": server.csrf,
            "content-type": "application/json",
            "idempotency-key": key,
        },
        body: JSON.stringify({ kind: "flood", at: { lat: 30.7, lon: 121.02 }, title: `Water ${key} ${"x".repeat(150)}` }),
    });
    return { status: answer.status, body: await answer.json(), type: answer.headers.get("content-type") };
}
/** Reports until one is refused; returns its key. */
async function reportUntilRefused(accepted) {
    for (;;) {
        const key = `key-${++count}`;
        const { status, body, type } = await report(key);
        if (status === 201) {
            accepted.add(body.id);
            must(count < 20000, "the disk does not fill up");
            continue;
        }
        must(status === 507 || status === 503, `refused with ${status}: ${JSON.stringify(body)}`);
        must(type === "application/problem+json" && body.title && body.detail, JSON.stringify(body));
        must(!/sqlite|\.db|\//i.test(body.detail), `the inside is told: ${body.detail}`);
        return { key, status, detail: body.detail };
    }
}
async function stored() {
    const ids = new Set();
    let path = "/api/v1/incidents?state=all&limit=200";
    while (path) {
        const answer = await fetch(server.url + path, { headers: { cookie: server.cookie } });
        must(answer.status === 200, `GET incidents: ${answer.status} ${await answer.clone().text()}`);
        for (const item of (await answer.json()).items) ids.add(item.id);
        path = /<([^>]*)>; *rel="?next/.exec(answer.headers.get("link") ?? "")?.[1];
        if (path?.startsWith("http")) path = path.slice(server.url.length);
    }
    return ids;
}
const same = (a, b) => a.size === b.size && [...a].every((one) => b.has(one));
const start = (need) => fetch(`${server.url}/api/v1/needs/${need}/callouts`, {
    method: "POST",
    headers: { cookie: server.cookie, "x-muster-csrf": server.csrf, "content-type": "application/json" },
    body: JSON.stringify(anyHour),
});

/** What a browser is told with the cookie of a sign-in. */
const seenBy = async (who) => (await fetch(`${server.url}/api/v1/sessions/current`, { headers: { cookie: who.cookie } })).status;
/** Whether their sign-in is on the disk. */
function isStored(who) {
    const [, token] = /(?:^|; *)muster=([^;]+)/.exec(who.cookie);
    const hash = createHash("sha256").update(token).digest("hex");
    const rows = `SELECT count(*) FROM session WHERE token_hash = x'${hash}'`;
    return execFileSync("sqlite3", ["-readonly", join(county.dir, "muster.db"), rows], { encoding: "utf8" }).trim() === "1";
}
/** Somebody else at the same server. */
async function signedIn(account) {
    const who = Object.create(server);
    await who.signIn(account);
    return who;
}

/** The same while nothing is stored: a sign-in is smaller than a report, and may still find room, as when the log has begun anew. */
async function signedInUnstored(accepted) {
    for (let tries = 0; tries < 50; tries++) {
        await reportUntilRefused(accepted);
        const who = await signedIn("verifier");
        if ((await who.call(200, "GET", "/api/v1/instance")).stores === false) return who;
    }
    throw new Error("fifty sign-ins found room on a full disk");
}

let failure = null;
try {
    await server.start();
    await server.signIn();
    const tired = await signedIn("admin");
    const accepted = await stored();
    const [first, second] = [await server.need(server.elsewhere(), 2), await server.need(server.elsewhere(), 2)];
    accepted.add(first.incident).add(second.incident);
    must((await start(first.need)).status === 201, "the first call-out");
    await until("messages", () => mailbox(county).length > 1);
    const phone = new Phone(mailbox(county)[0].link);

    fill();
    const refused = await reportUntilRefused(accepted);
    ok(`${accepted.size} incidents, then no room: ${refused.status} "${refused.detail}"`);
    must(same(await stored(), accepted), "reading while full: not what was accepted");
    const page = await phone.look(server.url);
    must(page.answers.includes("accept"), "the volunteer's page does not show while full");
    const yes = await phone.answer(server.url, "accept").catch((error) => error);
    // The same from a page: it says that it was not kept, and blames nobody.
    const form = yes instanceof Error ? await phone.press(server.url, "accept") : null;
    must(!form || form.status < 500 || form.page.includes("没能记下您的回答"), `a page refused with ${form?.status}: ${form?.page}`);
    const pressed = form !== null && form.status < 500;
    const health = await fetch(`${server.url}/healthz`);
    must(health.status === 200, `healthz ${health.status}`);
    await until("the log says that nothing can be stored", () => logged("nothing can be stored"));
    const full = await watched();
    must(full.status === 200 && full.stores === false, `while full: ${JSON.stringify(full)}`);
    // The shift changes meanwhile.
    const fresh = await signedInUnstored(accepted);
    await fresh.call(200, "GET", "/api/v1/incidents");
    const listening = await fetch(`${server.url}/api/v1/stream`, { headers: { cookie: fresh.cookie } });
    must(listening.status === 200, `a stream while full: ${listening.status}`);
    await tired.call(204, "DELETE", "/api/v1/sessions/current");
    must((await seenBy(tired)) === 401, "signed out while full, and still signed in");
    ok("while full one signs in and sees what runs, another signs out");
    ok(`reading goes on; a volunteer's yes is ${yes instanceof Error ? "refused, not lost" : "stored"}`);
    const failed = await start(second.need);
    const calledOut = failed.status === 201;
    must(calledOut || failed.status === 507 || failed.status === 503, `call-out while full: ${failed.status}`);
    const messages = mailbox(county).length;
    await sleep(1500); // the channel and the timers meet the full disk too
    must(calledOut || mailbox(county).length === messages, "a refused call-out alerted somebody");

    free();
    await until("accepted again", async () => {
        const again = await report(refused.key);
        if (again.status === 201) accepted.add(again.body.id);
        return again.status === 201;
    });
    must((await watched()).stores === false, "it is said to store as soon as something small is stored");
    await until("it is said to store again", async () => (await watched()).stores);
    await until("the log says that it goes on", () => logged("is stored again"));
    const twice = await report(refused.key);
    must(twice.status === 201 && accepted.has(twice.body.id), "the same key made a second one");
    must(same(await stored(), accepted), "after the room came back: not what was accepted");
    const state = (await phone.look(server.url)).state;
    if (pressed) must(["assigned", "accepted", "late"].includes(state), `a yes by the page is '${state}'`);
    else if (yes instanceof Error) {
        must(state === "pending", `a refused yes is '${state}'`);
        must(["assigned", "accepted", "late"].includes((await phone.answer(server.url, "accept")).state), "yes again");
    } else must(state === yes.state, `an acknowledged '${yes.state}' is '${state}'`);
    if (!calledOut) must((await start(second.need)).status === 201, "the second call-out");
    await until("the messages that waited", () => mailbox(county).length > messages);
    await listening.body.cancel();
    await until("who signed in is stored, and who signed out", () => isStored(fresh) && !isStored(tired));
    ok("room again: what was refused is done once, messages go out");
    verify(county);

    // The plug is pulled on a full disk.
    fill();
    await reportUntilRefused(accepted);
    await server.kill();
    await server.start();
    must((await seenBy(fresh)) === 200, "who signed in while full was not stored with room again");
    must((await seenBy(tired)) === 401, "who signed out while full is signed in after a restart");
    await server.signIn();
    must(same(await stored(), accepted), "after kill -9 on a full disk: not what was accepted");
    ok("kill -9 on a full disk: everything accepted is there, nothing else, before there is room");

    // Somebody hopes that a restart helps.
    fill(); // the log may have begun anew
    await reportUntilRefused(accepted);
    must((await server.stop()).code === 0, "SIGTERM on a full disk");
    await server.start();
    await server.signIn();
    must(same(await stored(), accepted), "after a restart on a full disk: not what was accepted");
    free();
    await until("accepted again after a restart", async () => {
        const again = await report(`key-${++count}`);
        if (again.status === 201) accepted.add(again.body.id);
        return again.status === 201;
    });
    must(same(await stored(), accepted), "with room after a restart: not what was accepted");
    ok("a restart on a full disk shows what runs, and goes on with room again");
    const warned = () => times("the disk is nearly full");
    await server.stop();
    const before = warned();
    await server.start();
    await sleep(500);
    must(warned() === before, "a disk with room is said to be nearly full");
    await server.stop();
    fill();
    truncateSync(ballast, statSync(ballast).size - (2 << 20));
    await server.start();
    await until("a word in the log", () => warned() > before);
    free();
    ok("a disk that is nearly full is told of in the log");
    const end = await server.stop();
    must(end.code === 0, `SIGTERM: ${JSON.stringify(end)}`);
    verify(county);
    ok("muster verify holds");

    // A disk that fails is mounted read-only by the kernel: what is on it can still be read and saved.
    const muster = (...words) => execFileSync(program, [...words, "--dir", county.dir], { encoding: "utf8", stdio: "pipe" });
    execFileSync("mount", ["-o", "remount,ro", disk]);
    verify(county);
    must(muster("account", "list").includes("admin"), "account list on a read-only disk");
    muster("backup", join(county.work, "saved"), "--keys", join(county.work, "keys"));
    try {
        muster("account", "password", "admin");
        must(false, "a password is changed on a read-only disk");
    } catch (error) {
        must(/Read-only file system; commands that only read/.test(error.stderr), error.message);
    }
    execFileSync("mount", ["-o", "remount,rw", disk]);
    ok("on a read-only disk: verified, listed, backed up; a change is refused and says what still works");
} catch (error) {
    failure = error;
    server.process?.kill("SIGKILL");
}
free();
finish("disk", passed, failure, county);
