// SPDX-License-Identifier: Apache-2.0
// Several needs, several dispatchers: what one looks at, types or is asked stays what it was,
// whatever the others do meanwhile.
import { sign_in, watch, without_map } from "./life.mjs";
import { anybody, answer, AT_ANY_HOUR, called_out, links_of, maker, PLACE as AT } from "./made.mjs";

const PLACE = "input[list^=places]", COUNT = "form.panel .count input", PLAN = "form.panel button.primary";

async function expect(page, what, is_so) {
  if (!(await is_so())) throw new Error(what + ": " + (await page.locator("#side").innerText()).slice(0, 600));
}

/** Letter by letter "30.70, 1" is a place on the way; it is not taken for the one meant. */
async function report_by_typing(page, shot) {
  await page.click("#side button.primary");
  await page.locator(PLACE).pressSequentially("30.70, 121.02");
  if ((await page.inputValue(PLACE)) !== "30.70, 121.02") throw new Error("a part of the coordinates was taken");
  await page.press(PLACE, "Enter");
  await page.click("text=换个地点");
  await page.locator(PLACE).pressSequentially("30.70, 121.02");
  await page.press(PLACE, "Enter");
  await expect(page, "the place is another one", () => page.locator("text=30.70000, 121.02000").count());
  await page.click(".kinds button >> nth=0");
  await page.waitForSelector(COUNT);
  await shot(page, "needs", "first", 1280, "light", "zh");
}

/** They can be sent somewhere else than where it happened. */
async function state_elsewhere(page, shot) {
  await page.click("form.panel summary >> text=地点");
  await page.locator(PLACE).fill("30.71, 121.03");
  await page.press(PLACE, "Enter");
  await shot(page, "needs", "elsewhere", 1280, "light", "zh");
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/needs"));
  await page.click(PLAN);
  const { at } = (await sent).postDataJSON();
  if (at.lat !== 30.71 || at.lon !== 121.03) throw new Error("they are sent to " + JSON.stringify(at));
  await page.waitForSelector(".headline");
}

/** What somebody else says of the same thing meanwhile stands beside what is being typed. */
async function others_words(page, make, need, callout) {
  await page.click(".notes button");
  await page.fill(".notes [name=warning]", "水深，从北边来");
  await make("needs/" + need + "/notes", { warning: "有燃气味，离远些" });
  await page.waitForSelector("text=别人刚改成：有燃气味，离远些");
  if ((await page.inputValue(".notes [name=warning]")) !== "水深，从北边来") throw new Error("what was typed is gone");
  await page.click(".notes button >> text=返回");

  await page.click(".funnel button >> text=等回复");
  await page.click(".who button >> text=代答");
  await page.fill(".behalf input", "电话里说的");
  const number = await page.locator(".who tr:has(button[aria-expanded=true]) .small").first().innerText();
  const { items } = await (await page.request.get(new URL("/api/v1/callouts/" + callout + "/alerts", page.url()).href)).json();
  await make("alerts/" + items.find((one) => one.number === number).id + "/replies", { answer: "accept", reason: "test" });
  await page.waitForSelector("text=已有答复：");
  if (await page.locator(".behalf").count()) throw new Error("an answer can be given over somebody else's, unseen");
  await page.click(".funnel button >> text=等回复");
}

/** Not enough people here: the level above is asked, once. */
async function ask_above(page) {
  await page.click(".need-steps button >> text=请上级支援");
  await page.fill("dialog[open] input", "附近的人都在忙");
  await page.click("dialog[open] button[type=submit]");
  await page.waitForSelector(".needs button[aria-pressed=true] >> text=已报上级");
  if (await page.locator(".need-steps button >> text=请上级支援").count()) throw new Error("the level above can be asked twice");
}

const pressed = (page) => page.locator(".needs button[aria-pressed=true]").innerText();

export async function needs({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 1280, height: 1400 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const make = await maker(page, target);
  await report_by_typing(page, shot);
  const incident = Number(/incidents\/(\d+)/.exec(page.url())[1]);
  const state = (count) => make("incidents/" + incident + "/needs", { at: { lat: 30.7, lon: 121.02 }, within_minutes: 60, lines: [{ skills: [], count }], target: 0.9 });

  // The place was wrong: put right, with what lies around it.
  await page.click(".steps button >> text=更正地点");
  await page.locator("#move-title ~ .field input").fill("30.73, 121.07");
  await page.locator("#move-title ~ .field input").press("Enter");
  await shot(page, "needs", "move", 1280, "light", "zh");
  await page.click("button >> text=移到");
  await page.waitForSelector("#move-title", { state: "detached" });
  const { at } = await (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  if (at.lat !== 30.73 || at.lon !== 121.07) throw new Error("the incident lies at " + JSON.stringify(at));

  // Somebody else states a need while this form is being filled in.
  await page.fill(COUNT, "7");
  const other = await state(2);
  await page.waitForSelector(".needs button");
await expect(page, "the form is gone", async () => (await page.inputValue(COUNT)) === "7");
  await state_elsewhere(page, shot);
  const mine = await pressed(page);
  if (!mine.includes("7")) throw new Error("another need than the one just stated is in view: " + mine);

  // One more: the form opens and stays; back is where one was.
  await page.click("text=+ 再加一项需求");
  await page.waitForSelector(COUNT);
  await page.waitForTimeout(500);
  await expect(page, "the form closed by itself", () => page.locator(COUNT).count());
  await page.click("form.panel button >> text=返回");
  await page.waitForSelector(".headline");
  if ((await pressed(page)) !== mine) throw new Error("back is another need: " + (await pressed(page)));

  // Another need by somebody else: this one stays in view.
  await state(3);
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length === 3);
  if ((await pressed(page)) !== mine) throw new Error("somebody else's need took the view: " + (await pressed(page)));

  // A question that is open stays the same question.
  await make("incidents/" + incident + "/steps", { step: "confirm" });
  const callout = await make("needs/" + other + "/callouts", { lift: ["quiet", "duty", "cap"], reason: "test at any hour" });
  await page.click(".needs button >> nth=0");
  await page.waitForSelector(".actions");
  await others_words(page, make, other, callout);
  if (!target.mock) await ask_above(page);
  await page.click(".actions button >> text=结束");
  const asked = await page.locator("dialog h2").innerText();
  for (const need of (await (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json()).needs)
    if (need.id !== other) await make("needs/" + need.id + "/steps", { step: "cancel", reason: "test" });
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length <= 1);
  if ((await page.locator("dialog h2").innerText()) !== asked) throw new Error("the open question became another: " + (await page.locator("dialog h2").innerText()));
  await page.keyboard.press("Escape");

  // Cancelled: nobody is missing any more, and nothing is to be resumed.
  await page.click(".need-steps button >> text=取消");
  await page.waitForSelector("dialog[open]");
  await page.waitForFunction(() => /人还没回复/.test(document.querySelector("dialog").innerText));
  await shot(page, "needs", "cancel", 1280, "light", "zh");
  await page.keyboard.press("Escape");
  await make("needs/" + other + "/steps", { step: "cancel", reason: "test" });
  await page.waitForSelector("text=这项需求已取消");
  await expect(page, "it can be resumed", async () => !(await page.locator(".actions button >> text=继续").count()));
  await shot(page, "needs", "cancelled", 1280, "light", "zh");
  await page.click("text=+ 再加一项需求");
  await page.waitForSelector(COUNT);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** Whoever only looks sees how it stands, and no button that would be refused; people sent home are not missing. */
export async function who_looks_on({ browser, target, shot }) {
  const office = await browser.newContext({ locale: "zh-CN" });
  const duty = await office.newPage();
  await sign_in(duty, target);
  const make = await maker(duty, target);
  const { root_area } = await (await duty.request.get(target.url + "/api/v1/instance")).json();
  await make("accounts", { account: "looker", password: "long enough to look", roles: [{ role: "viewer", area: root_area }] });
  const at = { lat: 30.7, lon: 121.02 };
  const { incident } = await called_out(make, { lines: anybody(2), reserve: 0, target: 0.9 }, AT_ANY_HOUR);
  for (const link of await links_of(duty, target, 2)) await answer((await browser.newContext()).request, link, { answer: "accept" });
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  const refused = new Set();
  page.on("response", (answer) => answer.status() === 403 && refused.add(answer.url()));
  await sign_in(page, target, "looker", "long enough to look");
  const quiet = await make("incidents", { kind: "medical", at });
  await page.goto(target.url + "/incidents/" + quiet);
  await page.waitForSelector(".incident >> text=还没有提出需求");
  await make("incidents/" + quiet + "/steps", { step: "confirm" });
  await make("incidents/" + quiet + "/needs", { at, within_minutes: 60, lines: [{ skills: [], count: 1 }] });
  await page.waitForSelector(".incident >> text=还没有开始召集");
  await page.waitForSelector(".incident-head >> text=地图上只标到 250 米左右");
  if (await page.locator(".incident .trouble").count()) throw new Error("who only looks is told that something is not allowed");
  await page.goto(target.url + "/incidents/" + incident);
  await page.click(".assignment-head >> nth=0");
  await page.waitForSelector(".assignment-body");
  if ((await page.locator(".board .tabs button").count()) !== 2) throw new Error("who only looks is offered what they may not read");
  await page.click(".stateline button.number >> text=概率");
  await page.waitForSelector("text=您的账号只能看进展");
  await page.click(".board .tabs button >> nth=0");
  for (const place of [".actions button:not(.number)", ".assignment-body button", ".notes button", ".steps button", ".need-steps button"])
    await expect(page, place + " is offered to who only looks", async () => !(await page.locator(place).count()));
  await make("incidents/" + incident + "/steps", { step: "stand_down" });
  await page.waitForSelector(".stateline .big >> text=已收队，到场 0 人");
  await shot(page, "needs", "stood-down", 390, "light", "zh");
  if (refused.size) throw new Error("the page of who only looks asks for what it may not have: " + [...refused].join(", "));
  await context.close();
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** Reported twice and found out later: into the nearest, from the incident itself. */
async function merge_later(page, target, make, at) {
  const first = await make("incidents", { kind: "flood", title: "先报的", at });
  await make("incidents", { kind: "flood", title: "远处的", at: { lat: at.lat + 0.02, lon: at.lon } });
  const again = await make("incidents", { kind: "typhoon", title: "又报的", at: { lat: at.lat + 0.001, lon: at.lon } });
  await make("incidents/" + again + "/needs", { within_minutes: 60, lines: [{ skills: [], count: 1 }] });
  await page.goto(target.url + "/incidents/" + again);
  await page.click(".steps >> text=并入另一件");
  await page.waitForSelector(".merge >> text=1 个需求转到那一件");
  await page.locator(".merge li >> nth=0").filter({ hasText: "先报的 · 洪涝" }).filter({ hasText: "相距 110 米" }).click();
  await page.click(".merge button >> text=/^并入 P/");
  await page.waitForURL("**/incidents/" + first);
  await page.waitForSelector(".needs button");
  const third = await make("incidents", { kind: "flood", title: "第三次报的", at });
  await page.click(".steps >> text=并入另一件");
  await page.click(".merge li >> text=第三次报的");
  await page.waitForSelector(".merge p >> text=/^也可以反过来：P/");
  await page.click(".merge button.take >> text=/^把 P.* 并到这里$/");
  await page.waitForSelector(".merge", { state: "detached" });
  const taken = await (await page.request.get(target.url + "/api/v1/incidents/" + third)).json();
  if (taken.state !== "merged" || !page.url().endsWith("/incidents/" + first)) throw new Error("the other way round: " + taken.state + " at " + page.url());
  const half = await make("incidents", { kind: "flood", title: "填了一半", at });
  await page.goto(target.url + "/incidents/" + half);
  await page.fill(COUNT, "7");
  await page.click(".brand");
  await page.click(".incident-row >> text=填了一半");
  await expect(page, "what is half filled in stays", async () => (await page.inputValue(COUNT)) === "7");
  await make("incidents/" + half + "/steps", { step: "merge", into: first });
  await page.waitForSelector(".to-report >> text=您填了一半的需求带到那边了");
  await page.click("#side a >> text=已并入：先报的");
  await page.click(".steps >> text=再加一项需求");
  await expect(page, "it goes along", async () => (await page.inputValue(COUNT)) === "7");
}

/** What was merged says where it goes on, or that this account does not see it there. */
export async function merged_away({ browser, target, shot }) {
  const office = await browser.newContext({ locale: "zh-CN", viewport: { width: 390, height: 844 } });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const make = await maker(page, target);
  const { items } = await (await page.request.get(target.url + "/api/v1/areas?limit=200")).json();
  const village = items.find((one) => one.level === "village" && one.at);
  const far = items.find((one) => one.level === "town" && one.at && one.code !== village.parent);
  await make("accounts", { account: "clerk", password: "long enough to report", roles: [{ role: "dispatcher", area: village.code }] });
  await merge_later(page, target, make, far.at);
  const into = await make("incidents", { kind: "flood", title: "另一处", at: far.at });
  const one = await make("incidents", { kind: "flood", at: village.at });
  await make("incidents/" + one + "/steps", { step: "merge", into });
  await page.goto(target.url + "/incidents/" + one);
  await page.click("#side a >> text=已并入：另一处");
  await page.waitForURL("**/incidents/" + into);
  const clerk = await browser.newContext({ locale: "zh-CN", viewport: { width: 390, height: 844 } });
  const theirs = await clerk.newPage();
  await sign_in(theirs, target, "clerk", "long enough to report");
  const { items: cases } = await (await theirs.request.get(target.url + "/api/v1/incidents?state=all")).json();
  const row = theirs.locator(".incident-row", { hasText: cases.find((each) => each.id === one).case });
  await row.filter({ hasText: "在其他辖区的事件中继续" }).waitFor(); // it is still among what runs
  await row.click();
  await theirs.waitForSelector("text=不在您的区域内，由上级处置");
  await shot(theirs, "needs", "merged", 390, "light", "zh");
  await make("incidents/" + into + "/steps", { step: "cancel", reason: "story" });
  await theirs.goto(target.url);
  await theirs.waitForSelector("text=进行中");
  await row.waitFor({ state: "detached" });
  await clerk.close();
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** A limit is lifted and set again: the box in the hand stays there, and where it is, whatever the plan says above it. */
export async function a_lift_stays({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const make = await maker(page, target);
  const incident = await make("incidents", { kind: "flood", at: AT });
  await make("incidents/" + incident + "/needs", { at: AT, within_minutes: 9, lines: [{ skills: ["nurse"], count: 150 }], target: 0.95, reserve: "auto" });
  await page.goto(target.url + "/incidents/" + incident);
  const box = page.locator(".lifts input").first();
  await box.evaluate((one) => one.closest(".lifts").scrollIntoView({ block: "center" }));
  const before = (await box.boundingBox()).y;
  for (const press of ["lifted", "set again"]) {
    const planned = page.waitForResponse(/\/plan$/);
    await box.click();
    await planned;
    await page.waitForFunction(() => !document.querySelector(".headline.waiting"));
    const moved = (await box.boundingBox()).y - before;
    if (Math.abs(moved) > 2 || !(await box.evaluate((one) => document.activeElement === one))) throw new Error(press + ", the box is " + moved + " px elsewhere, or not in the hand");
  }
  await context.close();
}

/** Half a day, tomorrow at 8:00: by the clock, where the slider ends at two hours. */
export async function by_the_clock({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 1100 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target);
  const incident = await (await maker(page, target))("incidents", { kind: "flood", at: AT });
  await page.goto(target.url + "/incidents/" + incident);
  const tomorrow = new Date(Date.now() + 32 * 3600000).toISOString().slice(0, 10); // as the county's clock has it
  await page.fill("[name=by]", tomorrow + "T08:00");
  await page.waitForFunction(() => /^\d+ 小时/.test(document.querySelector(".slider span").textContent));
  await page.reload();
  if ((await page.inputValue("[name=by]")) !== tomorrow + "T08:00") throw new Error("a reload loses the moment");
  await shot(page, "needs", "by-the-clock", 1280, "light", "zh");
  await page.click(PLAN);
  await page.waitForSelector(".headline");
  const { needs } = await (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  if (Date.parse(needs[0].by) !== Date.parse(tomorrow + "T08:00+08:00")) throw new Error("the need is wanted by " + needs[0].by);
  const later = new Date(Date.parse(tomorrow) + 24 * 3600000).toISOString().slice(0, 10) + "T08:00";
  const planned = page.waitForRequest(/\/plan$/);
  await page.fill("[name=by]", later);
  if (!(JSON.parse((await planned).postData()).within_minutes > 1440)) throw new Error("the plan is not made for " + later);
  await page.waitForFunction(() => !document.querySelector(".headline.waiting"));
  await shot(page, "plan", "by-the-clock", 1280, "light", "zh");
  await page.fill("[name=by]", "2020-01-01T08:00");
  await page.waitForSelector("text=72 小时以内");
  await context.close();
}
