// SPDX-License-Identifier: Apache-2.0
// Every view in its states: widths, themes and languages, each looked at by axe too, and
// none wider than its window.
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { axe } from "./axe.mjs";
import { coverage_screens } from "./coverage.mjs";
import { courses_screens } from "./courses.mjs";
import { desks_screens } from "./desks.mjs";
import { join_screens } from "./join.mjs";
import { sign_in, to_plan, watch } from "./life.mjs";
import { choose_file, FILES, to_import } from "./people.mjs";
import { hours_screens, list_screens } from "./hours.mjs";
import { readiness_screens } from "./readiness.mjs";
import { start_stand_in, TOP } from "./target.mjs";

const LOOKS = [
  { width: 1440, height: 900, theme: "light", lang: "zh" },
  { width: 1440, height: 900, theme: "dark", lang: "en" },
  { width: 1024, height: 768, theme: "light", lang: "en" },
  { width: 1024, height: 768, theme: "dark", lang: "zh" },
  { width: 390, height: 844, theme: "light", lang: "zh" },
  { width: 390, height: 844, theme: "dark", lang: "en" },
];
const EACH_WIDTH = [LOOKS[0], LOOKS[3], LOOKS[5]]; // and both themes, both languages
const CLOSELY = [LOOKS[0], LOOKS[5]]; // looked at in more states: each costs seconds
const LOCALES = { zh: "zh-CN", en: "en-GB" };

async function no_wider(page, where) {
  const [wide, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (wide > window_) throw new Error(where + " is " + wide + " wide in a window of " + window_);
}

function context_of(browser, look) {
  return browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.theme, locale: LOCALES[look.lang], hasTouch: look.width < 480 });
}

const FINGER_PX = 44;
/** What is pressed on a telephone is as high as a finger wants. */
async function finger_high(page, where) {
  const low = await page.evaluate((least) => {
    if (!matchMedia("(pointer: coarse)").matches) return [];
    const all = [...document.querySelectorAll("button, .button, summary, select, .check, .alarms a, .to-handover, a[href^='tel:']")];
    return all.map((one) => [one.innerText.slice(0, 20) || one.className, one.getBoundingClientRect()]).filter(([, box]) => box.width && box.height < least - 0.5).map(([text, box]) => text + " " + Math.round(box.height) + " px");
  }, FINGER_PX);
  if (low.length) throw new Error(where + " is hard to press: " + low.join(", "));
}

async function one_filled_button(page, where) {
  const filled = await page.locator((await page.locator("dialog[open]").count()) ? "dialog button.primary" : "button.primary:visible").count();
  if (filled > 1) throw new Error(where + " has " + filled + " filled buttons");
}

/** On a telephone the halves touch and what can be pressed of a plan is in view; where there is room no word of the header is cut. */
async function whole(page, where) {
  const said = await page.evaluate(() => {
    const box = (selector) => document.querySelector(selector)?.getBoundingClientRect();
    const map = box(".map"), side = box("#side"), table = box(".on-map table"), response = document.querySelector(".response");
    if (table && table.left < side.left + 16) return "a table at its very edge";
    if (innerWidth < 768 && map?.height && Math.abs(map.bottom - side.top) > 1) return "a gap of " + (side.top - map.bottom) + " px under the map";
    const press = box("#plan-people td button, .people-table td .button");
    if (press && press.right > innerWidth) return "a person's button beyond its edge";
    return innerWidth >= 1440 && response && response.scrollWidth > response.clientWidth ? "a header that cuts " + response.innerText : "";
  });
  if (said) throw new Error(where + " has " + said);
}

/** Each look has a server of its own, or it would click on the incident of the one before. */
async function console_in(look, { browser, shot }) {
  const target = await start_stand_in();
  const context = await context_of(browser, look);
  const page = await context.newPage();
  const wrong = watch(page, target);
  const see = async (view, state) => {
    await page.waitForTimeout(500);
    await shot(page, view, state, look.width, look.theme, look.lang);
    const where = view + " " + state;
    await no_wider(page, where);
    await whole(page, where);
    await finger_high(page, where);
    await one_filled_button(page, where);
    await axe(page, where);
  };
  await page.goto(target.url + "/login");
  await page.waitForSelector(".login form");
  await see("login", "empty");
  await to_plan(page, target, { exercise: look.theme === "dark" });
  await page.waitForTimeout(1200);
  await see("plan", "preview");
  if (CLOSELY.includes(look)) {
    await page.click(".model-view summary");
    await page.waitForSelector(".model tbody tr");
    await page.locator(".model-view").scrollIntoViewIfNeeded();
    await see("plan", "forecasts");
    await page.click(".model-view summary");
  }
  await page.locator(".sliders input").first().fill("5");
  await page.waitForFunction(() => !document.querySelector(".headline.waiting"));
  await see("plan", "not-reached");
  await page.locator(".sliders input").first().fill("20");
  await page.waitForFunction(() => !document.querySelector(".headline.waiting"));
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
  await page.waitForSelector(".assignments .assignment");
  await page.waitForTimeout(900);
  await see("board", "running");
  await page.request.post(target.url + "/api/v1/mock/sos");
  await page.waitForSelector(".alarms");
  await page.click(".assignment-head >> nth=0");
  await page.click(".funnel button >> nth=0");
  await see("board", "alarm-open");
  await page.click(".alarms button");
  await page.waitForFunction(() => !document.querySelector(".alarms"));
  await page.click(".funnel button >> nth=0");
  await page.click(".board .tabs button >> nth=1");
  await page.waitForSelector(".timeline li");
  await see("board", "timeline");
  await page.click(".board .tabs button >> nth=2");
  await page.waitForSelector(".board table tbody tr");
  await see("board", "why");
  await page.click(".board .tabs button >> nth=3");
  await see("board", "table");
  const board = page.url();
  await page.click(".ways a >> nth=0");
  await page.waitForSelector(".incident-row");
  await see("incidents", "running");
  await page.click(".to-handover");
  await page.waitForSelector(".dues li");
  if (!/^\d\d:\d\d:\d\d /.test(await page.locator(".last-events span").first().innerText())) throw new Error("what happened just now has a date");
  await see("handover", "open");
  await page.click(".handover button.primary");
  await page.waitForSelector(".handover .actions [role=status] >> text=1");
  await page.click(".ways a >> nth=0");
  await page.waitForSelector(".incident-row");
  await page.click("#side button.primary");
  await page.waitForSelector("#report-title");
  await see("report", "where");
  await page.click(".ways a >> nth=1");
  await page.waitForSelector("#side tbody tr");
  await see("people", "list");
  if (look.width < 480 && (await page.locator("#side .scroll").evaluate((one) => one.scrollWidth > one.clientWidth))) throw new Error("the people are wider than the telephone");
  await page.check("#side .check input");
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 6);
  const lapsed = await page.locator("#side tbody").innerText();
  for (const one of ["2020-01-31", look.lang === "zh" ? "缺证书" : "certificate missing"]) if (!lapsed.includes(one)) throw new Error("people lapsing lacks " + one);
  await shot(page, "people", "lapsing", look.width, look.theme, look.lang);
  await page.click(".ways a >> nth=2");
  await page.waitForSelector(".messages li");
  await see("mailbox", "list");
  await page.click(".ways a[href='/circle']");
  await page.waitForSelector("#circle-title");
  await see("circle", "where");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.waitForSelector("#side tbody tr");
  await page.waitForTimeout(700);
  await see("circle", "bands");
  await coverage_screens(page, see);
  await readiness_screens(page, see);
  await desks_screens(page, see);
  await page.click(".ways a >> nth=0");
  await page.waitForSelector("#incidents-title");
  await page.click(".close-road");
  await page.selectOption(".closing select >> nth=0", "area");
  for (const corner of ["30.690,121.000", "30.715,121.010", "30.705,121.045"]) {
    await page.fill(".closing input >> nth=0", corner);
    await page.press(".closing input >> nth=0", "Tab");
  }
  await see("closures", "area");
  await page.goto(board);
  await page.waitForSelector(".board .actions button");
  await page.waitForFunction(() => document.querySelectorAll(".assignments .state.ok").length >= 3, null, { timeout: 60000 });
  await page.locator(".board .actions button").last().click();
  await page.waitForSelector("dialog[open]");
  await see("board", "stand-down");
  await page.click("dialog button.primary");
  await page.waitForSelector(".review .verify");
  await page.waitForTimeout(1500);
  await see("review", "to-check");
  if (CLOSELY.includes(look)) await the_report(page, see);
  await context.close();
  await target.stop();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

async function the_report(page, see) {
  await page.click("#side a[href$='/report']");
  await page.waitForSelector("#aar-title");
  await see("aar", "report");
  for (const summary of await page.locator(".aar summary").all()) await summary.click();
  await page.locator(".aar details >> nth=0").scrollIntoViewIfNeeded();
  await see("aar", "people");
  await page.click(".aar .note-finding");
  await page.fill(".aar [name=title]", "沙袋到得比人晚");
  await page.locator(".aar .finding-form").scrollIntoViewIfNeeded();
  await see("aar", "finding-form");
  await page.click(".aar .finding-form button.primary");
  await page.waitForSelector(".aar .finding");
  await page.locator(".aar .finding").scrollIntoViewIfNeeded();
  await see("aar", "findings");
}

/** Two needs of one incident are planned together: who goes where, nobody twice. */
async function both_needs(look, { browser, shot }) {
  const target = await start_stand_in();
  const context = await context_of(browser, look);
  const page = await context.newPage();
  await to_plan(page, target);
  const incident = Number(/\d+/.exec(new URL(page.url()).pathname)[0]);
  const made = await page.request.post(target.url + "/api/v1/incidents/" + incident + "/needs", { data: { at: { lat: 30.71, lon: 121.04 }, within_minutes: 40, lines: [{ skills: ["nurse"], count: 1 }, { skills: [], count: 4 }], reserve: "auto", target: 0.95 } });
  if (!made.ok()) throw new Error("a second need: " + made.status());
  await page.reload();
  await page.waitForSelector("details.panel summary");
  await page.click("details.panel summary");
  await page.waitForSelector(".joint-need");
  if ((await page.locator(".joint-need").count()) !== 2) throw new Error("not both needs are planned");
  await page.locator(".joint").scrollIntoViewIfNeeded();
  const name = [look.width, look.theme, look.lang];
  await shot(page, "joint", "two-needs", ...name);
  await no_wider(page, "joint");
  await axe(page, "joint two-needs");
  await page.selectOption(".joint-need select >> nth=0", "2");
  await page.waitForFunction(() => document.querySelectorAll(".joint-need").length === 2);
  await page.locator(".joint-need details summary").first().click();
  await shot(page, "joint", "who", ...name);
  await context.close();
  await target.stop();
}

/** A file of people: the page before, wrong lines, what it would do; on a small telephone too. */
async function importing(look, { browser, shot }) {
  const target = await start_stand_in();
  const context = await context_of(browser, look);
  const page = await context.newPage();
  const see = async (state) => {
    await shot(page, "import", state, look.width, look.theme, look.lang);
    await no_wider(page, "import " + state);
    await one_filled_button(page, "import " + state);
    await axe(page, "import " + state);
  };
  await sign_in(page, target, "train");
  await to_import(page);
  await see("choose");
  await page.click(".template summary");
  await see("columns");
  await choose_file(page, FILES.wrong);
  await page.waitForSelector(".import .trouble table");
  await see("wrong");
  await choose_file(page, FILES.good);
  await page.waitForSelector(".file-missing");
  await see("look");
  await page.check(".file-missing input >> nth=1");
  await page.click(".import button.primary");
  await page.waitForSelector("dialog[open]");
  await see("leaving");
  await page.click("dialog button[type=button]");
  await page.check(".file-missing input >> nth=0");
  await page.click(".import button.primary");
  await page.waitForSelector(".import .headline[role=status]");
  await see("done");
  await context.close();
  await target.stop();
}

/** As a trainer: what a dispatcher cannot do is in view. */
async function as_trainer(look, { browser, shot }, screens) {
  const target = await start_stand_in();
  const context = await context_of(browser, look);
  const page = await context.newPage();
  const see = async (view, state) => {
    await shot(page, view, state, look.width, look.theme, look.lang);
    await no_wider(page, view + " " + state);
    await one_filled_button(page, view + " " + state);
    await axe(page, view + " " + state);
  };
  await sign_in(page, target, "train");
  await screens(page, see);
  await context.close();
  await target.stop();
}

/** A second report of the same kind nearby: it can be added to the first. */
async function same_again({ browser, shot }) {
  const target = await start_stand_in();
  const office = await context_of(browser, LOOKS[0]);
  const page = await office.newPage();
  await to_plan(page, target);
  const first = page.url();
  await page.click("a.report");
  await page.waitForSelector("#report-title");
  await page.fill("input[list^=places]", "30.701, 121.021");
  await page.press("input[list^=places]", "Enter");
  await page.click(".kinds button >> nth=0");
  await page.waitForSelector(".similar");
  await shot(page, "report", "similar", 1440, "light", "zh");
  await axe(page, "report similar");
  await page.click(".similar button >> nth=0");
  await page.waitForURL(first);
  await office.close();
  await target.stop();
}

export async function console_screens(context) {
  await context.test("a second report nearby is added to the first", () => same_again(context));
  await context.test("incidents: the empty list says what to do first", async () => {
    const office = await context_of(context.browser, LOOKS[0]);
    const page = await office.newPage();
    await sign_in(page, context.target);
    await page.waitForSelector(".empty, .incident-row");
    await page.waitForTimeout(1500);
    await context.shot(page, "incidents", "empty", 1440, "light", "zh");
    await office.close();
  });
  for (const look of CLOSELY)
    await context.test(`two needs at once ${look.width} ${look.lang}`, () => both_needs(look, context));
  await context.test("hours 360 en", () => as_trainer({ width: 360, height: 640, theme: "light", lang: "en" }, context, hours_screens));
  for (const look of [...CLOSELY, { width: 360, height: 640, theme: "light", lang: "zh" }]) {
    await context.test(`a file of people ${look.width} ${look.lang}`, () => importing(look, context));
    await context.test(`hours ${look.width} ${look.lang}`, () => as_trainer(look, context, hours_screens));
    await context.test(`lists of people ${look.width} ${look.lang}`, () => as_trainer(look, context, list_screens));
    await context.test(`courses ${look.width} ${look.lang}`, () => as_trainer(look, context, courses_screens));
  }
  for (const look of [LOOKS[0], LOOKS[1], { width: 360, height: 640, theme: "light", lang: "zh" }, { width: 360, height: 640, theme: "dark", lang: "en" }])
    await context.test(`who wants to join ${look.width} ${look.theme} ${look.lang}`, () => as_trainer(look, context, join_screens));
  for (const look of context.every_look ? LOOKS : EACH_WIDTH)
    await context.test(`console ${look.width} ${look.theme} ${look.lang}`, () => console_in(look, context));
}

/** The pages that test_page.c leaves in build/pages, on a telephone. */
export async function volunteer_screens({ browser, target, shot, test }) {
  const folder = join(TOP, "build/pages");
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".html")).sort() : [];
  if (!names.length) return console.log("absent: build/pages (the volunteer's pages are looked at through the story alone)");
  for (const theme of ["light", "dark"])
    for (const lang of ["zh", "en"])
      await test(`volunteer's page ${theme} ${lang}`, async () => {
        const context = await context_of(browser, { width: 390, height: 844, theme, lang });
        const page = await context.newPage();
        const wrong = watch(page, target);
        for (const name of names.filter((one) => one.endsWith(`-${lang}.html`))) {
          const state = name.slice(0, -8);
          await page.goto(target.url + "/r/" + state);
          await shot(page, "volunteer", state, 390, theme, lang);
          await no_wider(page, state);
          await axe(page, state);
          await finger_high(page, state);
          await answers_in_view(page, state);
          await large_letters(page, state);
        }
        await context.close();
        if (wrong.length) throw new Error(wrong.join("\n"));
      });
}

/** An old small telephone whose letters are set to twice the size: nothing is wider than it, everything open. */
async function large_letters(page, state) {
  await page.setViewportSize({ width: 320, height: 568 });
  const grows = await page.evaluate(() => {
    const size = () => parseFloat(getComputedStyle(document.querySelector("h1, p")).fontSize);
    const before = size();
    for (const one of document.querySelectorAll("details")) one.open = true;
    document.documentElement.style.fontSize = "200%";
    return size() / before;
  });
  if (grows !== 2) throw new Error(state + ": letters do not follow the reader's size");
  await no_wider(page, state + " in large letters");
  await page.setViewportSize({ width: 390, height: 844 });
}

/** The three answers: at least 56 px high, above the fold of a small telephone. */
async function answers_in_view(page, state) {
  if (state !== "pending" && state !== "no_answer") return;
  const boxes = await page.locator("button[name=answer]").evaluateAll((all) => all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => [top, bottom]));
  if (boxes.length !== 3) throw new Error(state + " has " + boxes.length + " answers");
  for (const [top, bottom] of boxes) if (bottom - top < 56 || bottom > 640) throw new Error(state + ": an answer at " + top + "-" + bottom);
}
