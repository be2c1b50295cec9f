// SPDX-License-Identifier: Apache-2.0
// What must not be missed at three in the morning: an alarm in whatever view, who is
// missing in which line, a server that is not heard, a disk that is full, an answer that
// was not sent.
import { sign_in, watch, without_map } from "./life.mjs";
import { call_out, maker } from "./made.mjs";
import { start_stand_in } from "./target.mjs";

/** A need by the API, in view: the clicks are told elsewhere. */
async function needed(page, target, starts) {
  await sign_in(page, target);
  const make = await maker(page, target);
  const at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  const need = await make("incidents/" + incident + "/needs", { at, within_minutes: 12, lines: [{ skills: [], count: 3 }], reserve: "auto", target: 0.95 });
  if (starts) await make("needs/" + need + "/callouts", {});
  await page.click(".chip");
  await page.waitForSelector(starts ? ".board" : ".plan");
  return incident;
}

/** Nothing that was chosen is lost, the trouble is told, and the second press is the same request: it has one effect. */
async function start_fails_once(page, target) {
  const incident = await needed(page, target, false);
  const sent = [];
  await page.locator(".sliders input").first().fill("30");
  await page.locator(".plan td button").first().click();
  await page.waitForSelector(".plan details p.row", { state: "attached" });
  await page.route("**/api/v1/needs/*/callouts", async (route) => {
    const request = route.request();
    sent.push({ body: request.postData(), key: (await request.allHeaders())["idempotency-key"] });
    if (sent.length === 1) await route.fulfill({ status: 503, json: { title: "Service Unavailable", status: 503 } });
    else await route.continue();
  });
  await page.click(".start button.primary");
  await page.waitForSelector(".plan .trouble");
  if ((await page.locator(".plan details p.row").count()) !== 1) throw new Error("whom the dispatcher left out is planned again");
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
  await page.locator(".board .tabs button").nth(2).click();
  await says(page, ".board .left-out", "1");
  const [first, second] = sent;
  if (first.body !== second.body || first.key !== second.key) throw new Error("the second press is another request: " + JSON.stringify(sent));
  const wishes = JSON.parse(second.body);
  if (wishes.exclude?.length !== 1 || wishes.within_minutes !== 30) throw new Error("not as chosen: " + second.body);
  const { needs } = await (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  if (needs.length !== 1) throw new Error(needs.length + " needs instead of one");
  await page.unrouteAll({ behavior: "wait" });
}

/** This computer's clock and the server's are ten minutes apart: said once, and again when one of both was set meanwhile. */
async function clocks_apart(page, target) {
  await page.addInitScript(() => {
    const Real = Date;
    window.shift_ms = -600000;
    window.Date = class extends Real {
      constructor(...words) {
        if (words.length) super(...words);
        else super(Real.now() + window.shift_ms);
      }
      static now() {
        return Real.now() + window.shift_ms;
      }
    };
  });
  await needed(page, target, true);
  await page.waitForSelector(".clocks[role=alert]");
  const [server, here] = [...(await page.innerText(".clocks strong")).matchAll(/(\d+):(\d+):\d+/g)].map(([, hours, minutes]) => 60 * hours + Number(minutes));
  if (![10, 10 - 1440].includes(server - here)) throw new Error("not ten minutes apart: " + (await page.innerText(".clocks")));
  await page.click(".clocks button");
  await page.waitForSelector(".clocks", { state: "detached" });
  await page.reload();
  await page.waitForSelector(".board");
  if (await page.locator(".clocks").count()) throw new Error("it is said twice");
  await page.evaluate(() => void (window.shift_ms = -2400000));
  for (let i = 0; i < 2; i++) for (const way of ["people", "circle", ""]) await page.click(`.ways a[href='/${way}']`);
  await page.waitForSelector(".clocks[role=alert]");
  await page.evaluate(() => void (window.shift_ms = 0));
  for (let i = 0; i < 2; i++) for (const way of ["people", "circle", ""]) await page.click(`.ways a[href='/${way}']`);
  await page.waitForSelector(".clocks", { state: "detached" }); // set right
}

/** A line that died in silence: the button comes back, and pressed again it is the same request; a stream that does not open is
    let go, and until it does the server is heard. */
async function no_answer_comes(page, target, context) {
  await page.clock.install();
  let streams = 0;
  await page.route("**/api/v1/stream", (route) => (streams++ ? route.continue() : undefined));
  await needed(page, target, false);
  await page.clock.fastForward(3100);
  await page.waitForSelector(".link.poll");
  await page.clock.fastForward(11000);
  await page.waitForSelector(".link.live");
  const keys = [];
  await page.route("**/api/v1/needs/*/callouts", async (route) => {
    keys.push((await route.request().allHeaders())["idempotency-key"]);
    if (keys.length > 1) await route.continue();
  });
  await page.click(".start button.primary");
  while (!keys.length) await page.waitForTimeout(50);
  await page.clock.fastForward(31000);
  await says(page, ".plan .trouble", "没有得到答复", "不会做两遍");
  await page.click(".start button.primary");
  await page.waitForSelector(".board");
  if (keys[0] !== keys[1]) throw new Error("the second press is another request: " + keys);
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.setOffline(true);
  await page.clock.fastForward(11000);
  await says(page, ".unheard", "连不上服务器");
  await page.clock.fastForward(24 * 3600 * 1000); // nobody has looked at it for a day
  await page.waitForFunction(() => document.querySelector(".unheard")?.textContent.includes("7/15"));
}

/** The server's disk fills up while the console is open, and has room again. */
async function nothing_is_stored(page, target, shot) {
  await page.clock.install();
  await needed(page, target, true);
  let stores = false;
  await page.route("**/api/v1/instance", async (route) => route.fulfill({ json: { ...(await (await route.fetch()).json()), stores } }));
  await page.clock.fastForward(10500);
  await says(page, ".unheard[role=alert]", "什么都存不下来", "查看照常", "管理员");
  await shot(page, "board", "nothing-stored", 800, "light", "zh");
  stores = true;
  await page.clock.fastForward(10500);
  await page.waitForSelector(".unheard", { state: "detached" });
  await page.unrouteAll({ behavior: "ignoreErrors" });
}

/** Without a stream a slow line is not filled with what is asked again and again. */
async function polled_on_a_slow_line(page, target) {
  await page.route("**/api/v1/stream", (route) => route.abort());
  let heard = 0, polls = 0;
  await page.route("**/api/v1/instance", (route) => void setTimeout(() => void (route.continue(), heard++), 500));
  await needed(page, target, false);
  await page.waitForSelector(".link.poll");
  page.on("request", (request) => void (polls += request.url().includes("/api/v1/incidents?state=running")));
  for (const begin = heard; heard < begin + 4; ) await page.waitForTimeout(100);
  await page.waitForTimeout(500); // changes are told together after a moment
  if (polls < 1 || polls > 2) throw new Error("polled " + polls + " times in four looks");
  await page.unrouteAll({ behavior: "ignoreErrors" });
}

async function says(page, selector, ...wanted) {
  const text = await page.locator(selector).first().innerText();
  for (const one of wanted) if (!text.includes(one)) throw new Error(selector + " lacks " + one + ": " + text);
  return text;
}

/** Three of three have said yes, and the call-out goes on in case somebody cannot come. */
async function yes_is_not_enough(page, target) {
  await needed(page, target, true);
  let there = 0;
  await page.route(/\/api\/v1\/callouts\/\d+$/, async (route) => {
    const board = await (await route.fetch()).json();
    await route.fulfill({ json: { ...board, state: there ? "filled" : "active", lines: [{ skills: [], count: 3, reserve: 1, accepted: 3, on_scene: there }] } });
  });
  const change = () => page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} });
  await change();
  await page.waitForFunction(() => document.querySelector(".stateline .number.big.wait")?.textContent.includes("3 / 3 已接受，还在叫后备"));
  await says(page, ".stateline", "概率");
  there = 3;
  await change();
  await page.waitForFunction(() => document.querySelector(".stateline .number.big.ok"));
  if ((await page.locator(".stateline").innerText()).includes("概率")) throw new Error("everybody is there, and a probability is shown");
  await page.unrouteAll({ behavior: "wait" });
}

/** Who is missing, and that the level above knows, stands in the list and on the need. */
async function shortage_is_seen(page, target, shot) {
  await needed(page, target, false);
  const escalated_at = new Date().toISOString();
  await page.route("**/api/v1/incidents/*", async (route) => {
    const one = await (await route.fetch()).json();
    await route.fulfill({ json: { ...one, needs: one.needs.map((need) => ({ ...need, escalated_at })) } });
  });
  await page.route("**/api/v1/incidents?*", async (route) => {
    const { items } = await (await route.fetch()).json();
    await route.fulfill({ json: { items: items.map((one) => ({ ...one, escalated_at })) } });
  });
  await page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} });
  await page.waitForFunction(() => document.querySelector(".needs")?.textContent.includes("已报上级"));
  await says(page, ".needs", "缺人", "3");
  await shot(page, "incident", "escalated", 800, "light", "zh");
  await page.click(".ways a[href='/']");
  await page.waitForSelector(".incident-row .missing >> text=/缺 3 人 · .*已报上级/"); // the list may be a second old
  await shot(page, "incidents", "escalated", 800, "light", "zh");
  await page.unrouteAll({ behavior: "wait" });
}

/** A plan on the screen ages; a need whose time has passed is given as long again; one that was wrong is taken back. */
async function a_need_goes_on(page, target) {
  await page.clock.install();
  const incident = await needed(page, target, false);
  const plans = [];
  page.on("request", (request) => void (request.url().endsWith("/plan") && plans.push(request.postDataJSON())));
  await page.clock.fastForward(31000);
  while (!plans.length) await page.waitForTimeout(50);
  await page.route("**/api/v1/incidents/" + incident, async (route) => {
    const one = await (await route.fetch()).json();
    const ago = (minutes) => new Date(Date.parse(one.needs[0].stated_at) - minutes * 60000).toISOString();
    await route.fulfill({ json: { ...one, needs: one.needs.map((need) => ({ ...need, state: need.state === "open" ? "short" : need.state, stated_at: ago(20), by: ago(8) })) } });
  });
  await page.request.post(target.url + "/api/v1/incidents/" + incident + "/roll-calls", { data: {} });
  while (plans[plans.length - 1].within_minutes !== 12) await page.waitForTimeout(50);
  await says(page, ".sliders", "12 分钟内到场");
  await says(page, ".start button.primary", "提醒");
  await page.click("text=取消这项需求");
  await page.fill("dialog input", "说错了");
  await page.click("dialog button.primary");
  await page.waitForFunction(() => !document.querySelector(".plan")); // the form for another one is there instead
  await says(page, "#side", "需要什么人？");
  await page.unrouteAll({ behavior: "wait" });
}

/** Seats of one line are no help to another: 1 of 2 nurses and 2 of 1 drivers miss one. */
async function lines_do_not_help_each_other(page, target) {
  await page.route("**/api/v1/callouts/*", async (route) => {
    const board = await (await route.fetch()).json();
    const line = (count, accepted) => ({ skills: [], count, reserve: 1, accepted, on_scene: accepted });
    await route.fulfill({ json: { ...board, lines: [line(2, 1), line(1, 2)] } });
  });
  await page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} }); // something changes
  await page.waitForFunction(() => document.querySelector(".stateline")?.textContent.includes("另有 1 人"));
  await says(page, ".stateline", "缺 1 人", "2 / 3");
  await page.unrouteAll({ behavior: "wait" }); // an answer under way would be handled twice
}

/** While a list is slow, changes ask for it once more, not each anew; events that are there are not fetched again. */
async function changes_do_not_pile_up(page, target) {
  await needed(page, target, true);
  const alerts = [];
  let boards = 0, first_pages = 0;
  const event = (seq) => ({ seq, at: new Date().toISOString(), kind: "incident.roll_call" });
  await page.route("**/api/v1/callouts/*/alerts*", (route) => void alerts.push(route));
  await page.route("**/api/v1/incidents/*/events*", (route) => {
    const url = new URL(route.request().url());
    if (url.searchParams.has("cursor")) return route.fulfill({ json: { items: [event(2)] } });
    first_pages++;
    return route.fulfill({ json: { items: [event(1)] }, headers: { link: "<" + url.pathname + "?cursor=1>; rel=\"next\"" } });
  });
  page.on("response", (answer) => void (boards += /\/api\/v1\/callouts\/\d+$/.test(answer.url()) ? 1 : 0));
  for (let change = 0; change < 4; change++) {
    const before = boards;
    await page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} });
    while (boards === before) await page.waitForTimeout(50);
  }
  if (alerts.length !== 1) throw new Error(alerts.length + " requests for the same list at once");
  await alerts[0].continue();
  while (alerts.length < 2) await page.waitForTimeout(50); // what changed meanwhile is not missed
  await alerts[1].continue();
  if (first_pages !== 1) throw new Error("the beginning of the record was fetched " + first_pages + " times");
  await page.unrouteAll({ behavior: "wait" });
}

/** In the county it is 01:42 on the 15th of July, elsewhere still the 14th. */
async function days_are_the_countys(page, target) {
  const incident = await needed(page, target, false);
  const today = await says(page, "#plan-title", "01:54");
  if (today.includes("7/")) throw new Error("a deadline of today has a date: " + today);
  const at = { lat: 30.7, lon: 121.02 };
  await page.request.post(target.url + "/api/v1/incidents/" + incident + "/needs", { data: { at, within_minutes: 4320, lines: [{ skills: [], count: 2 }], reserve: "auto", target: 0.95 } });
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length === 2);
  await page.locator(".needs button").last().click();
  await page.waitForFunction(() => document.querySelector("#plan-title")?.textContent.includes("7/18"));
  await says(page, ".needs", "7/18");
  await page.route("**/api/v1/people?*", async (route) => {
    const { items } = await (await route.fetch()).json();
    await route.fulfill({ json: { items: items.slice(0, 1).map((one) => ({ ...one, skills: ["nurse"], not_counted: [], certificates: [{ code: "nurse", until: "2026-09-12" }] })) } });
  });
  await page.click(".ways a[href='/people']");
  await page.waitForFunction(() => document.querySelector("#side")?.textContent.includes("2026-09-12")); // 60 days from the 15th are the 13th
  await page.click(".ways a[href='/readiness']");
  await page.click(".indicator >> nth=2 >> button");
  await page.click(".opened .note-finding");
  const due = await page.inputValue(".finding-form [name=due]");
  if (due !== "2026-08-15") throw new Error("a month from the 15th of July is " + due);
  await page.unrouteAll({ behavior: "wait" });
}

/** An incident with two needs is ended as a whole too; cancelling it says what becomes of whom, and nothing of nobody. */
async function two_needs_are_ended(page, target, context, shot) {
  const incident = await needed(page, target, true);
  if (await page.locator(".incident-head + .steps >> text=整个事件收队").count()) throw new Error("two buttons for one stand-down");
  await call_out(await maker(page, target), incident, { within_minutes: 12, reserve: "auto" });
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length === 2);
  await page.click(".steps >> text=取消事件");
  await page.waitForFunction(() => /人还没回复/.test(document.querySelector("dialog").innerText)); // who is asked is counted, too
  if (/已接受|照记服务时长/.test(await page.innerText("dialog"))) throw new Error("the dialog speaks of people who are not there: " + (await page.innerText("dialog")));
  await page.click("dialog .row.end button:not(.primary)");
  await page.click(".steps >> text=整个事件收队");
  await page.waitForFunction(() => document.querySelectorAll("dialog li").length > 2);
  await says(page, "dialog", "2 项需求", "人还没回复");
  await shot(page, "incident", "two-needs-end", 800, "light", "zh");
  await page.click("dialog button.primary");
  await page.waitForSelector(".review");
}

/** The end of one call-out of two: whom it reaches, and who goes on, in the language of the screen. */
async function one_call_out_is_ended(page, target, shot) {
  const incident = await needed(page, target, true);
  await call_out(await maker(page, target), incident, { at: { lat: 30.71, lon: 121.03 }, within_minutes: 20, reserve: "auto" });
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length === 2);
  await page.click(".needs button >> nth=0");
  await page.waitForFunction(() => document.querySelectorAll(".assignments .assignment").length === 3);
  const look = async (lang, title, wanted) => {
    await page.click(".board .actions button:last-of-type");
    await says(page, "dialog", title, ...wanted);
    const says_all = await page.locator("dialog li").count();
    if (says_all !== wanted.length) throw new Error("the dialog has " + says_all + " consequences instead of " + wanted.length);
    await shot(page, "callout", "stand-down", 800, "light", lang);
    await page.keyboard.press("Escape");
    await page.waitForSelector("dialog", { state: "detached" });
  };
  const waiting = await page.locator(".funnel button:has-text('等回复') strong").innerText();
  await look("zh", "结束这一次召集？", ["3 人已接受，照常进行", waiting + " 人还没回复", "其他需求不受影响"]);
  await page.click(".language");
  await look("en", "End this call-out?", ["3 accepted and go on", waiting + " who have not answered are let go", "other needs of the incident go on"]);
  const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/steps"));
  await page.click(".board .actions button:last-of-type");
  await page.click("dialog button.primary");
  if (!/\/callouts\/\d+\/steps$/.test((await sent).url())) throw new Error("more than the call-out was ended: " + (await sent).url());
  await page.waitForFunction(() => document.querySelectorAll(".assignments .assignment").length === 3 && document.querySelector(".needs button")?.getAttribute("aria-pressed") === "true");
}

async function full_disk(page) {
  await page.route("**/api/v1/**/steps", (route) => route.fulfill({ status: 507, json: { title: "Insufficient Storage", status: 507, detail: "no space left" } }));
  await page.locator(".board .actions button").last().click();
  await page.click("dialog button.primary");
  await page.waitForSelector("dialog .trouble");
  await says(page, "dialog .trouble strong", "没有存下来");
  await says(page, "dialog .trouble", "管理员");
  await page.unrouteAll({ behavior: "wait" });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog"));
}

async function alarm_in_every_view(page, target, shot) {
  await page.waitForSelector(".assignments .assignment");
  await page.request.post(target.url + "/api/v1/mock/sos");
  await page.click(".ways a[href='/people']");
  await page.waitForSelector(".alarms a[href^='tel:']");
  await shot(page, "people", "alarm", 800, "light", "zh");
  if ((await page.evaluate(() => document.activeElement?.id)) !== "side") throw new Error("the keyboard did not come along to the view");
  await page.click(".alarms button");
  await page.waitForFunction(() => !document.querySelector(".alarms"));
  await page.click(".chip"); // and the row goes on telling who needs help, and who sees to it
  await page.waitForSelector(".assignment .in-hand a[href^='tel:']");
  await says(page, ".assignment .in-hand", "呼救", "处理中");
  await shot(page, "board", "in-hand", 800, "light", "zh");
}

async function unheard(page, context, shot) {
  await context.setOffline(true);
  await page.waitForSelector(".unheard", { timeout: 20000 });
  await says(page, ".unheard", "连不上服务器", "正在不断重试");
  await shot(page, "people", "unheard", 800, "light", "zh");
  const to = (path) => page.evaluate((next) => (history.pushState(null, "", next), dispatchEvent(new PopStateEvent("popstate"))), path);
  await to("/hours");
  await to("/people"); // what is opened now comes by itself later, as it says
  await says(page, "#side .trouble", "恢复后会自动更新");
  await context.setOffline(false);
  await page.waitForSelector("#side tbody tr", { timeout: 20000 });
  await page.waitForFunction(() => !document.querySelector(".unheard"), null, { timeout: 20000 });
}

/** What gets no answer can be pressed again, whether it was sent or not. */
async function died_in_silence(page) {
  let asked = 0;
  await page.route("**/healthz", () => void asked++);
  await page.click("button[value=accept]");
  for (let times = 1; times <= 3; times++) {
    while (asked < times) await page.waitForTimeout(20);
    await page.clock.fastForward(5100);
  }
  await page.waitForFunction(() => document.querySelector(".sending")?.textContent.includes("还没有送出"));
  await page.unroute("**/healthz");
  const nonces = [];
  await page.route("**/r/*", (route) => {
    const { nonce, answer } = Object.fromEntries(new URLSearchParams(route.request().postData() ?? ""));
    if (answer !== "accept") return route.continue();
    nonces.push(nonce);
    return route.fulfill({ status: 204 });
  });
  for (let times = 1; times <= 2; times++) {
    await page.click("button[value=accept]");
    while (nonces.length < times) await page.waitForTimeout(20);
    await page.clock.fastForward(16000);
    await page.waitForFunction(() => document.querySelector(".sending")?.textContent.includes("请再按一次，按几次都只算一次"));
  }
  if (nonces[0] !== nonces[1]) throw new Error("the second tap is another answer: " + nonces);
  await page.unroute("**/r/*");
}

/** The requester's page is loaded anew only while the server is heard: a browser's word on the line would take its place for good. */
async function case_stays(page, target) {
  await page.goto(target.url + "/r/case_active");
  await page.evaluate(() => (window.is_old = true));
  await page.route("**/healthz", (route) => route.abort());
  await page.clock.fastForward(21000);
  await page.waitForTimeout(500);
  if (!(await page.evaluate(() => window.is_old))) throw new Error("it was loaded anew without a line");
  await page.unroute("**/healthz");
  await page.clock.fastForward(21000);
  await page.waitForFunction(() => !window.is_old);
}

async function unsent(browser, target) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: "zh-CN" });
  const page = await context.newPage();
  await page.clock.install();
  await page.addInitScript(() => Object.defineProperty(navigator, "onLine", { get: () => false })); // no cable, and a server on the same machine
  if ((await page.goto(target.url + "/r/pending")).ok()) {
    await context.setOffline(true);
    await page.click("button[value=accept]");
    await page.waitForFunction(() => document.querySelector(".sending")?.textContent.includes("还没有送出"));
    await context.setOffline(false);
    await page.route("**/healthz", (route) => route.abort()); // a line, but no server
    await page.click("button[value=accept]");
    await page.waitForFunction(() => document.querySelector(".sending")?.textContent.includes("还没有送出"));
    if (!page.url().endsWith("/r/pending")) throw new Error("the page is gone: " + page.url());
    await page.unroute("**/healthz");
    await died_in_silence(page);
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.postData()?.includes("answer=accept"));
    await page.click("button[value=accept]");
    await sent;
    await page.waitForURL(/assigned$/);
    await case_stays(page, target);
  }
  await context.close();
}

async function on_stand_in(browser, tell) {
  const target = await start_stand_in();
  const context = await browser.newContext({ viewport: { width: 800, height: 500 }, locale: "zh-CN", timezoneId: "America/Los_Angeles" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await without_map(page);
  await tell(page, target, context);
  await context.close();
  await target.stop();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** After the stand-down: who has not been heard of is a press or two away, on whichever need they are (who was on the way, and
    has not said that they are back, too). */
async function who_is_out_is_shown(page, target) {
  const incident = await needed(page, target, true);
  await page.waitForFunction(() => document.querySelectorAll(".assignments .assignment").length === 3);
  const read = async (path) => (await page.request.get(target.url + "/api/v1/" + path)).json();
  const { needs } = await read("incidents/" + incident);
  const { assignments } = await read("callouts/" + needs[0].callouts[0].id);
  await page.request.post(target.url + "/api/v1/assignments/" + assignments[1].id + "/steps", { data: { step: "lost" } });
  await call_out(await maker(page, target), incident, { within_minutes: 12, reserve: "auto" });
  await page.waitForFunction(() => document.querySelectorAll(".needs button").length === 2);
  await page.request.post(target.url + "/api/v1/incidents/" + incident + "/steps", { data: { step: "stand_down" } });
  await page.click(".needs button >> nth=1");
  const out = page.locator(".checklist button:text-matches('^[1-3] 人还没有下落$')");
  await out.waitFor();
  for (let left = parseInt(await out.innerText(), 10); left > 0; left--) {
    await out.click();
    const shown = page.waitForFunction((id) => document.activeElement?.closest("#assignment-" + id), assignments[1].id, { timeout: 3000 });
    if (await shown.then(() => true, () => false)) break;
  }
  await says(page, "#assignment-" + assignments[1].id, "失联");
  if ((await page.getAttribute(".needs button >> nth=0", "aria-pressed")) !== "true") throw new Error("the need of who is out is not chosen");
}

/** A button that goes away with what it did leaves the keyboard on the screen. */
async function the_keyboard_goes_on(page, target) {
  await needed(page, target, false);
  await page.focus(".steps button:text-is('确认属实')");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".steps button:text-is('确认属实')", { state: "detached" });
  await page.waitForFunction(() => document.activeElement?.id === "incident-title", null, { timeout: 10000 });
}

/** Somebody alerted for two needs is one person. */
async function report_counts_people(page, target, shot) {
  const incident = await needed(page, target, true);
  await page.route("**/api/v1/incidents/*/report", async (route) => {
    const report = await (await route.fetch()).json();
    const people = [...report.people.slice(0, 4), ...report.people.slice(0, 2)];
    await route.fulfill({ json: { ...report, people, funnel: { ...report.funnel, people: 4, alerted: people.length } } });
  });
  await page.goto(target.url + "/incidents/" + incident + "/report");
  await page.waitForSelector("#aar-title");
  await says(page, ".aar", "提醒了 4 人，共 6 次", "问了谁，为什么（4 人，6 次）");
  await shot(page, "aar", "twice", 800, "light", "zh");
  await page.unrouteAll({ behavior: "wait" });
}

/** The root of an instance whose root was never named, everywhere in the words of the screen. */
async function the_root_has_a_name(page, target, shot) {
  await page.route(/\/api\/v1\/(?!stream)/, async (route) => {
    const answer = await route.fetch();
    const text = await answer.text();
    await route.fulfill({ response: answer, body: text.replaceAll('"code":"root","name":"平湖市"', '"code":"root","name":"root"').replaceAll('"code":"xindai","name":"新埭镇"', '"code":"root","name":"root"') });
  });
  await needed(page, target, true);
  const named = async (text) => {
    await page.waitForFunction((wanted) => document.querySelector(".incident-head")?.textContent.includes(wanted), text);
    await says(page, ".chip", text);
    await page.click(".account > summary");
    await says(page, ".account > div", text);
    await page.click(".account > summary");
    if (/\broot\b/.test(await page.locator("body").innerText())) throw new Error("the screen says root");
  };
  await named("全部区域");
  await page.click(".language");
  await named("whole instance");
  await shot(page, "incident", "root-named", 1280, "light", "en");
  await page.click(".ways a[href='/people']");
  await page.waitForFunction(() => [...document.querySelectorAll("select option")].some((one) => one.textContent.includes("whole instance")));
  await page.unrouteAll({ behavior: "wait" });
}

export async function trouble({ browser, test, shot }) {
  await test("trouble: a start that is not answered", () => on_stand_in(browser, start_fails_once));
  await test("trouble: two clocks", () => on_stand_in(browser, clocks_apart));
  await test("trouble: no answer comes", () => on_stand_in(browser, no_answer_comes));
  await test("trouble: polled on a slow line", () => on_stand_in(browser, polled_on_a_slow_line));
  await test("trouble: nothing is stored", () => on_stand_in(browser, (page, target) => nothing_is_stored(page, target, shot)));
  await test("trouble: many changes, slow answers", () => on_stand_in(browser, changes_do_not_pile_up));
  await test("trouble: days and deadlines are the county's", () => on_stand_in(browser, days_are_the_countys));
  await test("trouble: who has not been heard of is shown", () => on_stand_in(browser, who_is_out_is_shown));
  await test("trouble: the keyboard goes on", () => on_stand_in(browser, the_keyboard_goes_on));
  await test("trouble: the report counts people", () => on_stand_in(browser, (page, target) => report_counts_people(page, target, shot)));
  await test("trouble: a root without a name", () => on_stand_in(browser, (page, target) => the_root_has_a_name(page, target, shot)));
  await test("trouble: an incident with two needs is ended", () => on_stand_in(browser, (page, target, context) => two_needs_are_ended(page, target, context, shot)));
  await test("trouble: one call-out of two is ended", () => on_stand_in(browser, (page, target) => one_call_out_is_ended(page, target, shot)));
  await test("trouble: yes is not enough", () => on_stand_in(browser, yes_is_not_enough));
  await test("trouble: a plan ages, a need is late, a need was wrong", () => on_stand_in(browser, a_need_goes_on));
  await test("trouble: who is missing is seen", () => on_stand_in(browser, (page, target) => shortage_is_seen(page, target, shot)));
  await test("trouble: alarm, lines, full disk, no line", () =>
    on_stand_in(browser, async (page, target, context) => {
      await needed(page, target, true);
      await lines_do_not_help_each_other(page, target);
      await full_disk(page);
      await alarm_in_every_view(page, target, shot);
      await unheard(page, context, shot);
      await unsent(browser, target);
    }));
}
