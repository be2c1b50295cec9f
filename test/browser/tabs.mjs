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

/** All show the login. Who signs in second takes the session of the first: that one goes on all the same. */
export async function signed_in_twice({ browser, target, shot }) {
  const context = await open_tabs(browser);
  const [first, second, third] = await Promise.all([1, 2, 3].map(() => context.newPage()));
  for (const page of [first, second, third]) await page.goto(target.url + "/");
  await fill_in(first, target);
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

  if (!target.mock) await another_account(first, third, await make_checker(second, target), shot);
  await context.close();
}

/** Nothing is done for somebody else, and it is said whose session it is. */
async function another_account(page, third, checker, shot) {
  await fill_in(third, checker);
  await page.click(".steps >> text=取消事件");
  await page.fill("dialog input", "误报");
  await page.click("dialog button.primary");
  await page.waitForSelector("#over-title");
  if (!(await page.locator("#over-title").innerText()).includes(checker.account)) throw new Error("whose session it is is not said");
  await shot(page, "session", "other", 1280, "light", "zh");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await page.click("dialog:has(#over-title) button");
  await page.waitForSelector("#side h1");
  if ((await page.locator(".account > summary").innerText()) !== checker.account) throw new Error("the page is still the other account's");
  if ((await page.locator(".incident-head .state").innerText()).includes("取消")) throw new Error("it was done");
}
