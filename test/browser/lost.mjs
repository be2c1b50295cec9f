// SPDX-License-Identifier: Apache-2.0
// Answers that are lost: who presses again because of the trouble repeats the same act, and it
// is done once; who has seen it done and presses again means it, and it is done again.
import { sign_in, without_map } from "./life.mjs";
import { answer, called_out, links_of, maker } from "./made.mjs";

/** An incident in view with somebody at the scene, and a way to lose answers. */
async function begun(browser, target) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const { incident } = await called_out(await maker(page, target), { within_minutes: 40, reserve: "auto" });
  const [link] = await links_of(page, target, 1);
  for (const step of ["accept", "depart", "arrive"]) await answer(context.request, link, { answer: step });
  await page.goto(target.url + "/incidents/" + incident);
  await page.waitForSelector(".steps >> text=点名");
  const read = async () => (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  const keys = [];
  /** The answer to the next POST that fits is lost; it ARRIVES or not. */
  const lose = (pattern, arrives) => {
    let over = false;
    return page.route(pattern, async (route) => {
      if (over || route.request().method() !== "POST") return route.fallback();
      over = true;
      keys.push((await route.request().allHeaders())["idempotency-key"]);
      if (arrives) await route.fetch();
      return route.abort("connectionreset");
    });
  };
  return { context, page, link, read, lose, keys };
}

async function until(wanted, what) {
  for (let tries = 0; tries < 50; tries++) {
    if (await wanted()) return;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error(what);
}

/** Not carried out, pressed again: the same key. */
async function pressed_again({ page, read, lose, keys }) {
  await lose(/\/roll-calls$/, false);
  await page.click(".steps >> text=点名");
  await page.waitForSelector(".steps ~ .trouble");
  const sent = page.waitForRequest(/\/roll-calls$/);
  await page.click(".steps >> text=点名");
  if ((await (await sent).allHeaders())["idempotency-key"] !== keys[0]) throw new Error("the second press is another act");
  await page.waitForSelector(".roll-call");
  await page.waitForSelector(".steps ~ .trouble", { state: "detached" });
  return (await read()).roll_call_at;
}

async function roll_call_twice({ page, read, lose }, before) {
  await lose(/\/roll-calls$/, true);
  await page.click(".steps >> text=点名");
  await until(async () => (await read()).roll_call_at !== before, "the lost one was not carried out");
  const first = (await read()).roll_call_at;
  await page.waitForTimeout(1500); // the screen shows it
  if (await page.locator(".steps ~ .trouble").count()) throw new Error("there is trouble over what is seen to be done");
  await page.click(".steps >> text=点名");
  await until(async () => (await read()).roll_call_at !== first, "the second roll call was not made");
}

async function alarm_twice({ context, page, link, read, lose }) {
  await answer(context.request, link, { answer: "sos" });
  await page.waitForSelector(".alarms button");
  await lose(/\/alarms$/, true);
  await page.click(".alarms button");
  await page.waitForSelector(".alarms", { state: "detached" });
  await answer(context.request, link, { answer: "sos" });
  await page.waitForSelector(".alarms button");
  await page.click(".alarms button");
  await until(async () => !(await read()).alarms.length, "the second alarm was not acknowledged");
}

async function stand_down_twice({ page, read, lose }) {
  const stand_down = async () => {
    await page.click(".board .actions button:last-of-type");
    await page.click("dialog button.primary");
  };
  await lose(/\/incidents\/\d+\/steps$/, true);
  await stand_down();
  await page.waitForSelector("dialog .trouble");
  await page.waitForSelector(".review");
  await page.keyboard.press("Escape");
  await page.click(".steps >> text=重新打开");
  await page.fill("dialog input", "水又涨了");
  await page.click("dialog button.primary");
  await page.waitForSelector(".board .actions");
  await page.waitForFunction(() => !document.querySelector("dialog"));
  await stand_down();
  await until(async () => (await read()).state !== "active", "the second stand-down was not made");
}

export async function lost_answers({ browser, target }) {
  if (target.mock) return; // its people answer by a script
  const told = await begun(browser, target);
  const before = await pressed_again(told);
  await roll_call_twice(told, before);
  await alarm_twice(told);
  await stand_down_twice(told);
  await told.context.close();
}
