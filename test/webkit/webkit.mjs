// SPDX-License-Identifier: Apache-2.0
// The engine of Safari, so of every iPhone: WebKitGTK's browser, led by its own driver (WebDriver, W3C) on a display
// in memory. A window of a given size; what is asked of it is as in the standard.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { freePort, sleep } from "../fault/lib.mjs";

const folder = "/usr/lib/x86_64-linux-gnu";
const browser = existsSync(folder) && readdirSync(folder).filter((name) => name.startsWith("webkit2gtk-")).map((name) => `${folder}/${name}/MiniBrowser`).find(existsSync);

/** What is not here, if anything. */
export const missing = ["/usr/bin/WebKitWebDriver", "/usr/bin/Xvfb"].find((path) => !existsSync(path)) ?? (browser ? null : "MiniBrowser of WebKitGTK");

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // the standard's name for "this is an element"
const START_MS = 20000;

export class Window {
    async open(width, height) {
        const display = await new Promise((resolve, reject) => {
            this.display = spawn("Xvfb", ["-displayfd", "1", "-screen", "0", `${width}x${height}x24`, "-nolisten", "tcp"], { stdio: ["ignore", "pipe", "ignore"] });
            this.display.stdout.once("data", (data) => resolve(`:${String(data).trim()}`));
            this.display.once("exit", () => reject(new Error("no display")));
        });
        const port = await freePort();
        this.driver = spawn("WebKitWebDriver", [`--port=${port}`], { stdio: "ignore", env: { ...process.env, DISPLAY: display, TZ: "Asia/Shanghai" } });
        this.url = `http://127.0.0.1:${port}`;
        for (const end = performance.now() + START_MS; performance.now() < end; await sleep(100))
            if (await fetch(`${this.url}/status`).then((answer) => answer.ok, () => false)) break;
        // A map drawn by software takes the machine's whole time.
        const options = { binary: browser, args: ["--automation", "--enable-webgl=false"] };
        const { sessionId } = await this.ask("POST", "/session", { capabilities: { alwaysMatch: { "webkitgtk:browserOptions": options } } });
        this.url += `/session/${sessionId}`;
        await this.ask("POST", "/window/rect", { x: 0, y: 0, width, height });
    }
    async ask(method, path, body = {}) {
        const answer = await fetch(this.url + path, { method, headers: { "content-type": "application/json" }, body: method === "POST" ? JSON.stringify(body) : undefined });
        const { value } = await answer.json();
        if (answer.status !== 200) throw new Error(`${method} ${path} ${JSON.stringify(body).slice(0, 200)}: ${value.error} ${value.message}`);
        return value;
    }
    /** The page at URL; what goes wrong in it from then on is told by wrong(). */
    async go(url) {
        await this.ask("POST", "/url", { url });
        await this.run(`window.went_wrong = [];
            addEventListener("error", (event) => went_wrong.push(event.message));
            addEventListener("unhandledrejection", (event) => went_wrong.push(String(event.reason)));
            addEventListener("securitypolicyviolation", (event) => went_wrong.push(event.blockedURI));`);
    }
    run(script) {
        return this.ask("POST", "/execute/sync", { script, args: [] });
    }
    wrong() {
        return this.run("return window.went_wrong ?? []");
    }
    text(css = "body") {
        return this.run(`return document.querySelector(${JSON.stringify(css)})?.innerText ?? ""`);
    }
    async element(xpath) {
        for (const end = performance.now() + START_MS; ; await sleep(100)) {
            const found = await this.ask("POST", "/element", { using: "xpath", value: xpath }).catch((error) => error);
            if (!(found instanceof Error)) return found[ELEMENT];
            if (performance.now() > end) throw found;
        }
    }
    async click(xpath) {
        await this.ask("POST", `/element/${await this.element(xpath)}/click`);
    }
    async type(xpath, text) {
        await this.ask("POST", `/element/${await this.element(xpath)}/value`, { text });
    }
    async close() {
        await this.ask("DELETE", "").catch(() => undefined);
        this.driver?.kill();
        this.display?.kill();
    }
}
