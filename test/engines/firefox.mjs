// SPDX-License-Identifier: Apache-2.0
// Firefox, led without a driver beside it: the commands go over its own socket (Marionette: "LENGTH:[0,id,command,body]"
// and back "LENGTH:[1,id,error,value]").
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sleep } from "../fault/lib.mjs";
import { START_MS } from "./window.mjs";

const program = "/usr/bin/firefox-esr";
// It writes its port into the profile; nothing is asked of anybody but the server. No map: drawn by software it takes
// the machine's whole time.
const PREFERENCES = { "marionette.port": 0, "intl.accept_languages": "en", "webgl.disabled": true, "app.update.auto": false, "datareporting.policy.dataSubmissionEnabled": false, "toolkit.telemetry.reportingpolicy.firstRun": false, "browser.shell.checkDefaultBrowser": false, "network.captive-portal-service.enabled": false, "network.connectivity-service.enabled": false };

/** The commands' other end: ask(command, body). */
class Line {
    waiting = new Map();
    last = 0;
    got = Buffer.alloc(0);
    constructor(socket) {
        this.socket = socket;
        socket.on("data", (data) => {
            this.got = Buffer.concat([this.got, data]);
            this.take();
        });
        socket.on("close", () => {
            for (const { reject } of this.waiting.values()) reject(new Error("Firefox has ended"));
        });
    }
    take() {
        for (let colon; (colon = this.got.indexOf(":")) > 0; ) {
            const end = colon + 1 + Number(this.got.subarray(0, colon));
            if (this.got.length < end) return;
            const message = JSON.parse(String(this.got.subarray(colon + 1, end)));
            this.got = this.got.subarray(end);
            if (Array.isArray(message)) this.answered(message);
        }
    }
    answered([, id, error, value]) {
        const { resolve, reject, command } = this.waiting.get(id);
        this.waiting.delete(id);
        if (error) reject(new Error(`${command}: ${error.error} ${error.message}`));
        else resolve(value && "value" in value ? value.value : value);
    }
    ask(command, body) {
        return new Promise((resolve, reject) => {
            this.waiting.set(++this.last, { resolve, reject, command });
            const text = JSON.stringify([0, this.last, command, body]);
            this.socket.write(`${Buffer.byteLength(text)}:${text}`);
        });
    }
}

async function portOf(profile, process) {
    const file = join(profile, "MarionetteActivePort");
    for (const end = performance.now() + START_MS; performance.now() < end; await sleep(100)) {
        if (existsSync(file) && readFileSync(file, "utf8") !== "") return Number(readFileSync(file, "utf8"));
        if (process.exitCode !== null) break;
    }
    throw new Error("its port is not known");
}

async function start() {
    const profile = mkdtempSync(join(tmpdir(), "muster-firefox-"));
    writeFileSync(join(profile, "user.js"), Object.entries(PREFERENCES).map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(""));
    const process_ = spawn(program, ["--marionette", "--headless", "--no-remote", "--profile", profile, "about:blank"], { stdio: "ignore", env: { ...process.env, HOME: profile, TZ: "Asia/Shanghai" } });
    const ended = new Promise((resolve) => process_.once("exit", resolve));
    const socket = connect(await portOf(profile, process_), "127.0.0.1");
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    const line = new Line(socket);
    await line.ask("WebDriver:NewSession", {});
    return {
        ask: (command, body) => line.ask(`WebDriver:${command}`, body),
        async stop() {
            await Promise.race([line.ask("Marionette:Quit", { flags: ["eForceQuit"] }), sleep(2000)]).catch(() => undefined);
            process_.kill();
            await Promise.race([ended, sleep(5000)]);
            process_.kill("SIGKILL");
            rmSync(profile, { recursive: true, force: true });
        },
    };
}

export const firefox = { name: "firefox", missing: existsSync(program) ? null : program, start };
