// SPDX-License-Identifier: Apache-2.0
// How a night may end: somebody was on the way when all were told to rest, two colleagues
// check the same report, another officer takes over.
import { axe } from "./axe.mjs";
import { sign_in, without_map } from "./life.mjs";
import { anybody, answer, AT_ANY_HOUR, called_out, links_of, maker } from "./made.mjs";

/** Nothing is ticked as checked before it was reported, and what can be done about it is said. */
async function unreported(page) {
  await page.waitForSelector(".review .checklist >> text=1 人还没上报");
  if (await page.locator(".review .checklist li >> nth=2").evaluate((one) => one.className !== "wait-text")) throw new Error("no report is ticked as checked");
  await page.waitForSelector(".review >> text=24 小时");
}

/** Stood down, one with a report, one who has not said that they are back; in review, in view. */
async function reviewed(page, target) {
  const make = await maker(page, target);
  const { incident } = await called_out(make, { within_minutes: 40, lines: anybody(3), reserve: 0 }, AT_ANY_HOUR);
  const step = (step) => make("incidents/" + incident + "/steps", { step });
  const [one, two] = await links_of(page, target, 2);
  for (const word of ["accept", "depart", "arrive"]) await answer(page.request, one, { answer: word });
  for (const word of ["accept", "depart"]) await answer(page.request, two, { answer: word });
  await step("stand_down");
  await page.goto(target.url + "/incidents/" + incident);
  await unreported(page);
  await answer(page.request, one, { answer: "report", outcome: "done", text: "沙袋堆好了" });
  await step("review");
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

/** The incident still runs: who was there and has gone home is checked, one after the other, by keyboard. */
export async function checked_while_it_runs({ browser, target, shot }) {
  if (target.mock || !target.checker) return; // its people answer by a script
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const { incident } = await called_out(await maker(page, target), { within_minutes: 40, lines: anybody(3), reserve: 0 }, AT_ANY_HOUR);
  const two = (await links_of(page, target, 3)).slice(0, 2);
  for (const link of two) for (const word of ["accept", "depart", "arrive", "release"]) await answer(page.request, link, { answer: word });
  for (const link of two) await answer(page.request, link, { answer: "report", outcome: "done", text: "沙袋堆好了" });
  await page.goto(target.url + "/incidents/" + incident);
  await page.waitForSelector(".checks-now:not([open]) summary >> text=2 份");
  await axe(page, "reports to check while it runs");
  const desk = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const other = await desk.newPage();
  await without_map(other);
  await sign_in(other, { ...target, ...target.checker });
  await other.goto(target.url + "/incidents/" + incident);
  await other.waitForSelector(".checks-now[open] .verify");
  const said = (await other.locator(".checks .assignment").first().innerText()).replace(/\s+/g, " ");
  if (!/提醒 .*接受 .*出发 .*到场 .*离场 .*上报 .*沙袋堆好了.*现场 \d+ 分钟/.test(said)) throw new Error("the check does not say " + said);
  await shot(other, "checks", "running", 1280, "light", "zh");
  for (let left = 2; left > 0; left--) {
    if (left === 2) await other.focus(".checks .assignment");
    await other.keyboard.press("Tab");
    await other.keyboard.press("Enter");
    await other.waitForFunction((n) => document.querySelectorAll(".checks .verify").length < n && document.activeElement?.matches(n > 1 ? ".checks .assignment" : "#incident-title"), left, { timeout: 10000 });
  }
  await other.waitForSelector("text=没有等着核实的结果了");
  await desk.close();
  await context.close();
}

/** A call for help in hand with who goes home, somebody out of contact, an offer: who comes must not miss them. */
async function left_open(page, target) {
  const make = await maker(page, target);
  const { incident, callout } = await called_out(make, { lines: anybody(5) }, AT_ANY_HOUR, { kind: "typhoon", title: "夜里留下的" });
  const [one, two, three] = await links_of(page, target, 3);
  for (const word of ["accept", "depart", "sos"]) await answer(page.request, one, { answer: word });
  await answer(page.request, two, { answer: "accept" });
  await answer(page.request, three, { answer: "limited", ready_in_minutes: 30 });
  const board = await (await page.request.get(target.url + "/api/v1/callouts/" + callout)).json();
  const helped = board.assignments.find((each) => each.sos), lost = board.assignments.find((each) => !each.sos);
  await make("assignments/" + helped.id + "/alarms", { step: "acknowledge" });
  await make("assignments/" + lost.id + "/steps", { step: "lost", reason: "story" });
  return { incident, helped, lost };
}

/** Who is out of contact is in view whatever one looks at: the row, the telephone, and a press leads to them. */
async function seen_everywhere(page, lost) {
  await page.locator(".incident-row", { hasText: "1 人失联" }).first().waitFor();
  await page.goto(new URL("/circle", page.url()).href);
  const row = page.locator(".out-of-contact p", { hasText: "1 人失联" }).filter({ hasText: lost.name }).filter({ hasText: lost.phone });
  await row.locator("a[data-go]").click();
  await page.waitForSelector(".stateline .number.big.alarm");
  await page.click(".brand");
}

/** What happened on another day has its date, or three nights of a typhoon are one. */
async function tells_the_day(page, incident, target) {
  const day_before = (at) => new Date(Date.parse(at) - 24 * 3600 * 1000).toISOString();
  await page.route(/\/events\?limit=100/, async (route) => {
    const answer = await route.fetch(), body = await answer.json();
    await route.fulfill({ response: answer, json: { items: body.items.map((one) => ({ ...one, at: day_before(one.at) })) } });
  });
  await page.goto(target.url + "/incidents/" + incident);
  await page.click(".tabs button >> text=时间线");
  await page.waitForFunction(() => /^\d+\/\d+ \d\d:\d\d:\d\d$/.test(document.querySelector(".timeline time")?.textContent ?? ""));
  await page.unrouteAll({ behavior: "wait" });
}

/** Whoever takes over can call each of many who are out; on paper all of them stand there at once. */
export async function many_are_out({ browser, target, shot }) {
  if (target.mock) return;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  await called_out(await maker(page, target), { lines: anybody(11), reserve: 0 }, AT_ANY_HOUR);
  for (const link of await links_of(page, target, 11)) await answer(page.request, link, { answer: "accept" });
  await page.goto(target.url + "/handover");
  const due = page.locator(".dues li", { hasText: "在外 11 人" });
  await due.waitFor();
  const seen = () => due.locator("a[href^='tel:']:visible").count();
  if ((await seen()) !== 8) throw new Error("of eleven who are out " + (await seen()) + " can be called");
  await page.emulateMedia({ media: "print" });
  if ((await seen()) !== 11) throw new Error("on paper stand " + (await seen()));
  await page.emulateMedia({ media: "screen" });
  await due.locator("button >> text=还有 3 人").click();
  if ((await seen()) !== 11) throw new Error("pressed, " + (await seen()) + " can be called");
  await shot(page, "handover", "many-out", 1280, "light", "zh");
  await axe(page, "many are out");
  await context.close();
}

/** At eight in the morning: what is open and who is out, and the record of who took over. */
export async function change_of_duty({ browser, target, shot }) {
  if (target.mock) return;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const { incident, helped, lost } = await left_open(page, target);
  await seen_everywhere(page, lost);
  await page.click("#side a >> text=交接班");
  await page.waitForSelector(".handover .dues");
  const row = page.locator(".handover .list > li", { hasText: "夜里留下的" });
  for (const text of [helped.name + " " + helped.phone + "：呼救 · " + target.account + " 处理中", "失联：" + lost.name, "不限技能 5 人", "在外 1 人：" + helped.name + " " + helped.phone + "（途中）", "1 人说过"]) await row.locator("li", { hasText: text }).waitFor();
  for (const { phone } of [helped, lost]) await row.locator(`.dues a[href="tel:${phone}"]`).first().waitFor();
  await shot(page, "handover", "open", 1280, "light", "zh");
  await axe(page, "handover");
  const make = await maker(page, target), next = { account: "morning", password: "the morning comes" };
  await make("accounts", { ...next, roles: [{ role: "dispatcher" }] });
  const context_of_next = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  const other = await context_of_next.newPage();
  await without_map(other);
  await sign_in(other, { ...target, ...next });
  await other.goto("about:blank");
  let asked = 0; // however many incidents are open
  other.on("request", (request) => (asked += /\/api\/v1\/(handover|callouts|incidents\/\d)/.test(request.url()) ? 1 : 0));
  await other.goto(target.url + "/handover"); // past the list, whose map asks where who is in need is
  await other.waitForSelector(".handover .dues");
  if (asked > 1) throw new Error("the hand-over of a few incidents asks " + asked + " times");
  await other.click(".handover .actions button");
  await row.locator("li", { hasText: "呼救 · morning 处理中" }).waitFor(); // on the screen of who goes, too
  await other.locator(".handover .actions [role=status] >> text=/\\d/").waitFor();
  await row.locator("p", { hasText: /morning \d\d:\d\d 接班/ }).first().waitFor();
  const { items } = await (await page.request.get(target.url + "/api/v1/incidents/" + incident + "/events?limit=200")).json();
  if (items.filter((one) => one.kind === "incident.taken_over" && one.actor === next.account).length !== 1) throw new Error("who took over is not told once");
  await tells_the_day(other, incident, target);
  await shot(other, "handover", "day-before", 1280, "light", "zh");
  await context_of_next.close();
  await context.close();
}

/** Whose people help in another village sees them there, and nothing of what happened. */
export async function lent_out({ browser, target, shot }) {
  if (target.mock) return;
  const context = await browser.newContext({ locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target);
  const read = async (path) => (await page.request.get(target.url + "/api/v1/" + path)).json();
  const { lost } = await left_open(page, target);
  const out = (await read("assignments")).items.find((one) => one.number === lost.number);
  const area = (await read("areas?limit=200")).items.find((one) => one.level === "village" && one.code !== out.area.code).code;
  const { csrf } = await read("sessions/current");
  await page.request.patch(target.url + "/api/v1/people/" + lost.number, { headers: { "X-Muster-Csrf": csrf, "If-Match": "*" }, data: { area } });
  const clerk = { account: "lender", password: "whose people are out" };
  await make("accounts", { ...clerk, roles: [{ role: "dispatcher", area }] });
  const context_of_clerk = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const theirs = await context_of_clerk.newPage();
  await without_map(theirs);
  await sign_in(theirs, { ...target, ...clerk });
  const row = theirs.locator(".lent[open] li", { hasText: lost.name }); // somebody out of contact opens it
  await row.filter({ hasText: "失联" }).filter({ hasText: lost.phone }).filter({ hasText: out.area.name }).waitFor();
  if ((await theirs.locator("body").innerText()).includes("夜里留下的")) throw new Error("a neighbour's incident is told");
  await shot(theirs, "incidents", "lent", 390, "light", "zh");
  await context_of_clerk.close();
  await context.close();
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
