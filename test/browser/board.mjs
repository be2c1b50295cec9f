// SPDX-License-Identifier: Apache-2.0
// The running incident, looked at closely: who needs a hand is on the map, whatever else
// is there.
import { axe } from "./axe.mjs";
import { call_out, to_plan, watch } from "./life.mjs";
import { start_stand_in } from "./target.mjs";

const MARKS = () => window.muster_map.loaded() && window.muster_map.queryRenderedFeatures({ layers: ["alarms"] }).map((one) => one.properties.label);

/** So many marks, and among their words these. */
async function alarms_are(page, count, ...wanted) {
  let marks;
  for (const until = Date.now() + 30000; Date.now() < until; await page.waitForTimeout(200)) {
    marks = await page.evaluate(MARKS); // false: it is still being drawn
    if (marks && marks.length === count && wanted.every((one) => marks.join().includes(one))) return;
  }
  throw new Error("the map's alarms are not " + count + " with " + wanted + ": " + marks);
}

const read = async (page, target, path) => (await page.request.get(target.url + "/api/v1" + path)).json();
async function callout_of(page, target) {
  const { needs } = await read(page, target, "/incidents/" + /\d+/.exec(new URL(page.url()).pathname)[0]);
  return "/callouts/" + needs[0].callouts[0].id;
}

/** The board as the API tells it, once so many have accepted: a page that draws a map is slow. */
async function accepted(page, target, count) {
  const callout = await callout_of(page, target);
  for (;;) {
    const { assignments } = await read(page, target, callout);
    if (assignments.length >= count) return assignments;
    await new Promise((wake) => setTimeout(wake, 50));
  }
}

/** A step of the API, or a report, on the assignment of that INDEX. */
async function step(page, target, index, data) {
  const one = (await accepted(page, target, index + 1))[index];
  const made = await page.request.post(target.url + "/api/v1/assignments/" + one.id + "/" + (data.outcome ? "reports" : data.step === "acknowledge" ? "alarms" : "steps"), { data });
  if (!made.ok()) throw new Error(JSON.stringify(data) + ": " + made.status());
}

/** What the stand-down of the incident says that it does, once it is known. */
async function stand_down_says(page, ...wanted) {
  await page.click(".board .actions button:last-of-type");
  await page.waitForFunction((n) => document.querySelectorAll("dialog li").length === n, wanted.length, { timeout: 10000 }).catch(() => undefined);
  const lines = await page.locator("dialog li").allInnerTexts();
  if (lines.length !== wanted.length || wanted.some((one, i) => !lines[i].includes(one))) throw new Error("the stand-down says " + lines.join(" / "));
  return { close: () => page.keyboard.press("Escape").then(() => page.waitForSelector("dialog", { state: "detached" })) };
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
  await page.click(".ways a[href='/circle']"); // whatever is in view
  await alarms_are(page, 2, "需要帮助", "失联");
  await picture("sos-elsewhere");
  await page.goBack();
  await page.waitForSelector(".board");
  const fates = ["1 人求助过", "1 人失联", "1 人在现场", "人还没回复"]; // who called for help is in no other line
  await (await stand_down_says(page, ...fates)).close();
  await step(page, target, 0, { step: "acknowledge" });
  await page.waitForFunction(() => !document.querySelector(".alarms"));
  await page.click(".board .tabs button >> text=人员");
  await page.waitForFunction((account) => document.querySelector(".last-events")?.innerText.includes("— " + account), target.account); // the others see who took it
  await page.click(".board .tabs button >> text=地图表格");
  const dialog = await stand_down_says(page, ...fates);
  await picture("sos-stand-down");
  await dialog.close();
  await alarms_are(page, 2, "需要帮助 · 处理中");
  await page.click(".language");
  await alarms_are(page, 2, "Needs help · in hand", "No contact");
  await picture("sos-other-language");
  await page.click(".language");
  await alarms_are(page, 2, "需要帮助 · 处理中", "失联");
  await page.route(/\/api\/v1\/callouts\/\d+(\/alerts.*)?$/, async (route) => { // nobody shares where they are
    const { assignments, items, ...rest } = await whole_of(route);
    const without = (all) => all?.map(({ position, at_grid, ...one }) => one);
    await route.fulfill({ json: { ...rest, assignments: without(assignments), items: without(items) } });
  });
  await step(page, target, 1, { step: "work" });
  await alarms_are(page, 1, "召集地点，已报到", "位置不明");
  await page.unrouteAll({ behavior: "wait" });
  await step(page, target, 1, { step: "release" });
  await alarms_are(page, 2, "本人");
  await page.click(".board .tabs button >> nth=3");
  const rows = await page.locator(".board tbody tr").allInnerTexts();
  if (!rows[0].includes("处理中") || !rows[0].includes("本人") || !rows[1].includes("失联")) throw new Error("the table begins with " + rows.slice(0, 2).join(" / "));
  await picture("sos-table");
  await step(page, target, 2, { step: "found" });
  await step(page, target, 0, { step: "release" });
  await page.waitForFunction(() => document.querySelectorAll(".board tbody tr").length && !document.querySelector(".board tbody")?.textContent.includes("失联"));
  await alarms_are(page, 1, "需要帮助 · 处理中"); // until they have said how it was
  await step(page, target, 0, { outcome: "done", text: "到家了" });
  await alarms_are(page, 0);
}

/** What is answered if not only the changes are asked for. */
const whole_of = async (route) => (await route.fetch({ url: route.request().url().replace(/&since=\d+/, "") })).json();

/** Four people of two lines: who a number counts stands below it when it is pressed. Once two are
 * there nobody moves any more: the numbers stand still while they are pressed. */
async function numbers_show_who(page, target, picture) {
  let held = null;
  await page.route(/\/api\/v1\/callouts\/\d+$/, async (route) => {
    const board = await (await route.fetch()).json();
    if (board.assignments.filter((one) => one.on_scene_at).length >= 2) held ??= board.assignments;
    const assignments = (held ?? board.assignments).map((one, i) => ({ ...one, line: i % 2 }));
    const are = (state) => assignments.filter((one) => one.state === state).length;
    const of = (line) => assignments.filter((one) => one.line === line), there = (line) => of(line).filter((one) => one.on_scene_at).length;
    const lines = [["first-aid"], ["driver"]].map((skills, i) => ({ skills, count: 2, reserve: 1, accepted: of(i).length, on_scene: there(i) }));
    await route.fulfill({ json: { ...board, lines, assignments, funnel: { ...board.funnel, en_route: are("en_route"), on_scene: are("on_scene") } } });
  });
  await call_out(page, target, { count: 4 });
  await page.waitForFunction(() => document.querySelectorAll(".assignments .assignment").length === 4);
  await page.waitForFunction(() => document.querySelectorAll(".assignments .state.ok").length >= 2, null, { timeout: 60000 });
  const shows = async (button, count) => {
    const name = (await button.innerText()).replace(/\s+/g, " ");
    await button.click();
    await page.waitForFunction((n) => document.querySelectorAll(".who tbody th").length === n, count, { timeout: 10000 }).catch(async () => {
      throw new Error(name + " shows " + (await page.locator(".who tbody th").count()) + " people, not " + count);
    });
    await button.click();
    await page.waitForFunction(() => !document.querySelector(".who"));
  };
  const { items } = await read(page, target, (await callout_of(page, target)) + "/alerts");
  const asked = page.waitForResponse((one) => /alerts\?.*since=[1-9]/.test(one.url()));
  await page.request.post(target.url + "/api/v1/alerts/" + items.find((one) => one.state === "pending" && !one.seen_at).id + "/replies", { data: { answer: "decline", reason: "电话" } }); // which nobody has read
  const changes = await (await asked).json();
  if (!target.mock && (changes.whole || changes.items.length >= items.length)) throw new Error("of " + items.length + " alerts the board read " + changes.items.length);
  await page.waitForFunction(() => document.querySelector(".funnel")?.textContent.includes("去不了 2"));
  const number_in = async (button) => Number(/\d+/.exec(await button.innerText())[0]);
  for (const button of await page.locator(".lines-of button").all()) await shows(button, await number_in(button));
  await shows(page.locator(".stateline .number.big"), 4);
  await shows(page.locator(".stateline .number >> text=/4 \\/ 4/").last(), 4);
  for (const button of await page.locator(".funnel button").all()) {
    const count = Number(await button.locator("strong").innerText());
    if (count <= 60) await shows(button, count);
  }
  for (const button of [".stateline .number >> text=概率", ".actions .number"]) {
    await page.click(".board .tabs button >> nth=0");
    if (!(await page.locator(button).count())) continue; // everybody is there, or the call-out is full
    await page.click(button);
    await page.waitForSelector(".excluded button");
  }
  await page.click(".board .tabs button >> nth=2");
  const reason = page.locator(".excluded button").nth(1);
  const count = Number(await reason.locator("strong").innerText());
  await reason.click();
  const listed = (await page.locator(".excluded .numbers").innerText()).split(",").length;
  if (listed !== count) throw new Error("left out are " + count + ", named " + listed);
  await picture("excluded");
  const why = async (number, says) => {
    await page.fill(".person-search input", number);
    await page.press(".person-search input", "Enter");
    await page.waitForFunction(([who, text]) => document.querySelector(".why-one li") && document.querySelector(".why-one").innerText.includes(who) && document.querySelector(".why-one").innerText.includes(text), [number, says]);
  };
  await why(items[0].number, "第 1 波");
  const told = await page.locator(".why-one li").allInnerTexts();
  if (!told.some((text) => /：提醒；.*愿来的概率 \d/.test(text))) throw new Error("who was asked is said to be " + told.join(" / "));
  await why((await page.locator(".excluded .numbers").innerText()).split(",")[0], "不符合条件：");
  await picture("why-one");
  await page.unrouteAll({ behavior: "wait" });
}

/** Three wanted, these states: what the board says biggest, and how many it shows when pressed. */
const HEADLINES = [
  [["en_route", "assigned"], "缺 1 人", 2],
  [["en_route", "assigned", "on_scene"], "3 / 3 已接受，还在叫后备", 3],
  [["working", "on_scene", "on_scene"], "3 人已到齐", 3],
  [["on_scene", "on_scene", "released", "reported"], "4 人到过，现在 2 人在场", 4],
  [["released", "released", "verified", "reported"], "到过 4 人，都已离场", 4],
  [["on_scene", "on_scene", "on_scene", "lost_contact"], "1 人失联", 1],
];
async function headlines(page, target, picture) {
  let states = [];
  const has_come = (state) => !["assigned", "en_route", "lost_contact"].includes(state);
  await page.route(/\/api\/v1\/callouts\/\d+$/, async (route) => {
    const board = await (await route.fetch()).json();
    const assignments = states.map((state, i) => ({ ...board.assignments[i % 3], id: 900 + i, number: "V" + (1001 + i), state, on_scene_at: has_come(state) ? board.started_at : undefined }));
    const line = { ...board.lines[0], accepted: states.filter((one) => one !== "lost_contact").length, on_scene: states.filter(has_come).length };
    await route.fulfill({ json: { ...board, state: "active", lines: [line], assignments } });
  });
  await page.route(/\/api\/v1\/callouts\/\d+\/alerts/, async (route) => {
    const { items, ...rest } = await whole_of(route);
    await route.fulfill({ json: { ...rest, items: items.slice(0, 6).map((one, i) => ({ ...one, number: "V" + (1001 + i) })) } });
  });
  await call_out(page, target, { count: 3 });
  await accepted(page, target, 3);
  const headline = page.locator(".stateline .number.big");
  for (const [wanted, text, count] of HEADLINES) {
    states = wanted;
    await page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} }); // the board is read anew
    await page.waitForFunction((said) => document.querySelector(".stateline .number.big")?.textContent === said, text, { timeout: 10000 }).catch(async () => {
      throw new Error("the board says " + (await headline.innerText()) + ", not " + text);
    });
    await headline.click();
    await page.waitForFunction((n) => document.querySelectorAll(".who tbody th").length === n, count, { timeout: 10000 });
    if (wanted.includes("lost_contact")) await picture("lost");
    await headline.click();
  }
  await page.unrouteAll({ behavior: "wait" });
}

/** The running incident as a duty officer sees it: while people come, with a call for help, why these. */
async function looks(page, target, picture) {
  const see = async (state) => {
    await picture(state);
    const filled = await page.locator("button.primary:visible").count();
    if (filled > 1) throw new Error(state + " has " + filled + " filled buttons");
    await axe(page, "board " + state);
  };
  await to_plan(page, target, { count: 3 });
  await page.waitForFunction(() => window.muster_map.loaded(), null, { timeout: 30000 });
  await see("look-plan");
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
  await accepted(page, target, 3);
  await page.waitForFunction(() => document.querySelectorAll(".assignments .assignment").length === 3 && window.muster_map.loaded());
  await see("look-running");
  await page.request.post(target.url + "/api/v1/mock/sos", { data: { index: 1 } });
  await page.waitForSelector(".alarms");
  await page.click(".assignment-head >> nth=0");
  await page.click(".funnel button >> nth=3");
  await page.waitForSelector(".who tbody tr");
  await alarms_are(page, 1);
  await see("look-who");
  await page.click(".funnel button >> nth=3");
  await page.click(".board .tabs button >> nth=2");
  await page.waitForSelector(".excluded");
  await see("look-why");
}
const LOOKS = [
  { width: 1280, height: 800, theme: "light", lang: "zh" },
  { width: 1920, height: 1080, theme: "dark", lang: "en" },
];

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

/** On a tablet in English: what somebody was asked for is a whole word. */
async function words_are_whole(page, target) {
  await to_plan(page, target, { count: 3 });
  await page.route(/\/api\/v1\/callouts\/\d+$/, async (route) => {
    const { assignments, lines, ...rest } = await whole_of(route);
    await route.fulfill({ json: { ...rest, lines: lines.map((one) => ({ ...one, skills: [] })), assignments: assignments.map((one) => ({ ...one, state: "assigned", eta_seconds: undefined })) } });
  });
  await page.click(".start button.primary");
  await page.waitForSelector(".assignments .skills-of");
  const cut = await page.$$eval(".skills-of", (all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.textContent));
  if (cut.length) throw new Error("cut: " + cut.join());
  await page.unrouteAll({ behavior: "wait" });
}

/** Who is out of contact comes first, but not under the pointer of whoever is about to press another row. */
async function rows_stay(page, target) {
  await call_out(page, target, { count: 3 });
  await page.waitForFunction(() => document.querySelectorAll(".assignments .state.ok").length === 3, null, { timeout: 60000 });
  const order = () => page.$$eval(".assignments > li", (rows) => rows.map((one) => one.id));
  await page.click(".assignment-head >> nth=0"); // it opens, and the pointer is there
  await page.click(".assignment-head >> nth=0");
  const before = await order(), lost = Number(before[2].replace("assignment-", ""));
  await page.hover(".assignment-head >> nth=1");
  // The hand moves on, in the page itself: a pointer that lies still holds the rows for three seconds only, and a browser that is
  // told of each step may take longer.
  await page.evaluate(() => void (window.hand = setInterval(() => document.querySelector(".assignment-head:hover").dispatchEvent(new PointerEvent("pointermove", { bubbles: true })), 100)));
  const made = await page.request.post(target.url + "/api/v1/assignments/" + lost + "/steps", { data: { step: "lost" } });
  if (!made.ok()) throw new Error("lost: " + made.status());
  await page.waitForFunction(() => document.querySelectorAll(".assignments .state.ok").length === 2);
  const pointed = await order();
  if (pointed.join() !== before.join()) throw new Error("the rows moved under the pointer: " + pointed.join() + ", before " + before.join());
  await page.evaluate(() => clearInterval(window.hand));
  await page.mouse.move(5, 5);
  await page.waitForFunction((id) => document.querySelector(".assignments > li").id === id, before[2]);
}

export async function board(context) {
  const { test } = context;
  await test("board: who needs a hand is on the map", () => on_stand_in(context, {}, on_the_map));
  await test("board: what it says biggest", () => on_stand_in(context, {}, headlines));
  await test("board: every number shows who", () => on_stand_in(context, {}, numbers_show_who));
  await test("board: words are whole on a tablet", () => on_stand_in(context, { width: 1024, height: 768, lang: "en" }, words_are_whole));
  await test("board: rows stay where somebody points", () => on_stand_in(context, {}, rows_stay));
}

/** Each look costs half a minute: with the views in all their looks. */
export async function board_screens(context) {
  for (const look of LOOKS) await context.test(`board ${look.width} ${look.theme} ${look.lang}`, () => on_stand_in(context, look, looks));
}
