// SPDX-License-Identifier: Apache-2.0
// A volunteer's page that was left open while things changed, and on an old telephone.
import { sign_in, without_map } from "./life.mjs";
import { answer, links_of, maker } from "./made.mjs";

/** Looked at again, the page asks nobody for what is not wanted any more. */
export async function page_left_open({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 320, height: 640 }, locale: "zh-CN", geolocation: { latitude: 30.71, longitude: 121.03 }, permissions: ["geolocation"] });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target);
  const at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  await make("incidents/" + incident + "/steps", { step: "confirm" });
  const need = await make("incidents/" + incident + "/needs", { at, within_minutes: 40, lines: [{ skills: [], count: 1 }], reserve: 0 });
  await make("needs/" + need + "/callouts", {});
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
