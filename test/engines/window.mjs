// SPDX-License-Identifier: Apache-2.0
// A browser's window of a given size, led by the commands of the standard (WebDriver, W3C), whichever way an engine
// takes them: an engine is { name, missing (what is not here, or null), start(width, height) }, which gives
// { ask(command, body), stop() }.
import { sleep } from "../fault/lib.mjs";

const ELEMENT = "element-6066-11e4-a52e-4f735466cecf"; // the standard's name for "this is an element"
export const START_MS = 20000;

export class Window {
    constructor(engine) {
        this.engine = engine;
    }
    async open(width, height) {
        this.session = await this.engine.start(width, height);
        await this.ask("SetWindowRect", { x: 0, y: 0, width, height });
    }
    async close() {
        await this.session?.stop();
    }
    ask(command, body = {}) {
        return this.session.ask(command, body);
    }
    /** The page at URL; what goes wrong in it from then on is told by wrong(). */
    async go(url) {
        await this.ask("Navigate", { url });
        await this.run(`window.went_wrong = [];
            addEventListener("error", (event) => went_wrong.push(event.message));
            addEventListener("unhandledrejection", (event) => went_wrong.push(String(event.reason)));
            addEventListener("securitypolicyviolation", (event) => went_wrong.push(event.blockedURI));`);
    }
    run(script) {
        return this.ask("ExecuteScript", { script, args: [] });
    }
    wrong() {
        return this.run("return window.went_wrong ?? []");
    }
    text(css = "body") {
        return this.run(`return document.querySelector(${JSON.stringify(css)})?.innerText ?? ""`);
    }
    async element(xpath) {
        for (const end = performance.now() + START_MS; ; await sleep(100)) {
            const found = await this.ask("FindElement", { using: "xpath", value: xpath }).catch((error) => error);
            if (!(found instanceof Error)) return found[ELEMENT];
            if (performance.now() > end) throw found;
        }
    }
    async click(xpath) {
        await this.ask("ElementClick", { id: await this.element(xpath) });
    }
    async type(xpath, text) {
        await this.ask("ElementSendKeys", { id: await this.element(xpath), text });
    }
}
