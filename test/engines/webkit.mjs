// SPDX-License-Identifier: Apache-2.0
// The engine of Safari, so of every iPhone: WebKitGTK's browser, led by its own driver over HTTP, on a display in
// memory.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { freePort, sleep } from "../fault/lib.mjs";
import { START_MS } from "./window.mjs";

const folder = "/usr/lib/x86_64-linux-gnu";
const browser = existsSync(folder) && readdirSync(folder).filter((name) => name.startsWith("webkit2gtk-")).map((name) => `${folder}/${name}/MiniBrowser`).find(existsSync);

const missing = ["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"].find((path) => !existsSync(path)) ?? (browser ? null : "MiniBrowser of WebKitGTK");

const PATHS = { SetWindowRect: "/window/rect", Navigate: "/url", ExecuteScript: "/execute/sync", FindElement: "/element", ElementClick: "/element/ID/click", ElementSendKeys: "/element/ID/value" };

async function post(url, body) {
    const answer = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) });
    const { value } = await answer.json();
    if (answer.status !== 200) throw new Error(`${url} ${JSON.stringify(body).slice(0, 200)}: ${value.error} ${value.message}`);
    return value;
}

async function start(width, height) {
    const display = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
    const number = await new Promise((resolve, reject) => {
        display.stdout.once("data", (data) => resolve(`:${String(data).trim()}`));
        display.once("exit", () => reject(new Error("no display")));
    });
    const port = await freePort(), url = `http://127.0.0.1:${port}`;
    const driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: number, TZ: "Asia/Shanghai" } });
    for (const end = performance.now() + START_MS; performance.now() < end; await sleep(100))
        if (await fetch(`${url}/status`).then((answer) => answer.ok, () => false)) break;
    // A map drawn by software takes the machine's whole time.
    const options = { binary: browser, args: ["--automation", "--enable-webgl=false"] };
    const { sessionId } = await post(`${url}/session`, { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } });
    const session = `${url}/session/${sessionId}`;
    return {
        ask: (command, { id, ...body }) => post(session + PATHS[command].replace("ID", id), body),
        async stop() {
            await fetch(session, { method: "DELETE" }).catch(() => undefined);
            driver.kill();
            display.kill();
        },
    };
}

export const webkit = { name: "webkit", missing, start };
