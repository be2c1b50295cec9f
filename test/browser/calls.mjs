// SPDX-License-Identifier: Apache-2.0
// The console calls whoever is not looking: by the tab's title, a tone, a notice of the
// desktop; and a call for help goes on ringing until a dispatcher sees to it.
import { is_an_app, sign_in, watch } from "./life.mjs";
import { answer, call_out, links_of, maker } from "./made.mjs";

/** Counts what would be heard and seen outside the page. */
function count_calls() {
  window.rung = 0;
  window.told = [];
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...when) {
    window.rung++;
    return start.apply(this, when);
  };
  window.AudioContext = class extends window.AudioContext {
    constructor() {
      super();
      window.audio = this;
    }
  };
  window.Notification = class {
    static permission = "granted";
    static requestPermission = async () => "granted";
    constructor(title, options) {
      window.told.push(title + ": " + options.body);
    }
  };
  Object.defineProperty(document, "hidden", { get: () => window.away ?? false });
}

const title = (page, wanted) => page.waitForFunction((text) => document.title === text, wanted);
const rung_more = (page, than) => page.waitForFunction((n) => window.rung > n, than, { timeout: 8000 });
const rung = (page) => page.evaluate(() => window.rung);

async function by_hand(page, set) {
  await page.click(".account > summary");
  await page.waitForSelector(".calls");
  await set();
  await page.click(".account > summary");
}

/** What a push service would do for the browser; the worker is the real one. */
function fake_service() {
  const given = () => ({
    toJSON: () => ({ endpoint: "https://updates.push.services.mozilla.com/wpush/v2/abc", keys: { p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", auth: "BTBZMqHH6r4Tts7J_aSIgg" } }),
    unsubscribe: async () => void localStorage.removeItem("given"),
  });
  PushManager.prototype.subscribe = async () => (localStorage.setItem("given", "yes"), given());
  PushManager.prototype.getSubscription = async () => (localStorage.getItem("given") ? given() : null);
}

/** A desk's notifications in this browser: turned on by hand, gone on with after the next sign-in, ended by the sign-out. */
export async function desk_push({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", permissions: ["notifications"] });
  const page = await office.newPage();
  const wrong = watch(page, target);
  const told = () => page.evaluate(() => fetch("/api/v1/sessions/current").then((answer) => answer.json()).then((session) => session.push_p256dh ?? ""));
  const box = page.getByLabel("没开着控制台时");
  const switched = async (wanted) => {
    if ((await page.getAttribute(".account", "open")) === null) await page.click(".account > summary");
    await page.waitForFunction(([label, on]) => [...document.querySelectorAll(".calls label")].find((one) => one.textContent.startsWith(label)).querySelector("input").checked === on, ["没开着控制台时", wanted]);
  };
  await sign_in(page, target);
  await is_an_app(page);
  await switched(false);
  const menu = await page.locator(".account > div").boundingBox();
  if (menu.x < 0 || menu.x + menu.width > 390) throw new Error("the menu lies from " + menu.x + " to " + (menu.x + menu.width));
  await box.click(); // this browser knows no service
  await page.waitForSelector(".calls >> text=连不上它的通知服务");
  await switched(false);
  await page.addInitScript(fake_service);
  await page.reload();
  await switched(false);
  await box.click();
  await switched(true);
  await page.locator(".calls input:enabled").nth(2).waitFor();
  if (!(await told())) throw new Error("the server was not told");
  await shot(page, "account", "push", 390, "light", "zh");
  await office.clearCookies();
  await page.reload();
  await sign_in(page, target);
  await switched(true);
  if (!(await told())) throw new Error("not gone on with");
  await page.click(".account button >> text=退出");
  await page.waitForSelector("input[name=account]");
  await sign_in(page, target);
  await switched(false);
  if (await told()) throw new Error("it outlives the sign-out");
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

export async function calls({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });
  const page = await office.newPage();
  await page.addInitScript(count_calls);
  const wrong = watch(page, target);
  await sign_in(page, target);
  await title(page, "事件 · muster");
  await by_hand(page, async () => {
    await page.check(".calls label >> nth=1 >> input");
    await shot(page, "account", "calls", 1280, "light", "zh");
  });
  // An incident that somebody else reports.
  const make = await maker(page, target);
  const at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  await title(page, "(1) 事件 · muster");
  await rung_more(page, 0);
  await make("incidents/" + incident + "/steps", { step: "confirm" });
  await title(page, "事件 · muster");
  // A call for help, while another window is in view.
  await call_out(make, incident, { within_minutes: 30 });
  const volunteer = await browser.newContext();
  const [link] = await links_of(page, target, 1);
  await answer(volunteer.request, link, { answer: "accept" });
  await page.evaluate(() => void (window.away = true));
  await answer(volunteer.request, link, { answer: "sos" });
  await title(page, "‼ 1 人求助 · 事件 · muster");
  const once = await rung(page);
  await rung_more(page, once); // again, as nobody sees to it
  const told = await page.evaluate(() => window.told);
  if (told.length !== 1 || !told[0].startsWith("有人求助: 洪涝")) throw new Error("the desktop was told " + JSON.stringify(told));
  await page.click(".alarms button");
  await title(page, "事件 · muster");
  const seen = await rung(page);
  await page.waitForTimeout(6000);
  if ((await rung(page)) !== seen) throw new Error("it rings on though somebody sees to it");
  // Switched off, it is silent; the title says it all the same.
  await by_hand(page, () => page.uncheck(".calls label >> nth=0 >> input"));
  await answer(volunteer.request, link, { answer: "sos" });
  await title(page, "‼ 1 人求助 · 事件 · muster");
  await page.waitForTimeout(500);
  if ((await rung(page)) !== seen) throw new Error("it rings though that was switched off");
  await page.click(".alarms button");
  // After a reload a browser lets nothing sound before a press: that is said.
  await by_hand(page, () => page.check(".calls label >> nth=0 >> input"));
  await page.reload();
  await page.waitForSelector(".chip");
  await answer(volunteer.request, link, { answer: "sos" });
  await page.waitForSelector(".unheard >> text=让它响");
  await shot(page, "incidents", "silent", 1280, "light", "zh");
  const lets_ring = async () => {
    await page.click(".unheard button");
    await rung_more(page, await rung(page));
    await page.waitForSelector(".unheard", { state: "detached" });
  };
  await lets_ring();
  // And taken away again, as from a page that slept: the next press helps once more.
  await page.evaluate(() => window.audio.suspend());
  await page.waitForSelector(".unheard >> text=让它响");
  await lets_ring();
  // Whatever is pressed helps, and is pressed: nothing moves away under the finger.
  await page.evaluate(() => window.audio.suspend());
  await page.waitForSelector(".unheard >> text=让它响");
  await page.click("#side .row button.primary", { delay: 200 });
  await page.waitForSelector("#report-title");
  await page.waitForSelector(".unheard", { state: "detached" });
  await page.click("#side .row button.quiet");
  // The tab says where one is, in the language of the page, with what calls in front.
  await page.click(".alarms button");
  await page.click(".chip");
  const { case: number } = await (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  await title(page, "洪涝 · " + number + " · muster");
  await answer(volunteer.request, link, { answer: "sos" });
  await title(page, "‼ 1 人求助 · 洪涝 · " + number + " · muster");
  await page.click(".language");
  await title(page, "‼ 1 need help · Flood · " + number + " · muster");
  await page.click(".ways a[href='/people']");
  await title(page, "‼ 1 need help · People · muster");
  await volunteer.close();
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
