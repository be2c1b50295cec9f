// SPDX-License-Identifier: Apache-2.0
// A day with very many incidents, one of them named by a word without an end: nothing is pushed aside by it, and whoever takes
// over looks at what waits first, while paper holds all.
import { axe } from "./axe.mjs";
import { sign_in, without_map } from "./life.mjs";
import { maker } from "./made.mjs";

const LONG = "https://gauge.example/" + "Gauge12OverTheRoad".repeat(10).slice(0, 170);
const MANY = 24, LOOKS = [[1280, 800], [390, 844]];

/** Nothing on the page is wider than its place. */
async function nothing_pushed(page, what) {
  const wide = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll("main, #side, .panel, .list > li")].filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className || one.tagName));
  if (wide.length) throw new Error(what + ": a long word pushes " + [...new Set(wide)]);
}

/** Of each view the long title is seen whole, as wide as the page is. */
async function long_title(page, target, shot, { incident, width }) {
  for (const [view, path] of [["list", "/"], ["incident", "/incidents/" + incident], ["handover", "/handover"]]) {
    await page.goto(target.url + path);
    await page.locator("h1, h2, strong", { hasText: LONG }).first().waitFor();
    await nothing_pushed(page, view + " at " + width);
    await shot(page, view, "long-title", width, "light", "zh");
  }
}

/** On the screen only what waits so, on paper everything; who takes over takes all. */
async function what_waits(page, shot, width) {
  const seen = () => page.locator(".handover .list > li:visible").count();
  const waits = page.locator(".handover .wait-kinds button", { hasText: "待确认" });
  const all = await seen(), n = Number(await waits.locator("strong").innerText());
  if (all <= MANY || n === 0 || n >= all) throw new Error(n + " of " + all + " wait to be confirmed");
  await waits.click();
  await page.waitForFunction((n) => [...document.querySelectorAll(".handover .list > li")].filter((one) => one.offsetParent).length === n, n);
  if (!(await page.locator(".handover .actions button").innerText()).includes(String(all))) throw new Error("who takes over takes what is in view alone");
  await shot(page, "handover", "waiting", width, "light", "zh");
  await axe(page, "hand-over of many");
  await page.emulateMedia({ media: "print" });
  if ((await seen()) !== all) throw new Error("on paper stand " + (await seen()) + " of " + all);
  await page.emulateMedia({ media: "screen" });
  await page.locator(".handover .wait-kinds button").first().click();
  await page.fill(".handover input[type=search]", "Gauge12");
  await page.waitForFunction(() => [...document.querySelectorAll(".handover .list > li")].filter((one) => one.offsetParent).length === 1);
}

export async function many_incidents({ browser, target, shot }) {
  if (target.mock) return;
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target);
  const incident = await make("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 }, title: LONG });
  for (let i = 0; i < MANY; i++) {
    const other = await make("incidents", { kind: "fire", at: { lat: 30.66 + i * 0.004, lon: 121.05 } });
    if (i % 2) await make("incidents/" + other + "/steps", { step: "confirm" });
  }
  for (const [width, height] of LOOKS) {
    await page.setViewportSize({ width, height });
    await long_title(page, target, shot, { incident, width });
    await what_waits(page, shot, width);
  }
  await context.close();
}
