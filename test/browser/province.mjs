// SPDX-License-Identifier: Apache-2.0
// The console at the size of a province: some twenty thousand areas at five levels, whose names
// come again and again; who has a part of it chooses from that part.
import { axe } from "./axe.mjs";
import { sign_in, watch, without_map } from "./life.mjs";
import { anybody, called_out, maker, PLACE } from "./made.mjs";

const STREETS = "120.7,30.2,121.6,31.2";
const TOWN = "新丰镇"; // one in every county
const DESKS_MS = 2500;

/** Depth first: a province, 6 cities, 8 counties in each, 10 towns in each, 40 villages in each. */
function areas_of_a_province() {
  const areas = [];
  const add = (code, name, parent, level) => areas.push({ id: areas.length + 1, code, name, parent, level, at: { lat: 30.7, lon: 121 } });
  const some = (count, work) => Array.from({ length: count }, (_, i) => work(i + 1));
  add("root", "虚江省", null, "city");
  some(6, (i) => {
    const city = "c" + i;
    add(city, `第${i}市`, "root", "city");
    some(8, (j) => {
      const county = city + "-" + j;
      add(county, `${i}市${j}县`, city, "city");
      some(10, (k) => {
        const town = county + "-" + k;
        add(town, k === 1 ? TOWN : `${i}${j}${k}镇`, county, "town");
        some(40, (n) => add(town + "-" + n, `第${n}村`, town, "village"));
      });
    });
  });
  return areas;
}

/** Pages as of the server: 5,000 rows unless more are asked for, 20,000 at most. */
function paged(items) {
  return (route) => {
    const url = new URL(route.request().url()), from = Number(url.searchParams.get("after") ?? 0);
    const limit = Math.min(20000, Number(url.searchParams.get("limit") ?? 5000)), next = from + limit;
    const headers = next < items.length ? { link: `</api/v1${url.pathname.slice(7)}?limit=${limit}&after=${next}>; rel="next"` } : {};
    return route.fulfill({ json: { items: items.slice(from, next) }, headers });
  };
}

/** Whoever signs in on PAGE has ROLES. */
async function with_roles(page, roles) {
  const session = { account: "duty", roles, csrf: "c" };
  await page.route(/\/api\/v1\/sessions(\/current)?$/, async (route) => {
    const answer = await route.fetch();
    return answer.ok() && route.request().method() !== "DELETE" ? route.fulfill({ response: answer, json: session }) : route.fulfill({ response: answer });
  });
}

/** A page of the province, signed in with ROLES. */
async function open({ browser, target }, roles) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  const wrong = watch(page, target);
  await page.route(/\/api\/v1\/areas(\?|$)/, paged(areas_of_a_province()));
  await with_roles(page, roles);
  const end = async () => {
    await context.close();
    if (wrong.length) throw new Error(wrong.join("\n"));
  };
  return { page, end };
}
const role = (name, area) => ({ role: name, area });

function same(what, one, other) {
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error(what + ": " + JSON.stringify(one) + ", not " + JSON.stringify(other));
}
async function says(page, selector, ...wanted) {
  for (const one of wanted) await page.waitForFunction(([where, text]) => document.querySelector(where)?.textContent.includes(text), [selector, one]);
}
/** What the lists of areas hold, and what is chosen in each. */
const lists = (page, where) => page.$$eval(where + " select:not([name=organisation])", (all) => all.map((one) => [one.options.length, one.selectedOptions[0]?.textContent.trim()]));
const go = (page, path) => page.evaluate((to) => (history.pushState(null, "", to), dispatchEvent(new PopStateEvent("popstate"))), path);

/** The page comes at once; the last village of the last city is three lists away, each of which can be read. */
export async function desks_of_a_province({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root")]);
  await sign_in(page, target, "chief");
  const begun = Date.now();
  await go(page, "/desks");
  await page.waitForSelector(".add-desk");
  const took = Date.now() - begun;
  if (took > DESKS_MS) throw new Error("the desks took " + took + " ms");
  await page.click(".add-desk");
  same("the lists at first", await lists(page, ".desk-form"), [[7, "虚江省"]]);
  if (!(await page.locator(".desk-form select").evaluate((one) => one === document.activeElement))) throw new Error("the keyboard is not at the area");
  const pick = (n, name) => page.selectOption(`.desk-form select >> nth=${n}`, name);
  await pick(0, "c6");
  await page.keyboard.press("Tab");
  if (!(await page.locator(".desk-form select >> nth=1").evaluate((one) => one === document.activeElement))) throw new Error("the keyboard does not come to the next list");
  await pick(1, "c6-8");
  await page.waitForSelector(".desk-form label:has-text('6市8县之内') >> nth=0");
  await pick(2, "c6-8-10");
  same("the lists on the way", (await lists(page, ".desk-form")).map(([n]) => n), [7, 9, 11, 41]);
  await pick(3, "c6-8-10-40");
  await shot(page, "province", "desk", 1440, "light", "zh");
  await axe(page, "desk of a province");
  await page.click(".language");
  await page.waitForSelector(".desk-form label:has-text('Within 6市8县')");
  await shot(page, "province", "desk", 1440, "light", "en");
  await page.click(".language");
  const sent = page.waitForRequest((one) => one.method() === "PUT");
  await page.click(".desk-form button.primary");
  if (!(await sent).url().endsWith("/desks/c6-8-10-40")) throw new Error("another desk was set");
  await end();
}

/** Who has one county is given that county, everywhere; the root and the other towns of the same name are not there. */
export async function pickers_of_a_county({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("trainer", "c3-2"), role("dispatcher", "c3-2")]);
  await sign_in(page, target);
  await go(page, "/people");
  await page.waitForSelector("#people-title");
  same("whose people", await lists(page, ".fields"), [[11, "3市2县"]]);
  await page.selectOption(".fields select", "c3-2-1");
  same("whose people, of a town", await lists(page, ".fields"), [[11, TOWN], [41, TOWN + "（全部）"]]);
  const listed = page.waitForRequest((one) => one.url().includes("/people?") && one.url().includes("area=c3-2-1-7"));
  await page.selectOption(".fields select >> nth=1", "c3-2-1-7");
  await listed;
  await page.selectOption(".fields select >> nth=0", "c3-2");
  await shot(page, "province", "people", 1440, "light", "zh");
  await go(page, "/people/new");
  await page.waitForSelector("#side [name=area]");
  same("where they live", await lists(page, ".field:has([name=area])"), [[12, "住处所在的村社"]]);
  await page.selectOption("#side [name=area]", "c3-2-1");
  same("the villages of the town", await lists(page, ".area-below"), [[41, TOWN + "（全部）"]]);
  await page.selectOption(".area-below select", "c3-2-1-7");
  await shot(page, "province", "new", 1440, "light", "zh");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(".area-below").scrollIntoViewIfNeeded();
  if ((await page.locator(".area-below").boundingBox()).height > 100) throw new Error("the lists are far from each other on a telephone");
  await shot(page, "province", "new", 390, "light", "zh");
  await page.setViewportSize({ width: 1440, height: 900 });
  await go(page, "/circle");
  const asked = page.waitForRequest((one) => one.url().includes("/api/v1/coverage?"));
  await page.route("**/api/v1/coverage?*", (route) => route.fulfill({ status: 503, json: { title: "busy", status: 503 } }));
  await page.click("#side .tabs button >> nth=1");
  same("what is covered", new URL((await asked).url()).searchParams.get("area"), "c3-2");
  same("of what", (await lists(page, ".coverage-choice"))[3], [11, "3市2县"]);
  await page.unroute("**/api/v1/coverage?*");
  await page.route("**/api/v1/coverage?*", (route) => route.fulfill({ status: 422, json: { title: "no", status: 422, errors: [{ pointer: "?kind", detail: "at most 2000 sites at a time" }] } }));
  await page.click(".coverage-kinds [data-kind] >> nth=1");
  await says(page, ".trouble", "一次最多计算 2,000 个站点", "选一类站点");
  await end();
}

/** A page may be short, even empty: nobody is told that nobody is there before the last one, and another word ends the search. */
export async function search_goes_on({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("trainer", "root")]);
  const person = (n) => ({ number: "ZJ" + n, name: "张海平", area: `c${n}-1-1-1`, mode: "foot", skills: [], suspended: false });
  const found = { 2: [person(1), person(2)], 4: [person(3)] }, asked = [];
  let go_on;
  const held = new Promise((done) => (go_on = done));
  await page.route("**/api/v1/people/searches?*", async (route) => {
    const after = Number(new URL(route.request().url()).searchParams.get("after") ?? 0), { q } = route.request().postDataJSON();
    asked.push([q, after]);
    if (after === 3 && q === "张海平") await held;
    if (q !== "张海平") return route.fulfill({ json: { items: [] } });
    await route.fulfill({ json: { items: found[after] ?? [] }, headers: after < 4 ? { link: `</api/v1/people/searches?limit=100&after=${after + 1}>; rel="next"` } : {} }).catch(() => undefined);
  });
  await sign_in(page, target);
  await go(page, "/people");
  await page.fill("#side input[type=search]", "张海平");
  await says(page, ".looking", "已找到 2 人，仍在查找");
  if (await page.locator("#side .empty").count()) throw new Error("nobody is there, while the server looks");
  same("where they live", await page.locator("#side tbody td:nth-child(4)").allInnerTexts(), ["第1村 · " + TOWN + " · 1市1县", "第1村 · " + TOWN + " · 2市1县"]);
  await shot(page, "province", "looking", 1440, "light", "zh");
  go_on();
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 3 && !document.querySelector(".looking"));
  same("pages", asked.map(([, after]) => after), [0, 1, 2, 3, 4]);
  await page.fill("#side input[type=search]", "李");
  await page.waitForSelector("#side .empty");
  same("another word", asked.slice(5), [["李", 0]]);
  await end();
}

/** Among twenty thousand one is found by its code and by words of its name; who has a county means its own town. */
export async function found_by_name({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("trainer", "root")]);
  await sign_in(page, target);
  await go(page, "/people");
  const find = async (text) => {
    await page.fill("#side input[list]", text);
    await page.keyboard.press("Enter");
    return (await lists(page, ".fields")).map(([, chosen]) => chosen);
  };
  const asked = page.waitForRequest((one) => new URL(one.url()).searchParams.get("area") === "c6-8-1");
  same("by code", await find("c6-8-1"), ["第6市", TOWN, TOWN + "（全部）"]);
  await asked;
  same("the field, once it is taken", await page.inputValue("#side input[list]"), "");
  same("by two words", await find("5市4县 " + TOWN), ["第5市", TOWN, TOWN + "（全部）"]);
  await find(TOWN);
  await says(page, ".fields [role=status]", "有几处：" + TOWN + " · 1市1县 · 第1市");
  await find("那里");
  await says(page, ".fields [role=status]", "没有找到“那里”");
  await shot(page, "province", "found", 1440, "light", "zh");
  await axe(page, "found by name");
  await end();
  const county = await open({ browser, target }, [role("dispatcher", "c3-2")]);
  await sign_in(county.page, target);
  await county.page.click("#side button.primary");
  await county.page.fill("#side input[list]", TOWN);
  await county.page.keyboard.press("Enter");
  await county.page.waitForSelector(".kinds");
  await county.end();
}

/** Of all levels that run, the highest that holds where the account is; whose it is, if not its own. */
export async function response_level({ browser, target }) {
  const level = (code, name, level) => ({ id: 1, area: { code, name }, hazard: "flood", level, state: "running" });
  const elsewhere = level("c1-1", "1市1县", "I"), above = level("c3", "第3市", "II"), own = level("c3-2", "3市2县", "III"), over = { ...level("c3-2", "3市2县", "I"), to: "2020-01-01T00:00:00Z" };
  for (const [running, wanted, area = "c3-2"] of [
    [[elsewhere, over, own, above], "II 级响应（第3市）"],
    [[elsewhere, own], "III 级响应"],
    [[elsewhere], "未启动响应"],
    [[own, elsewhere], "下辖 2 处有响应，最高 I 级", "root"],
    [[own, above], "II 级响应", "c3"],
    [[level("c3-2", "3市2县", "I"), above], "II 级响应 · 下辖 1 处有响应，最高 I 级", "c3"],
  ]) {
    const { page, end } = await open({ browser, target }, [role("dispatcher", area)]);
    await page.route("**/api/v1/responses?state=running", (route) => route.fulfill({ json: { items: running } }));
    await sign_in(page, target);
    await page.waitForFunction((text) => document.querySelector("header .response").textContent === text, wanted);
    await end();
  }
}

/** Who may not add people is told so in place of the form. */
export async function not_a_trainer({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("dispatcher", "c3-2")]);
  await sign_in(page, target);
  await go(page, "/people/new");
  await says(page, "#side .empty", "不能新增人员");
  if (await page.locator("#side form").count()) throw new Error("there is a form all the same");
  await shot(page, "province", "not-a-trainer", 1440, "light", "zh");
  await axe(page, "not a trainer");
  await end();
}

/** An incident is told with what lies above its area; what is found of it belongs to that area, though others have its name. */
export async function areas_of_one_name({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "c5-4")]);
  const area = { code: "c5-4-1", name: TOWN };
  await page.route(/\/api\/v1\/incidents(\?.*|\/\d+|\/\d+\/report)$/, async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const answer = await route.fetch(), json = await answer.json();
    for (const one of json.items ?? [json]) if (one.incident) one.incident.area = area.name; else one.area = area;
    return route.fulfill({ response: answer, json });
  });
  await sign_in(page, target);
  const make = await maker(page, target), incident = await make("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } });
  await says(page, ".incident-row", TOWN + " · 5市4县");
  await shot(page, "province", "incidents", 1440, "light", "zh");
  await go(page, "/incidents/" + incident + "/report");
  await page.click(".note-finding");
  same("the area of the finding", await page.inputValue(".finding-form [name=area]"), area.code);
  await end();
}

/** Of 2,000 that are over the last hundred come first; any of them is found by its place or its number. */
export async function incidents_of_a_year({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root")]);
  const one = (n) => ({ id: n, case: "P26-" + n, kind: n % 2 ? "flood" : "fire", exercise: false, state: "closed", at: { lat: 30.7, lon: 121 }, area: { code: `c${1 + (n % 6)}-2-1`, name: TOWN }, reported_at: "2026-07-14T01:42:00+08:00", closed_at: "2026-07-14T05:42:00+08:00", response: "ordinary" });
  const year = Array.from({ length: 2000 }, (_, n) => one(2000 - n)), asked = [];
  await page.route(/\/api\/v1\/incidents\?state=closed/, (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("after") ?? 0), next = from + 100;
    asked.push(from);
    return route.fulfill({ json: { items: year.slice(from, next) }, headers: next < year.length ? { link: `</api/v1/incidents?state=closed&after=${next}>; rel="next"` } : {} });
  });
  await sign_in(page, target);
  await page.click("#side .tabs button >> nth=1");
  const rows = (n) => page.waitForFunction((wanted) => document.querySelectorAll(".incident-row").length === wanted, n);
  await rows(100);
  same("pages at first", [...new Set(asked)], [0]);
  await page.click(".earlier");
  await rows(200);
  const find = page.locator("#side input[type=search]");
  await find.fill("p26-3");
  await rows(111); // 3, 30 to 39, 300 to 399
  await find.fill("火灾 3市2县");
  await says(page, ".incident-row", TOWN + " · 3市2县 · 第3市");
  await shot(page, "province", "year", 1440, "light", "zh");
  await axe(page, "incidents of a year");
  await find.fill("地震");
  await says(page, "#side .empty", "没有符合的事件");
  await end();
}

/** Of forty that run it is seen which wait for a hand, and those alone are shown, what is wanted first before all others. */
export async function a_stormy_day({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root")]);
  const { now } = await (await page.request.get(target.url + "/api/v1/instance")).json(); // its own clock
  const time = (minutes) => new Date(Date.parse(now) + minutes * 60000).toISOString();
  const one = (n) => ({ id: n, case: "P26-" + n, kind: "flood", exercise: false, state: n % 4 ? "active" : "reported", at: { lat: 30.6 + n / 200, lon: 121 + (n % 7) / 20 }, area: { code: "c1-2-1", name: TOWN }, reported_at: time(-n), missing: n % 4 === 1 ? n : 0, missing_by: n % 4 === 1 ? time(36 - n) : undefined, to_verify: n === 9 ? 2 : undefined, alarms: n === 6 ? [{ assignment: 1, need: 1, number: "V1", at: time(-1) }] : [], response: "ordinary" });
  await page.route(/\/api\/v1\/incidents\?state=running/, (route) => route.fulfill({ json: { items: Array.from({ length: 40 }, (_, n) => one(40 - n)) } }));
  await page.addInitScript(() => {
    window.formats_made = 0;
    Intl.DateTimeFormat = new Proxy(Intl.DateTimeFormat, { construct: (made, given) => (window.formats_made++, new made(...given)) });
  });
  await page.route("**/api/v1/closures", (route) => route.fulfill({ json: { version: 1, items: [{ id: 1, at: one(1).at, reason: "积水", by: "chief", from: time(-5), edges: 1, roads: { type: "MultiLineString", coordinates: [] } }] } }));
  await sign_in(page, target);
  const rows = () => page.$$eval(".incident-row .case", (all) => all.map((each) => each.textContent));
  await says(page, ".wait-kinds", "全部 40呼救 1缺人 10待确认 10报告待核实 1");
  same("the newest first", (await rows())[0], "P26-40");
  await page.click(".closures summary >> text=封路与限速 1");
  await says(page, ".closure-row", "已封闭：积水");
  await page.click(".closures summary");
  for (const first of [".close-road", ".closures"]) if ((await page.locator(first).boundingBox()).y > 400) throw new Error(first + " lies below forty incidents");
  await page.click(".wait-kinds button >> text=缺人");
  await says(page, ".incident-row", "缺 37 人");
  if (!/已过/.test(await page.locator(".incident-row .missing").first().innerText()) || !/前/.test(await page.locator(".incident-row .missing").nth(1).innerText())) throw new Error("what was due is not told from what is: " + (await page.locator(".incident-row .missing").allInnerTexts()).join());
  await page.setViewportSize({ width: 390, height: 844 });
  const heights = await page.$$eval(".incident-row .missing", (all) => all.map((one) => one.getBoundingClientRect().height));
  if (heights.some((one) => one > 30)) throw new Error("who is missing by when breaks on a telephone: " + heights);
  await page.setViewportSize({ width: 1440, height: 900 });
  same("what is wanted first", await rows(), [37, 33, 29, 25, 21, 17, 13, 9, 5, 1].map((n) => "P26-" + n));
  await page.click(".wait-kinds button >> text=待确认");
  await says(page, ".incident-row", "P26-40"); // has waited longest
  await shot(page, "province", "stormy", 1440, "light", "zh");
  await axe(page, "a stormy day");
  await page.click(".wait-kinds button >> text=呼救");
  same("who calls for help", await rows(), ["P26-6"]);
  await says(page, ".incident-row .state.alarm", "需要帮助");
  await page.click(".wait-kinds button >> text=报告待核实");
  same("whose reports wait", await rows(), ["P26-9"]);
  const made = await page.evaluate(() => window.formats_made);
  if (made > 20) throw new Error(made + " formats of time were made: each takes longer than a row");
  await says(page, ".incident-row", "2 份报告待核实");
  await end();
}

/** Sixty desks and sixty courses: one is found, and another desk is added without going down to the last one. */
export async function long_lists({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root"), role("trainer", "root")]);
  const areas = areas_of_a_province().filter((one) => one.level === "town").slice(0, 60).map(({ code, name }) => ({ code, name }));
  await page.route("**/api/v1/desks", (route) => route.fulfill({ json: { items: areas.map((area) => ({ area, last: [] })) } }));
  const course = (area, i) => ({ id: i + 1, title: "急救", area, skills: ["first-aid"], starts_at: "2099-12-05T09:00:00+08:00", minutes: 180, seats: 30, state: "planned", signed_up: 0, passed: 0, can: [] });
  await page.route("**/api/v1/courses", (route) => route.fulfill({ json: { items: areas.map(course) } }));
  await sign_in(page, target, "chief");
  for (const [path, row] of [["/desks", ".desk-row"], ["/courses", ".course"]]) {
    await go(page, path);
    const rows = (n) => page.waitForFunction(([where, wanted]) => document.querySelectorAll(where).length === wanted, [row, n]);
    await rows(60);
    if (path === "/desks" && (await page.locator(".add-desk").boundingBox()).y > 200) throw new Error("a desk is added below all others");
    await page.fill("#side input[type=search]", "1市3县 " + TOWN);
    await rows(1);
    await shot(page, "province", "find" + path.replace("/", "-"), 1440, "light", "zh");
    await page.fill("#side input[type=search]", "那里");
    await says(page, "#side .empty", "没有符合的");
    await axe(page, "find in " + path);
  }
  await end();
}

/** A call-out of which 3,000 were asked is in view; STATE is that of the n-th of them. */
async function great_callout(page, target, state, count = 3000) {
  const make = await maker(page, target);
  const { incident, callout } = await called_out(make, { lines: anybody(3), reserve: "auto" }, {}, { kind: "typhoon" });
  const alert = (n) => ({ id: 90000 + n, number: "ZJ" + n, name: "张海" + n, phone: "13800" + (100000 + n), state: state(n), wave: 1, seconds: 300, reason: "nearest_qualified", alerted_at: "2026-07-14T01:42:00+08:00", at_grid: PLACE });
  await page.route("**/api/v1/callouts/" + callout + "/alerts?*", (route) => route.fulfill({ json: { items: Array.from({ length: count }, (_, n) => alert(n)) } }));
  await go(page, "/incidents/" + incident);
  return () => make("incidents/" + incident + "/roll-calls", {});
}

/** Of 3,000 who were asked some are in view and the next at a press: a page with all of them in it answers no key. Anybody is found. */
export async function many_alerts({ browser, target, shot }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root")]);
  await sign_in(page, target);
  await great_callout(page, target, () => "pending");
  const rows = (where, n) => page.waitForFunction(([selector, wanted]) => document.querySelectorAll(selector).length === wanted, [where, n]);
  await page.click(".board .tabs button >> nth=3");
  await rows(".on-map tbody tr", 60);
  await page.click(".on-map > button");
  await rows(".on-map tbody tr", 300);
  await page.fill(".on-map input[type=search]", "zj2999");
  await rows(".on-map tbody tr", 1);
  await page.click(".board .tabs button >> nth=0");
  await page.click(".funnel button >> nth=0");
  await rows(".who tbody tr", 60);
  await says(page, ".who > button", "再显示 240 条（共 3000 条）");
  await page.click(".who > button");
  await rows(".who tbody tr", 300);
  await page.click(".who tbody tr >> nth=1 >> button");
  await page.fill(".behalf input", "电话");
  await page.fill(".who input[type=search]", "13800102345");
  await rows(".who tbody tr", 3); // the one found, and whose answer is being typed
  if ((await page.inputValue(".behalf input")) !== "电话") throw new Error("what was typed is gone");
  await page.locator(".who").scrollIntoViewIfNeeded();
  await shot(page, "province", "alerts", 1440, "light", "zh");
  await axe(page, "many alerts");
  await page.fill(".who input[type=search]", "那里");
  await rows(".who tbody tr", 2);
  await end();
}

/** Where a list ends before all are in it, it says so. */
export async function list_says_where_it_ends({ browser, target }) {
  const { page, end } = await open({ browser, target }, [role("commander", "root")]);
  await sign_in(page, target);
  await great_callout(page, target, () => "pending", 20000);
  await page.route(/\/api\/v1\/callouts\/\d+$/, async (route) => {
    const answer = await route.fetch(), board = await answer.json();
    return route.fulfill({ response: answer, json: { ...board, funnel: { ...board.funnel, alerted: 23456 } } });
  });
  await page.click(".funnel button >> nth=0");
  await says(page, ".who", "这里是最先提醒的 20000 人，共提醒 23456 人");
  await end();
}

/** 3,000 marks are not drawn anew with every answer, but now and then, as they are by then. */
export async function many_marks({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await sign_in(page, target);
  let answers = 0;
  const happens = await great_callout(page, target, (n) => (n < answers ? "declined" : "pending"));
  await page.waitForFunction(() => window.muster_map?.loaded() && window.muster_map.querySourceFeatures("people").length > 0, null, { timeout: 60000 });
  await page.evaluate(() => {
    const people = window.muster_map.getSource("people"), draw = people.setData.bind(people);
    window.drawn = [];
    people.setData = (data) => (window.drawn.push(data.features.filter((one) => one.properties.icon === "p-declined").length), draw(data));
  });
  for (answers = 1; answers <= 12; answers++) {
    await happens();
    await page.waitForTimeout(500);
  }
  await page.waitForFunction((wanted) => window.drawn.at(-1) === wanted, --answers, { timeout: 15000 });
  const drawn = await page.evaluate(() => window.drawn);
  if (drawn.length > 4) throw new Error("drawn so often: " + drawn);
  await context.close();
}

/** In a county nothing of this is to be seen. */
export async function a_county_stays_simple({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await without_map(page);
  await sign_in(page, target, "train");
  const make = await maker(page, target);
  await make("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } });
  await says(page, ".incident-row", "新埭镇 · P");
  await go(page, "/people");
  await page.waitForSelector("#side tbody tr");
  same("the areas of the people", await lists(page, ".fields"), [[4, "平湖市"]]);
  same("where they live", await page.locator("#side tbody td:nth-child(4)").first().innerText(), "新埭镇");
  await go(page, "/people/new");
  await page.waitForSelector("#side [name=area]");
  same("where they may live", await lists(page, ".field:has([name=area])"), [[28, "住处所在的村社"]]);
  await context.close();
}

/** Who has a town sees that town first, with its minor roads; who has the whole sees the whole, from the main roads alone. */
export async function own_area_on_the_map({ browser, target }) {
  for (const [area, wanted, near] of [["xincang", [30.71, 121.16], true], ["root", [30.7, 121.04], false]]) {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
    const page = await context.newPage();
    await with_roles(page, [role("dispatcher", area)]);
    const roads = [];
    page.on("request", (one) => one.url().includes("/map/roads") && roads.push(new URL(one.url()).search));
    await sign_in(page, target);
    await page.waitForFunction(() => window.muster_map?.loaded(), null, { timeout: 60000 });
    same("the roads of " + area, roads, ["?class=main", ...(near ? ["?class=minor&box=" + STREETS] : [])]);
    const [lat, lon, zoom] = await page.evaluate(() => [window.muster_map.getCenter().lat, window.muster_map.getCenter().lng, window.muster_map.getZoom()]);
    if (Math.abs(lat - wanted[0]) > 0.01 || Math.abs(lon - wanted[1]) > 0.01 || zoom > 12.5 !== near) throw new Error("the map of " + area + " opens on " + [lat, lon, zoom].join(", "));
    await context.close();
  }
}
