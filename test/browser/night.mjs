// SPDX-License-Identifier: Apache-2.0
// How a night may end: somebody was on the way when all were told to rest, and two colleagues
// check the same report.
import { sign_in, without_map } from "./life.mjs";
import { answer, links_of, maker } from "./made.mjs";

/** Stood down, one with a report, one who has not said that they are back; in review, in view. */
async function reviewed(page, target) {
  const make = await maker(page, target);
  const at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  const step = (step) => make("incidents/" + incident + "/steps", { step });
  await step("confirm");
  const need = await make("incidents/" + incident + "/needs", { at, within_minutes: 40, lines: [{ skills: [], count: 3 }], reserve: 0, target: 0.95 });
  await make("needs/" + need + "/callouts", { lift: ["quiet", "duty", "cap"], reason: "story" });
  const [one, two] = await links_of(page, target, 2);
  for (const word of ["accept", "depart", "arrive"]) await answer(page.request, one, { answer: word });
  for (const word of ["accept", "depart"]) await answer(page.request, two, { answer: word });
  await step("stand_down");
  await answer(page.request, one, { answer: "report", outcome: "done", text: "沙袋堆好了" });
  await step("review");
  await page.goto(target.url + "/incidents/" + incident);
  await page.waitForSelector(".review .verify");
  return two;
}

/** Who had left counts until they say that they are back: the close is not offered before. */
async function out_until_back(page, away) {
  await page.waitForSelector(".review .checklist >> text=1 人还没有下落");
  if (await page.locator(".review button.primary").count()) throw new Error("the close is offered while somebody is out");
  await answer(page.request, away, { answer: "turned_back" });
  await page.waitForSelector(".review .checklist >> text=都有下落");
}

/** A doubt is being typed while a colleague checks the report: it stays, and becomes a correction. */
async function overtaken(page, browser, target) {
  await page.click(".review .verify >> text=有疑问");
  await page.fill(".review .verify input", "时间太长");
  const context = await browser.newContext();
  const other = await context.newPage();
  await without_map(other);
  await sign_in(other, { ...target, ...target.checker });
  await other.goto(page.url());
  await other.waitForSelector(".review .verify");
  await other.click(".review .verify button:not(.quiet)");
  await page.waitForSelector(".review .overtaken");
  if ((await page.inputValue(".review .overtaken input:not([type=number])")) !== "时间太长") throw new Error("what was typed is lost");
  await context.close();
  await page.click(".review .overtaken > button");
  await page.waitForSelector(".review .overtaken", { state: "detached" });
}

export async function a_bad_end({ browser, target }) {
  if (target.mock) return; // its people answer by a script
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const away = await reviewed(page, target);
  await out_until_back(page, away);
  await overtaken(page, browser, target);
  await context.close();
}
