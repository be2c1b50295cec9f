// SPDX-License-Identifier: Apache-2.0
// The running incident, looked at closely: who needs a hand is on the map, whatever else
// is there.
import { call_out, watch } from "./life.mjs";
import { start_stand_in } from "./target.mjs";

const MARKS = () => window.muster_map.loaded() && window.muster_map.queryRenderedFeatures({ layers: ["alarms"] }).map((one) => one.properties.label);

/** So many marks, and among their words these. */
async function alarms_are(page, count, ...wanted) {
  let marks;
  for (const until = Date.now() + 30000; Date.now() < until; await page.waitForTimeout(200)) {
    marks = (await page.evaluate(MARKS)) || [];
    if (marks.length === count && wanted.every((one) => marks.join().includes(one))) return;
  }
  throw new Error("the map's alarms are not " + count + " with " + wanted + ": " + marks);
}

/** The board as the API tells it, once so many have accepted: a page that draws a map is slow. */
async function accepted(page, target, count) {
  const read = async (path) => (await page.request.get(target.url + "/api/v1/" + path)).json();
  const { needs } = await read("incidents/" + /\d+/.exec(new URL(page.url()).pathname)[0]);
  for (;;) {
    const { assignments } = await read("callouts/" + needs[0].callouts[0].id);
    if (assignments.length >= count) return assignments;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** A step of the API on the assignment of that INDEX. */
async function step(page, target, index, data) {
  const one = (await accepted(page, target, index + 1))[index];
  const made = await page.request.post(target.url + "/api/v1/assignments/" + one.id + "/" + (data.step === "acknowledge" ? "alarms" : "steps"), { data });
  if (!made.ok()) throw new Error(data.step + ": " + made.status());
}

/** A call for help and somebody out of contact: on the map with a word and how the place is known, first in the table, until it is over. */
async function on_the_map(page, target, picture) {
  await call_out(page, target, { count: 3 });
  await step(page, target, 2, { step: "lost" });
  await page.waitForFunction(() => document.querySelectorAll(".assignments .state.ok").length === 2, null, { timeout: 60000 });
  await page.request.post(target.url + "/api/v1/mock/sos", { data: { index: 0 } });
  await page.waitForSelector(".alarms");
  await alarms_are(page, 2, "需要帮助", "本人", "失联", "平时所在一带");
  await picture("sos");
  await step(page, target, 0, { step: "acknowledge" });
  await page.waitForFunction(() => !document.querySelector(".alarms"));
  await alarms_are(page, 2, "需要帮助 · 处理中");
  await page.route(/\/api\/v1\/callouts\/\d+(\/alerts.*)?$/, async (route) => { // nobody shares where they are
    const { assignments, items, ...rest } = await (await route.fetch()).json();
    const without = (all) => all?.map(({ position, at_grid, ...one }) => one);
    await route.fulfill({ json: { ...rest, assignments: without(assignments), items: without(items) } });
  });
  await step(page, target, 1, { step: "work" });
  await alarms_are(page, 1, "召集地点, 已报到", "位置不明");
  await page.unrouteAll({ behavior: "wait" });
  await step(page, target, 1, { step: "release" });
  await alarms_are(page, 2, "本人");
  await page.click(".board .tabs button >> nth=3");
  const rows = await page.locator(".board tbody tr").allInnerTexts();
  if (!rows[0].includes("处理中") || !rows[0].includes("本人") || !rows[1].includes("失联")) throw new Error("the table begins with " + rows.slice(0, 2).join(" / "));
  await picture("sos-table");
  await step(page, target, 2, { step: "found" });
  await step(page, target, 0, { step: "release" });
  await alarms_are(page, 0);
}

const LOCALES = { zh: "zh-CN", en: "en-GB" };

async function on_stand_in({ browser, shot }, { width = 1280, height = 800, theme = "light", lang = "zh" }, tell) {
  const target = await start_stand_in();
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: theme, locale: LOCALES[lang] });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await tell(page, target, (state) => shot(page, "board", state, width, theme, lang));
  await context.close();
  await target.stop();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

export async function board(context) {
  const { test } = context;
  await test("board: who needs a hand is on the map", () => on_stand_in(context, {}, on_the_map));
}
