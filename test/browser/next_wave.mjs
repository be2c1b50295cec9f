// SPDX-License-Identifier: Apache-2.0
// A dispatcher who does not want to wait for answers sends the next wave at once, and is told
// first how many people that disturbs.
import { sign_in, watch } from "./life.mjs";
import { anybody, answer, AT_ANY_HOUR, call_out, called_out, links_of, maker } from "./made.mjs";

const alerted = (page) => page.locator(".funnel button >> nth=0").locator("strong").innerText().then(Number);

/** All seats taken: what would end at once is not offered, and what would help is said. */
async function all_seats_taken(page, target, make, incident) {
  const before = (await (await page.request.get(target.url + "/api/v1/mailbox")).json()).items.length;
  const { need } = await call_out(make, incident, { reserve: 0 }, AT_ANY_HOUR);
  await page.goto(target.url + "/incidents/" + incident + "/needs/" + need);
  await page.waitForSelector(".board");
  const [link] = await links_of(page, target, before + 1);
  await answer(page.request, link, { answer: "accept" });
  await page.waitForSelector(".actions >> text=请点“再加一项需求”");
  if (await page.locator(".actions button >> text=继续叫人").count()) throw new Error("calling on is offered while all seats are taken");
  await page.click(".need-steps button >> text=重新打开");
  await page.waitForSelector("dialog[open] >> text=需要的人都还在");
  if (await page.locator("dialog[open] button.primary").count()) throw new Error("it can be opened again for nobody");
  await page.keyboard.press("Escape");
}

/** Nobody can be there in a minute: it is not said that only those are asked who can. */
async function nobody_in_time(page, target, make, incident) {
  const need = await make("incidents/" + incident + "/needs", { at: { lat: 30.7, lon: 121.02 }, within_minutes: 1, lines: [{ skills: ["first-aid"], count: 5 }], target: 0.95 });
  await page.goto(target.url + "/incidents/" + incident + "/needs/" + need);
  await page.waitForSelector(".note.wait >> text=叫到的人多半都会晚到");
}

/** As planned nobody else would be asked: that is said, not that about 0 people are. */
async function waits_for_nobody(page) {
  await page.route("**/api/v1/needs/*/plan", async (route) => {
    const answer = await route.fetch(), plan = await answer.json();
    await route.fulfill({ response: answer, json: route.request().postDataJSON().at_once ? plan : { ...plan, expected_alerts: 0 } });
  });
  await page.click(".actions button >> text=立即发出");
  await page.waitForSelector("dialog[open] >> text=不会再提醒别人");
  await page.unrouteAll({ behavior: "wait" });
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
}

export async function next_wave({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const make = await maker(page, target);
  const { incident } = await called_out(make, { within_minutes: 120, lines: anybody(2) });
  await page.click(".chip");
  await page.waitForSelector(".funnel button strong");
  await waits_for_nobody(page);
  const before = await alerted(page);
  await page.click(".actions button >> text=立即发出");
  await page.waitForSelector("dialog[open]");
  await shot(page, "next-wave", "asked", 1280, "light", "zh");
  const more = Number(/现在再提醒 (\d+) 人/.exec(await page.locator("dialog").innerText())?.[1] ?? 0);
  if (!more) throw new Error("nobody would be asked: " + (await page.locator("dialog").innerText()));
  await page.click("dialog button.primary");
  await page.waitForSelector("dialog", { state: "detached" });
  await page.waitForFunction((n) => Number(document.querySelector(".funnel button strong").textContent) === n, before + more);
  await page.click(".actions button >> text=立即发出");
  await page.waitForSelector("dialog[open]");
  if (!(await page.locator("dialog").innerText()).includes("不必再打扰别人") || (await page.locator("dialog button.primary").count())) throw new Error("more people could be disturbed for nothing");
  await shot(page, "next-wave", "enough", 1280, "light", "zh");
  await page.keyboard.press("Escape");
  await page.waitForSelector("dialog", { state: "detached" });
  if (!target.mock) await all_seats_taken(page, target, make, incident);
  if (!target.mock) await nobody_in_time(page, target, make, incident);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
