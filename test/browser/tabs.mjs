// SPDX-License-Identifier: Apache-2.0
// One browser, several tabs: they share one session.
import { make_checker, sign_in, without_map } from "./life.mjs";
import { maker } from "./made.mjs";

async function open_tabs(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  await without_map(context);
  return context;
}

async function fill_in(page, { account, password }) {
  await page.fill("[name=account]", account);
  await page.fill("[name=password]", password);
  await page.click("form button.primary");
  await page.waitForSelector("#side h1");
}

/** What this tab says to the others is lost. */
const mute = (page) =>
  page.evaluate(() => {
    window.post = BroadcastChannel.prototype.postMessage;
    BroadcastChannel.prototype.postMessage = () => undefined;
  });
const unmute = (page) => page.evaluate(() => void (BroadcastChannel.prototype.postMessage = window.post));

/** All show the login. Who signs in second takes the session of the first, who does not hear of it: that one goes on all the same. */
export async function signed_in_twice({ browser, target, shot }) {
  const context = await open_tabs(browser);
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => context.newPage()));
  for (const page of [first, second, third]) await page.goto(target.url + "/");
  await fill_in(first, target);
  await mute(second);
  await fill_in(second, target);
  const make = await maker(second, target), at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  await make("incidents/" + incident + "/needs", { at, within_minutes: 40, lines: [{ skills: [], count: 1 }], reserve: "auto", target: 0.95 });
  const sent = [];
  first.on("request", (request) => request.method() === "POST" && sent.push(request.allHeaders().then((headers) => headers["idempotency-key"])));
  await first.click(".chip[href='/incidents/" + incident + "']");
  await first.click(".steps >> text=确认属实");
  await first.waitForSelector(".steps >> text=确认属实", { state: "detached" });
  const keys = await Promise.all(sent);
  if (!target.mock && keys.length - new Set(keys).size !== 1) throw new Error("not one was sent again with its key: " + keys);

  if (!target.mock) {
    const checker = await make_checker(second, target);
    await another_account(first, third, checker, shot);
    await unmute(third);
    await sign_out(third);
    await fill_in(third, target);
    await whose_session_it_is(first, target.account);
  }
  await context.close();
}

async function whose_session_it_is(page, account) {
  await page.waitForFunction((name) => document.querySelector("#over-title")?.textContent.includes(name), account);
}

/** Nothing is done for somebody else, and it is said whose session it is. */
async function another_account(page, third, checker, shot) {
  await page.click(".steps >> text=取消事件");
  await page.fill("dialog input", "误报");
  await mute(third);
  await fill_in(third, checker);
  await page.click("dialog button.primary");
  await whose_session_it_is(page, checker.account);
  await shot(page, "session", "other", 1280, "light", "zh");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.click("dialog:has(#over-title) button");
  await page.waitForSelector("#side h1");
  if ((await page.locator(".account > summary").innerText()) !== checker.account) throw new Error("the page is still the other account's");
  if ((await page.locator(".incident-head .state").innerText()).includes("取消")) throw new Error("it was done");
}

async function sign_out(page) {
  await page.click(".account > summary");
  await page.click(".account button:text-is('退出')");
  await page.waitForSelector("[name=password]:visible");
}

const TABS = 8; // a browser has six connections for a server
const all_show = (pages, selector) => Promise.all(pages.map((page) => page.waitForSelector(selector, { timeout: 45000 })));

/** They share one stream; when the tab that has it goes, or is stuck, the others miss nothing and say what is true. */
export async function many_tabs({ browser, target }) {
  const context = await open_tabs(browser);
  let streams = 0;
  context.on("request", (request) => void (streams += request.url().endsWith("/api/v1/stream")));
  const first = await context.newPage();
  await sign_in(first, target);
  await first.waitForSelector(".link.live");
  const others = await Promise.all(Array.from({ length: TABS - 1 }, () => context.newPage()));
  await Promise.all(others.map((page) => page.goto(target.url + "/")));
  await all_show(others, ".link.live");
  if (streams !== 1) throw new Error(streams + " streams");
  const make = await maker(first, target);
  let made = 0;
  const is_seen = async (pages) => {
    const id = await make("incidents", { kind: "flood", title: "事件 " + ++made, at: { lat: 30.7, lon: 121.02 } });
    await all_show(pages, ".incident-row[href='/incidents/" + id + "']");
  };
  await is_seen([first, ...others]);

  await Promise.all([first.close(), is_seen(others)]);
  await all_show(others, ".link.live");
  if (streams !== 2) throw new Error(streams + " streams after one tab was closed");
  await is_seen(others);

  await context.setOffline(true);
  await all_show(others, ".link.down");
  await context.setOffline(false);
  await all_show(others, ".link.live");
  await a_tab_is_stuck(others, is_seen);
  if (!target.mock) await all_are_signed_out(others, target);
  await context.close();
}

/** Whoever has the stream says nothing any more. */
async function a_tab_is_stuck(pages, is_seen) {
  const held = "muster-stream " + (await pages[0].locator(".account > summary").innerText());
  const holder = await pages[0].evaluate(async (name) => (await navigator.locks.query()).held.find((lock) => lock.name === name).clientId, held);
  const ids = await Promise.all(pages.map((page) => page.evaluate(() => navigator.locks.request("who am I " + Math.random(), async (own) => (await navigator.locks.query()).held.find((lock) => lock.name === own.name).clientId))));
  const stuck = pages[ids.indexOf(holder)], free = pages.filter((page) => page !== stuck);
  await mute(stuck);
  await all_show(free, ".link.poll");
  await is_seen(free);
  await unmute(stuck);
  await all_show(pages, ".link.live");
  await is_seen(pages);
}

/** One of them signs out: the others say so by themselves. It signs in again, and they go on. */
async function all_are_signed_out([page, ...others], target) {
  await sign_out(page);
  await all_show(others, "#over-title");
  const { held } = await page.evaluate(() => navigator.locks.query());
  if (held.length) throw new Error("nobody is signed in, and a tab holds " + held[0].name);
  await fill_in(page, target);
  await Promise.all(others.map((one) => one.waitForSelector("#over-title", { state: "detached" })));
}

/** A page that has no locks, as over http from another machine. */
export async function a_tab_alone({ browser, target }) {
  const context = await open_tabs(browser);
  await context.addInitScript(() => delete Navigator.prototype.locks);
  const page = await context.newPage();
  await sign_in(page, target);
  await page.waitForSelector(".link.live");
  const id = await (await maker(page, target))("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } });
  await page.waitForSelector(".incident-row[href='/incidents/" + id + "']");
  await context.setOffline(true);
  await page.waitForSelector(".link.down");
  await context.setOffline(false);
  await page.waitForSelector(".link.live");
  await context.close();
}
