// SPDX-License-Identifier: Apache-2.0
// The whole way from the login to the plan without a mouse; and the keyboard on a board on which
// much happens.
import { sign_in, watch, without_map } from "./life.mjs";
import { anybody, answer, AT_ANY_HOUR, called_out, links_of, maker } from "./made.mjs";

export async function tab_to(page, wanted, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, wanted)) return;
  }
  throw new Error("the Tab key does not reach " + wanted);
}

export async function keyboard({ browser, target, test, shot }) {
  await test("keyboard: login, report, need, plan", async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
    const page = await context.newPage();
    const wrong = watch(page, target);
    await page.goto(target.url + "/");
    await page.waitForSelector("[name=account]");
    await tab_to(page, "[name=account]");
    await page.keyboard.type(target.account);
    await page.keyboard.press("Tab");
    await page.keyboard.type(target.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#incidents-title");
    await tab_to(page, "#side button.primary");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#report-title");
    await tab_to(page, "input[list^=places]");
    await page.keyboard.type("30.70, 121.02");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".kinds");
    await tab_to(page, ".kinds button");
    await shot(page, "report", "keyboard", 1440, "light", "zh");
    await page.keyboard.press("Enter");
    await page.waitForSelector("form.panel .count input");
    await tab_to(page, "form.panel button.primary");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".headline");
    await tab_to(page, ".start button.primary");
    await context.close();
    if (wrong.length) throw new Error(wrong.join("\n"));
  });
}

async function has_keyboard(page, selector, what) {
  await page.waitForFunction((where) => document.activeElement?.matches(where), selector, { timeout: 5000 }).catch(async () => {
    throw new Error(what + ": the keyboard is at " + (await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 100))));
  });
}

/** Who types an answer given by telephone keeps it while others in the list answer. */
async function typed_answer_stays(page, target, make, callout) {
  await page.click(".funnel button >> nth=3");
  await page.waitForSelector(".who tbody tr >> nth=5");
  await page.click(".who tbody tr >> nth=3 >> button");
  await page.fill(".behalf input", "电话里说能来");
  const first = await page.locator(".who tbody th .small").first().innerText();
  const { items } = await (await page.request.get(target.url + "/api/v1/callouts/" + callout + "/alerts?limit=100")).json();
  await make("alerts/" + items.find((one) => one.number === first).id + "/replies", { answer: "decline", reason: "story" });
  await page.waitForFunction((number) => document.querySelector(".who tbody th .small")?.textContent !== number, first);
  if ((await page.locator(".behalf input").inputValue()) !== "电话里说能来") throw new Error("what was typed is gone");
  await has_keyboard(page, ".behalf input", "somebody else answers");
  await page.click(".funnel button >> nth=3");
}

const order = (page) => page.$$eval(".assignments > li", (rows) => rows.map((row) => row.id));

/** Whoever leaves comes first in the list: the row in hand is another one then, and has the keyboard all the same; while
 * something is asked nothing moves. */
async function rows_that_move(page, crew) {
  await page.waitForSelector(".assignments > li >> nth=3");
  const [first, , third] = await order(page), all = crew.length;
  const leave = async (n) => answer(crew[n].request, crew[n].link, { answer: "depart" });
  await page.focus(`#${third} .assignment-head`);
  for (let n = 0; n < all - 1; n++) await leave(n);
  await page.waitForFunction((n) => document.querySelectorAll(".assignments .state path[d^='M8 1.5']").length === n, all - 1);
  if ((await order(page))[2] === third && (await order(page))[0] === first) throw new Error("no row has moved");
  await has_keyboard(page, `#${third} .assignment-head`, "rows have moved");
  const last = (await order(page)).pop();
  await page.focus(`#${last} .assignment-head`);
  await page.keyboard.press("Enter");
  await page.click(`#${last} button:has-text('没有到')`);
  await page.fill("dialog input", "电话");
  const before = await order(page);
  await leave(all - 1);
  await page.waitForFunction((n) => document.querySelectorAll(".assignments .state path[d^='M8 1.5']").length === n, all);
  if (String(await order(page)) !== String(before)) throw new Error("rows move under a question");
  if (!(await page.locator("dialog:modal").count())) throw new Error("the question lies no more above the page");
  await has_keyboard(page, "dialog input", "somebody leaves");
  await page.keyboard.press("Escape");
  await has_keyboard(page, `#${last} button`, "after the question");
}

/** A button is off while its press is under way; the keyboard is at it again afterwards. */
async function pressed_button(page, link, request) {
  await answer(request, link, { answer: "arrive" });
  await page.waitForSelector(".steps >> text=点名");
  await page.route(/\/roll-calls$/, async (route) => (await page.waitForTimeout(500), route.continue()));
  await page.focus(".steps button:has-text('点名')");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".roll-call");
  await has_keyboard(page, ".steps button", "a roll call was made");
}

/** The list is told of by events, rows come and go and change places: the keyboard stays with what it was at. */
export async function keyboard_stays({ browser, target }) {
  if (target.mock) return; // its people answer by a script
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target);
  const { incident, callout } = await called_out(make, { lines: anybody(4), reserve: 0 }, AT_ANY_HOUR);
  await page.goto(target.url + "/incidents/" + incident);
  await typed_answer_stays(page, target, make, callout);
  const links = await links_of(page, target, 6), crew = [];
  for (const link of links) {
    const { request } = await browser.newContext({ locale: "zh-CN" });
    const { state } = await (await request.get(link, { headers: { accept: "application/json" } })).json();
    if (state !== "pending" || crew.length === 4) continue;
    await answer(request, link, { answer: "accept" });
    crew.push({ request, link });
  }
  await rows_that_move(page, crew);
  await pressed_button(page, crew[0].link, crew[0].request);
  await page.click(".brand");
  await page.click("#side button.primary");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await has_keyboard(page, "#side", "the place was found");
  await page.focus(".kinds button");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#similar-title");
  await has_keyboard(page, "#side", "it may be the same incident");
  await context.close();
}

/** On a telephone whatever is pressed is as large as a finger. */
async function large_enough(browser, target, path) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", hasTouch: true, isMobile: true });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  await page.goto(target.url + path);
  await page.click(".funnel button >> nth=0");
  await page.waitForSelector(".who tbody tr");
  const small = await page.$$eval("button:not(.link), .ways a, .chip, .account > summary, select", (all) => all.filter((one) => one.offsetParent && one.getBoundingClientRect().height < 44).map((one) => one.outerHTML.slice(0, 80)));
  if (small.length) throw new Error("too small for a finger: " + small.join("\n"));
  await context.close();
}

/** What is seen is also said: at twice the size, in the system's own colours, read aloud; and a menu goes by Escape. */
export async function not_by_eye_alone({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 720, height: 450 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  await page.waitForSelector(".response:visible >> text=III 级响应");
  await page.waitForFunction(() => document.querySelector(".link.live")?.innerText.trim() === "已连接");
  await page.focus(".account > summary");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await has_keyboard(page, ".account:not([open]) > summary", "the menu is closed");
  const { incident } = await called_out(await maker(page, target), { lines: anybody(3), reserve: "auto" });
  await page.goto(target.url + "/incidents/" + incident);
  await page.waitForFunction(() => document.querySelector(".stateline .big")?.innerText.includes("3 人已到"), null, { timeout: 30000 });
  await page.waitForFunction(() => document.querySelector(".stateline [role=status]").textContent === document.querySelector(".stateline .big").textContent, null, { timeout: 10000 });
  const headings = (await page.$$eval("#side h2", (all) => all.map((one) => one.textContent))).join();
  if (headings !== "需求,缺多少,各环节人数,人员") throw new Error("nothing to jump by on the board: " + headings);
  await page.emulateMedia({ forcedColors: "active" });
  const grounds = await page.$$eval(".tabs button", (all) => all.map((one) => getComputedStyle(one).backgroundColor));
  if (["rgba(0, 0, 0, 0)", grounds[1]].includes(grounds[0]) || grounds[1] !== grounds[2]) throw new Error("the chosen part looks like the others: " + grounds);
  await page.locator(".stateline").scrollIntoViewIfNeeded();
  await shot(page, "board", "forced-colours", 720, "light", "zh");
  await large_enough(browser, target, "/incidents/" + incident);
  await context.close();
}
