// SPDX-License-Identifier: Apache-2.0
// From a volunteer to one who is called: a course is planned, two sign up by telephone, one
// passes, and the list of people tells it.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";

const TITLE = "护理初训";
const COURSE = ".course:has(strong:text-is('" + TITLE + "'))";
const SKILL = "护士";
const AHEAD_MS = 3600000, SOON_MS = 8000; // until it begins: at first, and once it is moved

/** In the county's zone, as the form takes it. */
function local(ms) {
  return new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" }).format(new Date(ms)).replace(" ", "T");
}

/** So long from now by the server's clock. */
async function time_in(page, ms) {
  const clock = await page.evaluate(async () => (await (await fetch("/api/v1/instance")).json()).now);
  const then = Date.parse(clock) + ms;
  return local(then % 60000 < 1000 ? then + 1000 : then); // :00 is dropped by the field
}

async function plan(page, shot) {
  await page.click(".new-course");
  await page.waitForSelector(".course-form .lacks:text-is('还缺：教什么、开始时间、合格后具备的技能。')");
  await page.fill("[name=title]", TITLE);
  await page.fill("[name=starts]", await time_in(page, AHEAD_MS));
  await page.fill("[name=seats]", "2");
  await page.fill("[name=place]", "文化站 2 楼");
  await page.waitForSelector(".course-form .lacks:text-is('还缺：合格后具备的技能。')");
  await page.click(".pick:text-is('" + SKILL + "')");
  await page.waitForSelector(".course-form .lacks", { state: "detached" });
  await shot(page, "courses", "new", 1440, "light", "zh");
  await axe(page, "courses new");
  await page.click(".course-form button.primary");
  await page.waitForSelector(COURSE);
}

/** Whoever waits for a search sees that it goes on, and ends it by typing something else. */
async function a_long_search(page) {
  let go_on;
  const held = new Promise((done) => (go_on = done));
  await page.route("**/api/v1/people/searches?*", async (route) => {
    await held;
    await route.continue().catch(() => undefined); // given up meanwhile
  });
  await page.fill(COURSE + " [name=who]", "某某");
  await page.press(COURSE + " [name=who]", "Enter");
  await page.waitForSelector(COURSE + " .person-search .looking");
  await page.fill(COURSE + " [name=who]", "其他");
  await page.waitForSelector(COURSE + " .person-search .looking", { state: "detached" });
  await page.waitForSelector(COURSE + " .person-search button:enabled");
  go_on();
  await page.unrouteAll({ behavior: "wait" });
}

async function sign_up(page, number) {
  await page.fill(COURSE + " [name=who]", number);
  await page.press(COURSE + " [name=who]", "Enter");
  await page.click(COURSE + " button.found:has-text('" + number + "')");
  await page.waitForSelector(COURSE + " li:has-text('" + number + "') a[href^='tel:']");
}

/** So many as fill the seats are proposed; one is invited, and is told apart from who signed up. */
async function invite(page, shot) {
  await page.click(COURSE + " button.invite");
  await page.waitForSelector(COURSE + " .invite-form:has-text('还有 2 个名额')");
  const proposed = Number(await page.inputValue(COURSE + " .invite-form [name=count]"));
  if (!(proposed > 1)) throw new Error("nobody is proposed: " + (await page.innerText(COURSE + " .invite-form")));
  await shot(page, "courses", "invite", 1440, "light", "zh");
  await axe(page, "courses invite");
  await page.fill(COURSE + " .invite-form [name=count]", "1");
  await page.click(COURSE + " .invite-form button.primary:text-is('邀请 1 人')");
  await page.waitForSelector(COURSE + " [role=status]:text-is('已邀请 1 人。')");
  await page.waitForSelector(COURSE + " .invited summary:text-is('已邀请、还没有报名：1 人')");
  await page.waitForSelector(COURSE + " p:text-is('还没有人报名。')");
}

/** Both seats are taken: a third one is put on the list, and taken off it again. */
async function wait_for_seat(page, shot, waits, holds) {
  await page.fill(COURSE + " [name=who]", waits);
  await page.press(COURSE + " [name=who]", "Enter");
  await page.click(COURSE + " button.found-waits:has-text('" + waits + "')");
  await page.waitForSelector(COURSE + " .waiting li:has-text('" + waits + "') a[href^='tel:']");
  await page.waitForSelector(COURSE + " .course-seats:has-text('候补 1 人')");
  await shot(page, "courses", "waiting", 1440, "light", "zh");
  await axe(page, "courses waiting");
  await page.click(COURSE + " .waiting button:text-is('移出候补')");
  await page.waitForSelector(COURSE + " .waiting", { state: "detached" });
  await page.waitForSelector(COURSE + " .course-people li:has-text('" + holds + "')");
}

/** To another place, and soon: whoever has a seat is told. */
async function move(page, shot) {
  await page.click(COURSE + " .move-course");
  await page.fill(COURSE + " .move-form [name=place]", "文化站 3 楼");
  await page.waitForSelector(COURSE + " .move-form:has-text('已报名的 2 人会收到消息')");
  await page.fill(COURSE + " .move-form [name=seats]", "1");
  await page.waitForSelector(COURSE + " .move-form:has-text('已有 2 人报名：名额不能比这更少')");
  await page.fill(COURSE + " .move-form [name=seats]", "2");
  await shot(page, "courses", "move", 1440, "light", "zh");
  await page.fill(COURSE + " .move-form [name=starts]", await time_in(page, SOON_MS));
  await page.click(COURSE + " .move-form button.primary");
  await page.waitForSelector(COURSE + ":has-text('文化站 3 楼')");
}

async function results(page, shot, passed, failed) {
  await page.waitForSelector(COURSE + " .results");
  if (await page.locator(COURSE + " .results input:checked").count()) throw new Error("somebody has passed before it was said");
  await page.check(COURSE + " .results li:has-text('" + failed + "') .came input");
  await page.check(COURSE + " .results li:has-text('" + passed + "') label:not(.came) input");
  if (await page.locator(COURSE + " .results .came").count() !== 1) throw new Error("who passed can have failed");
  await shot(page, "courses", "results", 1440, "light", "zh");
  await axe(page, "courses results");
  await page.click(COURSE + " .results button.primary");
  await page.waitForSelector("dialog[open]");
  const says = await page.innerText("dialog[open]");
  for (const one of ["1 人", SKILL, "1 人到场未合格", "只登记一次"]) if (!says.includes(one)) throw new Error("the dialog lacks " + one + ": " + says);
  await page.click("dialog[open] button.primary");
  await page.waitForSelector(COURSE + ":has-text('1 人合格')");
}

export async function hold_a_course({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "train" : target.account);
  await page.click(".ways a[href='/people']");
  await page.waitForSelector("#side tbody tr");
  const without = await page.locator("#side tbody tr").evaluateAll((rows, skill) => rows.filter((row) => !row.innerText.includes(skill)).map((row) => row.cells[0].innerText), SKILL);
  const [waits, passes, fails] = without.slice(-3);
  await page.click(".tabs button:text-is('培训')");
  await page.waitForSelector("#courses-title");
  await plan(page, shot);
  await page.click(COURSE + " .opener-line");
  await invite(page, shot);
  await a_long_search(page);
  await sign_up(page, passes);
  await sign_up(page, fails);
  if (!(await page.innerText(COURSE)).includes("2 / 2")) throw new Error("the seats are not taken: " + (await page.innerText(COURSE)));
  await wait_for_seat(page, shot, waits, fails);
  await move(page, shot);
  await page.waitForSelector(COURSE + " .results"); // by itself
  await results(page, shot, passes, fails);
  await page.click(".tabs button:text-is('人员')");
  await page.fill("#side input[type=search]", passes);
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 1);
  if (!(await page.innerText("#side tbody")).includes(SKILL)) throw new Error("who passed has not learned it");
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** The list, one opened with somebody looked for, the results, what they do, the form; SEE makes the picture and the checks. */
export async function courses_screens(page, see) {
  await page.click(".ways a[href='/people']");
  await page.click(".tabs button >> nth=1");
  await page.waitForSelector(".course >> nth=0 >> .course-seats .wait-text"); // over, and without results
  if (await page.locator(".course-seats .wait-text").count() !== 1) throw new Error("results are asked for of a course that is ahead");
  await see("courses", "list");
  await page.click(".past-courses");
  await see("courses", "past");
  await page.click(".past-courses");
  await page.click(".course >> nth=1 >> .opener-line");
  await page.fill("[name=who]", "V10");
  await page.press("[name=who]", "Enter");
  await page.waitForSelector(".found");
  await see("courses", "sign-up");
  await page.click(".course >> nth=1 >> button.invite");
  await page.waitForSelector(".invite-form [name=count]");
  await see("courses", "invite");
  await page.fill(".invite-form [name=count]", "3");
  await page.click(".invite-form button.primary");
  await page.click(".invited summary");
  await see("courses", "invited");
  await page.click(".course >> nth=1 >> .move-course");
  await see("courses", "move");
  await page.fill(".move-form [name=place]", "文化站 3 楼");
  await page.click(".move-form button.primary");
  await page.waitForSelector(".course-people .told");
  await see("courses", "told");
  await page.click(".course >> nth=0 >> .opener-line");
  await page.waitForSelector(".results");
  await page.click(".results button.quiet");
  await see("courses", "tick");
  await page.click(".results button.primary");
  await page.waitForSelector("dialog[open]");
  await see("courses", "sure");
  const [back, dot] = await page.evaluate(() => [document.querySelector("dialog button").getBoundingClientRect().height, getComputedStyle(document.querySelector("dialog li")).display]);
  if (back > 50 || dot !== "list-item") throw new Error("the dialog breaks a word, or what it says has no dots: " + back + " " + dot);
  await page.click("dialog button[type=button]");
  await page.click(".new-course");
  await see("courses", "form");
}
