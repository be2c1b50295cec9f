// SPDX-License-Identifier: Apache-2.0
// Quiet time: the duty officer sees where the county is not ready, notes why, solves it;
// somebody else checks it and is not content; the commander sets next year's target.
import { axe } from "./axe.mjs";
import { saved } from "./hours.mjs";
import { make_checker, sign_in, watch } from "./life.mjs";
import { maker } from "./made.mjs";

const TITLE = "两个村的急救员都在外地上班";
const BEFORE = "上次演练没人带钥匙";
const ROW = ".finding:has(.title:text-is('" + TITLE + "'))";

async function open_page(page) {
  await page.click(".ways a[href='/readiness']");
  await page.waitForSelector(".indicator");
}

/** In a province the old figures come at once, and the view takes the new ones by itself. */
async function renewed(page) {
  let asked = 0;
  await page.route("**/api/v1/readiness", async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    await route.fulfill({ response: answer, json: asked++ ? body : { ...body, at: "2025-01-02T03:04:00+08:00", renewing: true } });
  });
  await open_page(page);
  await page.waitForSelector(".readiness:has-text('2025/1/2 03:04')");
  await page.waitForFunction(() => !document.querySelector(".readiness").innerText.includes("2025/1/2 03:04"));
  await page.unroute("**/api/v1/readiness");
}

async function has(locator, ...wanted) {
  const text = await locator.innerText();
  for (const one of wanted) if (!text.includes(one)) throw new Error(one + " is missing: " + text);
}

/** The eight, each with a word for its state; a row opens by the keyboard alone. */
async function look_at_indicators(page, shot) {
  const count = await page.locator(".indicator").count();
  if (count !== 8) throw new Error(count + " indicators");
  for (const state of await page.locator(".indicator .state-of").allInnerTexts()) if (!/已达标|未达标|暂无数据/.test(state)) throw new Error("no word for a state: " + state);
  await shot(page, "readiness-story", "index", 1440, "light", "zh");
  await axe(page, "readiness");
  await page.focus(".indicator >> nth=2 >> button");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".opened");
  await has(page.locator(".opened"), "15 分钟");
}

/** From the open row: the form knows the indicator; what was noted is said above the list. */
async function note(page, shot) {
  await page.click(".opened .note-finding");
  if ((await page.inputValue("[name=indicator]")) !== "reach.first-aid") throw new Error("the form does not know its indicator");
  await page.fill("[name=title]", TITLE);
  await page.fill("[name=lead]", "卫生健康局");
  await shot(page, "readiness-story", "note", 1440, "light", "zh");
  await axe(page, "readiness note");
  await page.click(".finding-form button.primary");
  await page.waitForSelector(ROW);
  await has(page.locator(ROW), "待办", "卫生健康局", "急救");
  await has(page.locator(".said"), TITLE, "待办"); // it may stand far below
}

/** Noted later, due earlier: that comes first; what has no day comes by the day it counts as. */
async function due_first(page, target) {
  const make = await maker(page, target);
  const { items } = await (await page.request.get(target.url + "/api/v1/findings?state=open")).json();
  const { area, due } = items.find((one) => one.title === TITLE);
  await make("findings", { title: "早一天到期", area: area.code, due: new Date(Date.parse(due) - 24 * 3600 * 1000).toISOString().slice(0, 10) });
  await make("findings", { title: "没有期限", area: area.code });
  await make("findings", { title: "不在任何区域", area: "root" }); // the one city's all the same
  const wanted = ["早一天到期", TITLE, "没有期限"];
  await page.waitForFunction((titles) => JSON.stringify([...document.querySelectorAll(".finding .title")].map((one) => one.textContent).filter((one) => titles.includes(one))) === JSON.stringify(titles), wanted);
  await has(page.locator(".finding:has(.title:text-is('没有期限'))"), "没写期限");
  await page.waitForSelector(".finding .title:text-is('不在任何区域')");
}

const press = (page, step) => page.click(ROW + " .finding-steps button:text-is('" + step + "')");
const show = (page, which) => page.click(".findings .tabs button:text-is('" + which + "')");

async function with_reason(page, step, reason) {
  await press(page, step);
  await page.fill(ROW + " textarea", reason);
  await press(page, step);
  await page.waitForFunction((title) => document.querySelector(".said")?.textContent.includes(title), TITLE);
}

async function solve(page, shot) {
  await press(page, "开始办理");
  await page.waitForSelector(ROW + " .state:has-text('办理中')");
  await press(page, "已解决");
  await shot(page, "readiness-story", "solve", 1440, "light", "zh");
  await axe(page, "readiness solve");
  await page.click(ROW + " .finding-steps button.quiet");
  await with_reason(page, "已解决", "每村新训两名常住的急救员。");
  await page.waitForSelector(ROW, { state: "detached" });
  await show(page, "待核查");
  await has(page.locator(ROW), "待核查", "另一位同事", "每村新训");
  if (await page.locator(ROW + " button:text-is('核查属实')").count()) throw new Error("who solved it may check it");
}

/** Another account checks, finds out more, and opens it again. */
async function second_look(browser, page, target, shot) {
  const checker = await make_checker(page, target);
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: "zh-CN" });
  const other = await context.newPage();
  const wrong = watch(other, target);
  await sign_in(other, target, checker.account, checker.password);
  await open_page(other);
  await shot(other, "readiness-story", "index", 360, "light", "zh");
  await other.click(".readiness .tabs button >> nth=1");
  await show(other, "待核查");
  await other.waitForSelector(ROW);
  await shot(other, "readiness-story", "to-check", 360, "light", "zh");
  await axe(other, "readiness on a telephone");
  const wide = await other.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 360) throw new Error("readiness is " + wide + " wide in a window of 360");
  await press(other, "核查属实");
  await other.waitForSelector(ROW, { state: "detached" });
  await show(other, "全部");
  await other.waitForSelector(ROW);
  const file = await saved(other, ".save-csv");
  if (!file.text.split("\r\n").some((line) => line.startsWith(TITLE + ",") && line.includes("卫生健康局") && line.includes("已核查"))) throw new Error("the list for the departments lacks a row:\n" + file.text);
  await other.waitForSelector(ROW + " .state:has-text('已核查')");
  await with_reason(other, "重新打开", "复查时只有一名在村。");
  await other.waitForSelector(ROW + " .state:has-text('待办')");
  await has(other.locator(ROW), "复查时只有一名在村");
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

const slowly = (route) => setTimeout(() => route.continue().catch(() => undefined), 500); // unroute may have let it go

/** All of the programme at once; the year ahead is one button. */
async function programme(page, shot) {
  await page.click(".readiness > .tabs button >> nth=2");
  await page.click(".programme button");
  await page.click(".programme form button.quiet >> nth=0");
  const cell = page.locator(".targets tbody tr >> nth=0").locator("td >> nth=1").locator("input");
  await cell.nth(0).fill("97.5");
  await cell.nth(1).fill("应急管理局");
  await shot(page, "readiness-story", "targets", 1440, "light", "zh");
  await axe(page, "readiness targets");
  await page.route(/\/readiness(\?|$)/, slowly); // the form stays until what it set is in view
  await page.click(".programme form button.primary");
  await page.waitForSelector(".programme form", { state: "detached" });
  await page.unroute(/\/readiness(\?|$)/);
  await has(page.locator(".targets tbody tr >> nth=0"), "97.5 %", "应急管理局");
  await shot(page, "readiness-story", "programme", 1440, "light", "zh");
}

/** Who leads the next exercise there is told of it before anybody is asked. */
async function at_the_next_exercise(page, shot) {
  const made = await page.evaluate(async (title) => {
    const { csrf } = await fetch("/api/v1/sessions/current").then((answer) => answer.json());
    const send = (path, body) => fetch("/api/v1/" + path, { method: "POST", headers: { "Content-Type": "application/json", "X-Muster-Csrf": csrf }, body: JSON.stringify(body) }).then((answer) => answer.json());
    const incident = await send("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 }, exercise: true });
    await send("incidents/" + incident.id + "/steps", { step: "confirm" });
    await send("findings", { title, area: incident.area.code });
    return incident.id;
  }, BEFORE);
  await page.goto(new URL("/incidents/" + made, page.url()).href);
  await page.waitForSelector(".findings-before");
  await has(page.locator(".findings-before"), BEFORE);
  await shot(page, "readiness-story", "exercise", 1440, "light", "zh");
  await axe(page, "findings before an exercise");
}

/** What goes into the yearly report: what is in view, in the file and at the server is the same. */
async function year(page, shot) {
  await page.click(".readiness a[href^='/statistics']");
  await page.waitForSelector("table.statistics");
  const day = (name) => page.inputValue("[name=" + name + "]");
  const served = await page.evaluate((query) => fetch("/api/v1/statistics?" + query).then((answer) => answer.json()), "from=" + (await day("from")) + "&to=" + (await day("to")));
  const sum = (rows, of) => rows.reduce((all, row) => all + of(row), 0);
  const total = await page.locator("table.statistics >> nth=1").locator("tfoot td >> nth=0").innerText();
  if (Number(total) !== served.total.exercise.incidents) throw new Error(total + " exercises in view, " + served.total.exercise.incidents + " served");
  await shot(page, "statistics", "areas", 1440, "light", "zh");
  await axe(page, "statistics");
  const file = await saved(page, ".save-csv");
  const lines = file.text.trim().split("\r\n").map((line) => line.split(","));
  if (lines[1][1] !== served.area.name || lines.some((line) => line.length !== lines[0].length)) throw new Error("the file:\n" + file.text);
  const alerts = lines[0].indexOf("事件 – 提醒人次"), areas = lines.filter((line) => line[0] === "区域");
  if (sum(areas, (line) => Number(line[alerts])) !== sum([...served.areas, ...(areas.length > served.areas.length ? [served.own] : [])], (row) => row.actual.alerts)) throw new Error("the areas of the file do not add up:\n" + file.text);
  await page.click(".wide-panel > .tabs button >> nth=1");
  if ((await page.locator("table.statistics >> nth=0").locator("tbody tr").count()) !== served.months.length) throw new Error("not every month has its row");
  await shot(page, "statistics", "months", 1440, "light", "zh");
  await page.setViewportSize({ width: 360, height: 740 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  if (wide > 360) throw new Error("the year is " + wide + " wide in a window of 360");
  const moved = await page.locator(".scroll:has(.statistics) >> nth=0").evaluate((one) => {
    one.scrollLeft = 100;
    return one.querySelector("tbody th").getBoundingClientRect().left - one.getBoundingClientRect().left;
  });
  if (Math.abs(moved) > 1) throw new Error("whose figures they are is moved out of view by " + moved);
  await shot(page, "statistics", "months", 360, "light", "zh");
  await axe(page, "statistics on a telephone");
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.fill("[name=from]", "2099-01-01");
  await page.waitForSelector(".wait-text");
  await open_page(page);
}

/** An area that was renamed meanwhile, by its old address. */
async function gone(page, target) {
  await page.goto(target.url + "/readiness/gone");
  await page.waitForSelector("#side .trouble");
  if (await page.locator("#side .trouble [lang=en]").count()) throw new Error("a missing area is told of in English");
}

export async function readiness({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "chief" : target.account);
  await renewed(page);
  await look_at_indicators(page, shot);
  await note(page, shot);
  await due_first(page, target);
  await solve(page, shot);
  await second_look(browser, page, target, shot);
  await programme(page, shot);
  await year(page, shot);
  await at_the_next_exercise(page, shot);
  if (!target.mock) await gone(page, target);
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** Every part in one look; SEE makes the picture and the checks. */
export async function readiness_screens(page, see) {
  await open_page(page);
  await see("readiness", "index");
  await page.click(".indicator >> nth=2 >> button");
  await page.waitForSelector(".opened .worst a");
  await page.click(".opened .note-finding");
  await page.locator(".finding-form").scrollIntoViewIfNeeded();
  await see("readiness", "note");
  await page.click(".worst a >> nth=0");
  await page.waitForSelector(".path");
  await see("readiness", "town");
  await page.click(".readiness > .tabs button >> nth=2");
  await page.waitForSelector(".programme");
  await see("readiness", "programme");
  await page.click(".path a");
  await page.click(".readiness > .tabs button >> nth=1");
  await page.waitForSelector(".finding .facts .wait-text");
  await page.click(".finding .finding-steps button >> nth=1");
  await see("readiness", "findings");
  await page.click(".note-finding");
  await see("readiness", "note-in-list");
  await page.click(".readiness a[href^='/statistics']");
  await page.waitForSelector("table.statistics");
  await see("statistics", "areas");
}
