// SPDX-License-Identifier: Apache-2.0
// A volunteer's page that was left open while things changed, and on an old telephone.
import { axe } from "./axe.mjs";
import { is_an_app, sign_in, without_map } from "./life.mjs";
import { answer, called_out, links_of, maker } from "./made.mjs";

/** Looked at again, the page asks nobody for what is not wanted any more. */
export async function page_left_open({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: "zh-CN", geolocation: { latitude: 30.71, longitude: 121.03 }, permissions: ["geolocation"] });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const { incident } = await called_out(await maker(page, target), { within_minutes: 40, reserve: 0 });
  const [asked, coming] = await links_of(page, target, 2);
  const program = await (await page.request.get(target.url + "/assets/page.js")).text();
  if (/\?\.[a-z]|\|\|=|\?\?/.test(program)) throw new Error("an old telephone cannot read page.js");
  await page.goto(asked);
  await page.waitForSelector("button[value=accept]");
  await page.selectOption("select[name=from]", { label: "我现在的位置" });
  await page.waitForFunction(() => document.querySelector("select[name=from]").value === "30.710000,121.030000");
  await answer(context.request, coming, { answer: "accept" });
  await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
  await page.waitForSelector("h1 >> text=安心休息");
  if (await page.locator("button").count()) throw new Error("who is told to rest is asked to press something");
  await context.close();
}

/** On another telephone: what was written is still there when the digits were wrong. */
async function wrong_digits(browser, link) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const page = await context.newPage();
  await page.goto(link);
  await page.check("input[value=done]");
  await page.fill("textarea", "都好。");
  await page.locator("form:has(textarea) [name=digits]").fill("0000");
  await page.click("button[value=report]");
  await page.waitForSelector(".notice:not(.sending)");
  await page.waitForSelector("form:has(textarea) [name=digits]");
  if ((await page.inputValue("textarea")) !== "都好。") throw new Error("wrong digits lose the report");
  await context.close();
}

/** A report half written outlives a reload and a page that the telephone dropped; no other link shows it, and
 * it goes when it was sent. */
export async function report_half_written({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  let page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  await called_out(await maker(page, target), { within_minutes: 40, lines: [{ skills: [], count: 2 }], reserve: 0 });
  const links = await links_of(page, target, 2);
  for (const link of links) for (const step of ["accept", "depart", "arrive", "release"]) await answer(context.request, link, { answer: step });
  const holds = async (link, text, outcome) => {
    await page.close();
    page = await context.newPage();
    await page.goto(link);
    const held = [await page.inputValue("textarea"), await page.locator("input[name=outcome]:checked").getAttribute("value", { timeout: 1000 }).catch(() => "")];
    if (held.join("|") !== [text, outcome].join("|")) throw new Error("the report holds " + held.join("|"));
  };
  await holds(links[0], "", "");
  await page.check("input[value=partly]");
  await page.fill("textarea", "水已退，两户还没有电。");
  await page.reload();
  await holds(links[1], "", "");
  await holds(links[0], "水已退，两户还没有电。", "partly");
  await wrong_digits(browser, links[1]);
  await shot(page, "volunteer", "report-kept", 390, "light", "zh");
  await page.click("button[value=report]");
  await page.waitForSelector("text=两户还没有电 >> visible=true");
  if (await page.evaluate(() => Object.keys(localStorage).some((key) => key.startsWith("muster-report ")))) throw new Error("what was sent is still on the telephone");
  await context.close();
}

const ENDPOINT = "https://fcm.googleapis.com/fcm/send/of-the-test";
const KEYS = {
  p256dh: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
};

/** No push service is reached from a test: what a browser would be given by one. */
function stand_in_service({ endpoint, keys }) {
  const kept = () => sessionStorage.getItem("subscribed") && { toJSON: () => ({ endpoint, keys }), unsubscribe: async () => true };
  PushManager.prototype.getSubscription = async () => kept() || null;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly || applicationServerKey.length !== 87) throw new Error("not as a browser wants it");
    if (sessionStorage.getItem("unreachable")) throw new DOMException("no service", "AbortError");
    sessionStorage.setItem("subscribed", "yes");
    return kept();
  };
}

async function says(page, text) {
  await page.waitForSelector(`section[data-push] >> text=${text}`);
  const lines = await page.locator("section[data-push] p:visible").count();
  if (lines !== 1) throw new Error(lines + " sentences at once beside: " + text);
}

/** Gives the worker a message as if a service had passed it on. */
async function pusher(context, page, target) {
  const session = await context.newCDPSession(page);
  const found = new Promise((resolve) => session.on("ServiceWorker.workerRegistrationUpdated", ({ registrations }) => registrations[0] && resolve(registrations[0])));
  await session.send("ServiceWorker.enable");
  const { registrationId } = await found;
  return (more) => {
    const data = { id: "1", kind: "alert", subject: "新埭镇需要您帮忙：洪涝", text: "离您约 6 分钟。", link: "https://elsewhere.example/r/AAAA", exercise: false, urgent: true, lang: "zh", ...more };
    return session.send("ServiceWorker.deliverPushMessage", { origin: target.url, registrationId, data: JSON.stringify(data) });
  };
}

/** Waits until the notifications shown are those WANTED (their tags, sorted): a busy machine takes its time over their pictures. */
async function shows(page, worker, wanted) {
  const ends = Date.now() + 30000;
  for (let tags; tags !== wanted; await page.waitForTimeout(50)) {
    tags = await worker.evaluate(async () => (await self.registration.getNotifications()).map(({ tag }) => tag).sort().join(" "));
    if (tags !== wanted && Date.now() > ends) throw new Error("notifications: " + tags + ", not " + wanted);
  }
}

/** What asks for an answer that nobody wants any more goes with the next notification; what a page shows itself, with it. */
async function over_is_closed(context, page, target) {
  const [worker] = context.serviceWorkers();
  const push = await pusher(context, page, target);
  const shown = (wanted) => shows(page, worker, wanted);
  await push({ link: "https://elsewhere.example/r/GONE" });
  await shown("/r/GONE");
  await push({ link: "https://elsewhere.example/r/NEWS", kind: "stand_down", urgent: false });
  await shown("/r/NEWS");
  await push({ link: "https://elsewhere.example/r/NEXT" });
  await shown("/r/NEWS /r/NEXT");
  await page.goto(target.url + "/r/NEXT");
  await shown("/r/NEWS");
  await page.goto(target.url + "/r/NEWS");
  await shown("");
}

/** What the worker makes of a message that a service passed on. */
async function show_pushed(context, page, target) {
  const [worker] = context.serviceWorkers();
  await (await pusher(context, page, target))({});
  await shows(page, worker, "/r/AAAA");
  return worker.evaluate(async () => {
    const shown = await self.registration.getNotifications();
    let opened;
    self.clients.openWindow = async (url) => (opened = url);
    self.dispatchEvent(new NotificationEvent("notificationclick", { notification: shown[0] }));
    return { opened, count: shown.length, ...Object.fromEntries(["title", "body", "tag", "lang"].map((key) => [key, shown[0]?.[key]])) };
  });
}

/** Notifications on this telephone: asked for by a button, shown, pressed, ended. */
export async function notifications({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", permissions: ["notifications"] });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const { items } = await (await page.request.get(target.url + "/api/v1/people?limit=1")).json();
  const person = await (await page.request.get(target.url + "/api/v1/people/" + items[0].number)).json();
  await page.addInitScript(stand_in_service, { endpoint: ENDPOINT, keys: KEYS });
  await page.goto(target.url + "/m/" + person.own_page);
  await page.fill("[name=digits]", person.phone.slice(-4));
  await page.click("button.primary");
  await says(page, "开启后，需要您时");
  await is_an_app(page);
  await shot(page, "own", "notifications-off", 390, "light", "zh");
  await axe(page, "notifications off");
  await page.evaluate(() => sessionStorage.setItem("unreachable", "yes"));
  await page.click("text=在这台手机上通知我");
  await says(page, "没能开启");
  await page.evaluate(() => sessionStorage.removeItem("unreachable"));
  await page.click("text=在这台手机上通知我");
  await says(page, "这台手机已开启通知");
  await shot(page, "own", "notifications-on", 390, "light", "zh");
  await axe(page, "notifications on");
  const pushed = await show_pushed(context, page, target);
  const wanted = { opened: "/r/AAAA", count: 1, title: "新埭镇需要您帮忙：洪涝", body: "离您约 6 分钟。", tag: "/r/AAAA", lang: "zh" };
  if (JSON.stringify(pushed) !== JSON.stringify(wanted)) throw new Error(JSON.stringify(pushed));
  await over_is_closed(context, page, target);
  await page.goto(target.url + "/people/" + person.number);
  await page.waitForSelector("text=本人已在手机上开启通知");
  await page.evaluate(() => sessionStorage.clear());
  await page.goto(target.url + "/m/" + person.own_page);
  await says(page, "另一台手机或另一个浏览器");
  await page.click("text=不再弹出通知");
  await says(page, "开启后，需要您时");
  await context.close();
}
