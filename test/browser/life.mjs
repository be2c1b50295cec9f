// SPDX-License-Identifier: Apache-2.0
// The life of an incident, as the duty officer and three volunteers live it. Against a
// real server the volunteers answer through their own pages (one of them by a telephone
// without JavaScript); the stand-in's people answer by its script.
import { answer, links_of } from "./made.mjs";

export const CHECKER = { account: "checker", password: "checker-of-stories-1" };

export async function sign_in(page, target, account = target.account, password = target.password) {
  await page.goto(target.url + "/");
  await page.fill("[name=account]", account);
  await page.fill("[name=password]", password);
  await page.click("form button.primary");
  await page.waitForSelector("#side h1");
}

/** Nothing may come from outside, and nothing may be refused by the content policy. */
export function watch(page, target) {
  const wrong = [];
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (/^https?:$/.test(url.protocol) && url.origin !== new URL(target.url).origin) wrong.push("outside request: " + request.url());
  });
  page.on("pageerror", (error) => wrong.push("error in the page: " + error.message));
  page.on("console", (message) => {
    if (/content security policy/i.test(message.text())) wrong.push(message.text());
  });
  return wrong;
}

/** Put on a home screen the page is an app that begins at this very page. */
export async function is_an_app(page) {
  const session = await page.context().newCDPSession(page);
  const { data, errors, manifest } = await session.send("Page.getAppManifest");
  if (errors.length || !data) throw new Error("no app: " + JSON.stringify(errors));
  if (JSON.parse(data).display !== "standalone" || (manifest?.startUrl && manifest.startUrl !== page.url())) throw new Error("an app of something else: " + data + " " + manifest?.startUrl);
}

/** For a story in which no view is a map: one drawn by software takes five seconds. */
export function without_map(page) {
  return page.addInitScript(() => {
    const get_context = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
      return kind.startsWith("webgl") ? null : get_context.call(this, kind, ...rest);
    };
  });
}

async function click_map(page, x = 0.5, y = 0.5) {
  await page.waitForFunction(() => window.muster_map?.loaded(), null, { timeout: 60000 });
  const box = await page.locator(".map canvas").boundingBox();
  await page.mouse.click(box.x + box.width * x, box.y + box.height * y);
}

/** Login, two clicks, the need, the plan. Leaves the page on the plan. */
export async function to_plan(page, target, { exercise = false, count = 3 } = {}) {
  await sign_in(page, target);
  await click_map(page);
  await page.waitForSelector(".kinds");
  if (exercise) await page.check(".panel > .check input");
  await page.click(".kinds button >> nth=0");
  await page.waitForSelector("form.panel .count input");
  await page.fill(".count input", String(count));
  await page.click("form.panel button.primary");
  await page.waitForSelector(".headline", { timeout: 60000 });
  await page.waitForSelector("#plan-people tbody tr");
}
export async function call_out(page, target, options) {
  await to_plan(page, target, options);
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
}

const number_in = async (locator) => Number(/\d[\d,]*/.exec(await locator.innerText())?.[0].replaceAll(",", "") ?? "0");

async function seen_then_yes(page, link, target) {
  const wrong = watch(page, target);
  const seen = page.waitForResponse((response) => response.request().method() === "POST", { timeout: 60000 });
  await page.goto(link);
  const said = (await seen).status();
  if (said !== 200) throw new Error("seen was answered by " + said);
  await page.click("button[value=accept]");
  await page.waitForSelector("button[value=depart]");
  await page.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** COUNT volunteers say yes, leave and arrive; the first one on a telephone. */
async function volunteers_come({ browser, page, target, shot, count, exercise }) {
  const links = await links_of(page, target, count);
  const phone = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", javaScriptEnabled: false });
  const telephone = await phone.newPage();
  await telephone.goto(links[0]);
  if ((await telephone.locator("body").innerText()).includes("演练") !== exercise) throw new Error("the volunteer's page does not say what it is");
  const picture = (state) => shot(telephone, "volunteer", (exercise ? "exercise-" : "real-") + state, 390, "light", "zh");
  await picture("question");
  for (const step of ["accept", "depart", "arrive"]) {
    await telephone.click(`button[value=${step}]`);
    await telephone.waitForLoadState();
    await picture(step);
  }
  const others = [];
  for (const link of links.slice(1)) {
    const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
    // The second one has JavaScript: a second in view is `seen`, and the answer still counts.
    if (!others.length) await seen_then_yes(await context.newPage(), link, target);
    else await answer(context.request, link, { answer: "accept" });
    for (const step of ["depart", "arrive"]) await answer(context.request, link, { answer: step });
    others.push({ context, link });
  }
  return { telephone, others, phone, picture };
}
async function volunteers_report({ telephone, others, phone, picture }) {
  await telephone.reload();
  await picture("report");
  await telephone.check("input[value=done]");
  await telephone.fill("textarea", "排水完成，两位老人已转移。");
  await telephone.click("button[value=report]");
  await telephone.waitForLoadState();
  await picture("thanks");
  for (const { context, link } of others) await answer(context.request, link, { answer: "report", outcome: "done", text: "协助完成。" });
  await Promise.all([phone.close(), ...others.map(({ context }) => context.close())]);
}

export async function make_checker(page, target) {
  if (target.mock) return { account: "check", password: "secret" };
  if (target.checker) return target.checker;
  const session = await (await page.request.get(target.url + "/api/v1/sessions/current")).json();
  const made = await page.request.post(target.url + "/api/v1/accounts", {
    headers: { "X-Muster-Csrf": session.csrf },
    data: { ...CHECKER, roles: [{ role: "verifier" }] },
  });
  if (made.status() !== 201 && made.status() !== 409) throw new Error("accounts: " + made.status() + " " + (await made.text()));
  return CHECKER;
}

/** An exercise says so on the page, once, and nothing else does. */
async function marked(page, exercise) {
  const banners = await page.locator(".exercise.hatched:visible").count();
  if (banners !== (exercise ? 1 : 0)) throw new Error(page.url() + " has " + banners + " banners of an exercise");
}

/** A slider re-plans at once: a lower target disturbs no more people. */
async function re_plan(page, count) {
  const disturbed = await number_in(page.locator(".headline .number").first());
  if (disturbed < count) throw new Error("the plan disturbs only " + disturbed);
  const says = await page.locator(".plan").innerText();
  if (!/约 \d+ 人，发约 \d+ 条/.test(says) || /\d\.\d+ (人|条)/.test(says)) throw new Error("the plan counts fractions of people: " + says);
  await page.locator(".sliders input").nth(1).fill("60");
  await page.waitForFunction((before) => Number(/\d+/.exec(document.querySelector(".headline .number").textContent)[0]) <= before && !document.querySelector(".headline.waiting"), disturbed);
  await page.locator(".sliders input").nth(1).fill("95");
  await page.waitForFunction(() => !document.querySelector(".headline.waiting"));
  await page.waitForTimeout(400);
}

/** Whom the plan leaves out: as many as the figure says, or the first of them. */
async function who_is_left_out(page) {
  await page.click(".plan summary >> text=没有选的");
  const figure = page.locator(".plan .excluded button").first();
  await figure.click();
  const numbers = (await page.locator(".plan .excluded .numbers").innerText()).match(/PH\d+/g).length;
  if (numbers !== Math.min(500, await number_in(figure.locator("strong")))) throw new Error("the figure shows " + numbers);
  await figure.click();
  await page.waitForSelector(".plan .excluded .numbers", { state: "detached" });
}

async function look_at_board(page, picture) {
  await page.click(".tabs button >> text=时间线");
  await page.waitForSelector(".timeline li");
  await picture("timeline");
  await page.click(".tabs button >> text=为什么是他们");
  await page.waitForSelector(".board table tbody tr");
  await picture("why");
  await page.click(".tabs button >> text=人员");
}

/** What is known afterwards, as a page and as a PDF. */
async function look_at_report(page, shot, picture, exercise) {
  await page.click("#side a[href$='/report']");
  await page.waitForSelector("#aar-title");
  await marked(page, exercise);
  await picture("report");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(".aar summary").first().click();
  for (const language of ["zh", "en"]) {
    await page.waitForFunction((now) => document.documentElement.lang.startsWith(now), language);
    const wide = await page.locator(".aar .scroll").evaluateAll((all) => all.filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.getAttribute("aria-label")));
    if (wide.length) throw new Error("on a telephone these are moved sideways in " + language + ": " + wide);
    await page.click(".language");
  }
  await page.locator("#aar-needs").scrollIntoViewIfNeeded();
  await shot(page, "story", exercise ? "exercise-report" : "report", 390, "light", "zh");
  await page.setViewportSize({ width: 1440, height: 900 });
  const pdf = await page.request.get(new URL(await page.locator(".aar a[download]").first().getAttribute("href"), page.url()).href);
  if (!pdf.ok() || !(await pdf.body()).subarray(0, 5).equals(Buffer.from("%PDF-"))) throw new Error("the report is no PDF: " + pdf.status());
}

/** What was checked is put right only in an open incident: the row says so. */
async function says_how_to_correct(page) {
  await page.click(".assignments .assignment-head >> nth=0");
  await page.waitForSelector(".assignment-body >> text=要更正时长，先重新打开事件");
  await page.click(".assignments .assignment-head >> nth=0");
}

/** From the report to the close, with real people or as an exercise. */
export async function whole_life({ browser, target, shot }, { exercise = false, count = 3 } = {}) {
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  const picture = (state) => shot(page, exercise ? "exercise" : "story", state, 1440, "light", "zh");
  await to_plan(page, target, { exercise, count });
  await page.waitForTimeout(1500);
  await picture("plan");
  await re_plan(page, count);
  if (!target.mock) await who_is_left_out(page);
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
  await page.waitForSelector(".funnel button strong");
  await marked(page, exercise);
  await picture("alerted");
  const crew = target.mock ? null : await volunteers_come({ browser, page, target, shot, count, exercise });
  await page.waitForFunction((n) => document.querySelectorAll(".assignments .state.ok").length >= n, count, { timeout: 60000 });
  await page.waitForTimeout(800);
  await picture("on-scene");
  await look_at_board(page, picture);
  await page.click(".actions button >> text=收队");
  await page.waitForSelector("dialog[open]");
  await picture("stand-down");
  await page.click("dialog button.primary");
  await page.waitForSelector(".review");
  if (crew) await volunteers_report(crew);
  await page.waitForFunction((n) => document.querySelectorAll(".review .verify").length >= n, count, { timeout: 60000 });
  await picture("review");
  if (await page.locator(".review > button.primary").count()) await page.click(".review > button.primary");
  await second_person({ browser, page, target, shot, count });
  await page.waitForSelector(".review button.primary:not(:disabled)", { timeout: 60000 });
  await page.click(".review button.primary:not(:disabled)");
  await page.waitForSelector("dialog[open]");
  await picture("close");
  await page.click("dialog button.primary");
  await page.waitForFunction(() => document.querySelector(".incident-head .state")?.textContent.includes("已结案"), null, { timeout: 60000 });
  await marked(page, exercise);
  await picture("closed");
  if (!target.mock) await says_how_to_correct(page);
  await look_at_report(page, shot, picture, exercise);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** Another account checks each report. */
async function second_person({ browser, page, target, shot, count }) {
  const checker = await make_checker(page, target);
  const desk = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const other = await desk.newPage();
  await sign_in(other, target, checker.account, checker.password);
  await other.goto(page.url());
  for (let left = count; left > 0; left--) {
    await other.waitForFunction((n) => document.querySelectorAll(".review .verify").length === n, left, { timeout: 60000 });
    if (left === count) await shot(other, "story", "verify", 1440, "light", "zh");
    await other.locator(".review .verify").first().locator("button").first().click();
    await other.waitForFunction((n) => document.querySelectorAll(".review .verify").length < n && document.activeElement?.closest(n > 1 ? ".review li.assignment" : ".review"), left, { timeout: 10000 });
  }
  await other.waitForFunction(() => !document.querySelector(".review .verify"), null, { timeout: 60000 });
  if (!target.mock) await put_right(other, shot);
  if (!target.mock && !process.env.BASE_URL) await own_password(other, target, checker, shot);
  await desk.close();
}

/** The minutes of somebody who was checked; the last word counts. */
async function put_right(page, shot) {
  await page.locator(".assignment-head:has-text('已核实')").first().click();
  await page.click(".assignment .correct");
  await page.fill(".assignment .verify input[type=number]", "0");
  await page.fill(".assignment .verify input:not([type=number])", "先走了");
  await shot(page, "story", "correct", 1440, "light", "zh");
  await page.click(".assignment .verify button >> nth=0");
  await page.waitForSelector(".assignment .correct");
  await page.waitForFunction(() => document.querySelector(".assignment-body")?.textContent.includes("记 0 分钟"), null, { timeout: 10000 });
}

/** A new password from the account's menu; the old one opens nothing any more. */
async function own_password(page, target, { account, password }, shot) {
  await page.click(".account > summary");
  await page.click(".account .own > summary");
  const save = async (old) => {
    await page.fill(".own [name=password]", old);
    await page.fill(".own [name=new_password]", "a new password");
    await page.click(".own button.primary");
  };
  await save("not the password");
  await page.waitForSelector(".own .trouble");
  await shot(page, "password", "wrong", 1440, "light", "zh");
  await save(password);
  await page.waitForSelector(".login [role=status]");
  await shot(page, "password", "changed", 1440, "light", "zh");
  await sign_in(page, target, account, "a new password");
}
