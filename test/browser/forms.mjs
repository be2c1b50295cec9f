// SPDX-License-Identifier: Apache-2.0
// What is typed is what is sent, or it is said why not: the forms of a report and a need,
// and what stands in their place while there is nothing to report on.
import { sign_in, watch, without_map } from "./life.mjs";
import { maker } from "./made.mjs";
import { start_stand_in } from "./target.mjs";

async function is(locator, wanted) {
  const value = await locator.inputValue();
  if (value !== wanted) throw new Error("the field holds " + value + " in place of " + wanted);
}

/** Signs in and reports by the coordinates; ends at the form of the need. */
async function to_need(page, target) {
  await sign_in(page, target);
  await page.click("#side button.primary");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.click(".kinds button >> nth=0");
  await page.waitForSelector("form.panel .count input");
}

const PLAN = "form.panel button.primary";
const need_sent = (page) => page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/needs"));

/** Three is put right to five, not to fifteen; nothing at all is one. */
async function counts(page) {
  const count = page.locator(".count input");
  await count.press("Backspace");
  await count.press("5");
  await is(count, "5");
  await count.press("Backspace");
  await is(count, "");
  await count.press("Tab");
  await is(count, "1");
  await count.press("Control+a");
  await count.pressSequentially("12");
  const sent = need_sent(page);
  await page.click(PLAN);
  const { lines } = (await sent).postDataJSON();
  if (lines[0].count !== 12) throw new Error("other lines were sent: " + JSON.stringify(lines));
  await page.waitForSelector(".headline");
}

/** A skill that nobody knows stops the form, by the button and by Enter; one that is known is taken. */
async function skills(page) {
  const field = page.locator(".skills input"), sent = [];
  page.on("request", (request) => request.url().endsWith("/needs") && sent.push(request.postDataJSON().lines));
  await page.click(".skills .pick[aria-pressed=true]");
  await field.fill("水上救生");
  await page.click(PLAN);
  await field.press("Enter");
  const word = await field.evaluate((one) => one.validationMessage);
  if (!word.includes("没有这个技能")) throw new Error("it does not say that there is no such skill: " + word);
  await field.fill("急救");
  await field.press("Enter");
  await is(field, "");
  if (sent.length) throw new Error("sent with a word in the field, or by Enter: " + JSON.stringify(sent));
  await page.click(PLAN);
  await page.waitForSelector(".headline");
  if (JSON.stringify(sent) !== '[[{"skills":["first-aid"],"count":3}]]') throw new Error("other lines were sent: " + JSON.stringify(sent));
}

/** Who asks: what is filled is kept without a name too, and consent is asked, not taken. */
async function requester(page, target, shot) {
  const reported = async (agrees) => {
    await page.goto(target.url + "/");
    await page.click("#side button.primary");
    await page.fill("input[list^=places]", "30.70, 121.02");
    await page.press("input[list^=places]", "Enter");
    await page.click("#side details summary");
    await page.fill("#side input[type=tel]", "10000123456");
    await page.locator("#side details .field input").nth(3).fill("泖河路 18 号");
    if (agrees) await page.check("#side details .check input");
    await shot(page, "report", agrees ? "consent" : "no-name", 1440, "light", "zh");
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/incidents"));
    await page.click(".kinds button >> nth=" + (agrees ? 1 : 0));
    const body = (await sent).postDataJSON();
    if (JSON.stringify(body.requester) !== JSON.stringify({ phone: "10000123456", address: "泖河路 18 号", consent: agrees })) throw new Error("who asks was sent as " + JSON.stringify(body.requester));
    await page.waitForSelector("form.panel .count input");
  };
  await sign_in(page, target);
  await reported(false);
  await reported(true);
}

/** A part of one name is enough; of several, or of none, it is said. */
async function places(page, target, shot) {
  await sign_in(page, target);
  await page.click("#side button.primary");
  const field = page.locator("input[list^=places]"), said = page.locator("#side .field [role=status]");
  const example = (await field.getAttribute("placeholder")).split("，")[0];
  for (const [text, wanted] of [["Nowhere", "没有找到“Nowhere”"], ["新", "有几处：新埭镇、新仓镇"]]) {
    await field.fill(text);
    await field.press("Enter");
    if (!(await said.innerText()).includes(wanted)) throw new Error(text + " is answered by " + (await said.innerText()));
    await shot(page, "report", "place-" + (text === "新" ? "several" : "none"), 1440, "light", "zh");
  }
  await field.fill("新埭");
  await field.press("Enter");
  await page.waitForSelector(".kinds");
  await page.click("#side button.quiet");
  await page.click("#side button.primary");
  await field.fill(example); // which is a place
  await page.waitForSelector(".kinds");
}

/** A lead without a target is not dropped. */
async function lead_alone(page, target) {
  await sign_in(page, { ...target, account: "chief" });
  await page.click(".ways a[href='/readiness']");
  await page.click(".readiness > .tabs button >> nth=2");
  await page.click(".programme button");
  const cell = page.locator(".targets tbody tr >> nth=0").locator("td").first().locator("input");
  await cell.nth(0).fill("");
  await cell.nth(1).fill("应急管理局");
  await page.click(".programme form button.primary");
  const word = await cell.nth(0).evaluate((one) => one.validationMessage);
  if (!word.includes("牵头单位")) throw new Error("a lead without a target is answered by " + word);
  await cell.nth(1).fill("");
  await page.click(".programme form button.primary");
  await page.waitForSelector(".programme form", { state: "detached" });
}

/** Five incidents and forty needs leave room for the rest: "+4" is whole, the needs scroll. An exercise takes
 * the place of nothing real, though it is newer; where it is and what it is are both told. */
async function crowded(page, target, shot) {
  await sign_in(page, target);
  const make = await maker(page, target);
  const at = { lat: 30.7, lon: 121.02 };
  const oldest = await make("incidents", { kind: "flood", at });
  let incident = 0;
  const ids = [];
  for (const kind of ["fire", "typhoon", "accident", "medical"]) incident = await make("incidents", { kind, at });
  await make("incidents", { kind: "fire", at, exercise: true });
  for (let i = 0; i < 40; i++) ids.push(await make("incidents/" + incident + "/needs", { at, within_minutes: 12 + i, lines: [{ skills: ["first-aid"], count: 3 }], reserve: "auto", target: 0.95 }));
  await page.goto(target.url + "/incidents/" + incident);
  await page.waitForSelector(".needs button >> nth=39");
  await page.waitForSelector(".chip.more");
  await shot(page, "incident", "crowded", 1440, "light", "zh");
  const more = page.locator(".running .chip").last(), needs = await page.locator(".needs").boundingBox();
  const [text, cut] = [await more.innerText(), await more.evaluate((one) => one.scrollWidth > one.clientWidth || one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right)];
  const shown = await page.locator(".running .chip:not(.more)").evaluateAll((chips) => chips.map((one) => [one.classList.contains("hatched"), ...[...one.children].map((line) => line.textContent)].join("|")));
  if (shown.length !== 2 || shown.some((one) => !/^false\|[^|]+\|\S.* · \d\d:\d\d$/.test(one))) throw new Error("the header shows " + shown.join(", "));
  if (text.trim() !== "+4" || cut) throw new Error("the header ends on " + text + (cut ? ", cut off" : ""));
  if (needs.height > 200) throw new Error("the needs are " + needs.height + " px high");
  await one_is_chosen(page, target, incident, ids, shot);
  await page.goto(target.url + "/incidents/" + oldest);
  await page.waitForSelector(`.running .chip[href="/incidents/${oldest}"][aria-current=page]`); // as old as it is
}

/** The chosen one of many is in view: the newest, one that the address names, one that is pressed, which the address tells then. */
async function one_is_chosen(page, target, incident, ids, shot) {
  const is_in_view = (id) => page.waitForFunction(([index]) => {
    const box = document.querySelector(".needs").getBoundingClientRect(), one = document.querySelectorAll(".needs button")[index], { top, bottom } = one.getBoundingClientRect();
    return one.getAttribute("aria-pressed") === "true" && top >= box.top - 1 && bottom <= box.bottom + 1;
  }, [ids.indexOf(id)], { timeout: 10000 });
  await is_in_view(ids[39]);
  for (const reducedMotion of ["no-preference", "reduce"]) {
    await page.emulateMedia({ reducedMotion });
    await page.goto(target.url + "/incidents/" + incident + "/needs/" + ids[20]);
    await page.waitForSelector(".plan");
    await is_in_view(ids[20]);
    await shot(page, "incident", "chosen", 1440, "light", "zh");
  }
  await page.locator(".needs button").nth(2).click();
  await page.waitForURL("**/needs/" + ids[2]);
  await is_in_view(ids[2]);
  await page.goBack(); // not to the need before
  if (new URL(page.url()).pathname.includes("/needs/" + ids[20])) throw new Error("the way back goes through the needs");
}

/** What can be typed is taken: the server counts 200 characters, 60 of a name, 31 of a telephone. */
async function lengths(page, target) {
  await sign_in(page, target);
  await page.click("#side button.primary");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.click("#side details summary");
  const fields = page.locator("#side details .field input"), sent = page.waitForRequest((request) => request.method() === "POST" && request.url().endsWith("/incidents"));
  for (let i = 0; i < 4; i++) {
    await fields.nth(i).focus();
    await page.keyboard.insertText((i === 2 ? "1" : "水").repeat(300));
  }
  await page.click(".kinds button >> nth=0");
  const { title, requester: who } = (await sent).postDataJSON();
  const sizes = [title, who.name, who.phone, who.address].map((text) => text.length);
  if (sizes.join() !== "200,60,31,200") throw new Error("fields of so many characters were sent: " + sizes);
}

/** Right after `muster init` there are no roads: the console says what to do first. */
async function no_roads(page, target, shot) {
  const instance = (change) => page.route("**/api/v1/instance", async (route) => {
    const json = await (await route.fetch()).json();
    change(json);
    await route.fulfill({ json });
  }, { times: 2 }); // the sign-in asks too
  await instance((one) => delete one.box);
  await sign_in(page, target);
  const text = await page.locator(".map").innerText();
  if (!text.includes("还没有道路") || !text.includes("muster import roads")) throw new Error("the map's place says " + text);
  await shot(page, "incidents", "no-roads", 1440, "light", "zh");
  await page.unrouteAll({ behavior: "wait" });
  await instance((one) => delete one.name); // a view that fails
  await page.goto(target.url + "/");
  await page.waitForSelector("main .trouble button");
  await shot(page, "incidents", "failed", 1440, "light", "zh");
}

/** One story on its own stand-in server, without the map, which takes seconds to draw. */
function on_stand_in(browser, story) {
  return async () => {
    const target = await start_stand_in();
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
    const page = await context.newPage();
    const wrong = watch(page, target);
    await without_map(page);
    try {
      await story(page, target);
    } finally {
      await context.close();
      await target.stop();
    }
    if (wrong.length) throw new Error(wrong.join("\n"));
  };
}

export async function forms({ browser, test, shot }) {
  await test("forms: a count is what was typed", on_stand_in(browser, async (page, target) => {
    await to_need(page, target);
    await counts(page);
  }));
  await test("forms: a skill that is not known is not dropped", on_stand_in(browser, async (page, target) => {
    await to_need(page, target);
    await skills(page);
  }));
  await test("forms: an instance without roads says what to do first", on_stand_in(browser, (page, target) => no_roads(page, target, shot)));
  await test("forms: who asks is kept without a name too", on_stand_in(browser, (page, target) => requester(page, target, shot)));
  await test("forms: a place by a part of its name, or a word", on_stand_in(browser, (page, target) => places(page, target, shot)));
  await test("forms: a lead without a target is refused", on_stand_in(browser, lead_alone));
  await test("forms: a long text is as long as the server takes", on_stand_in(browser, lengths));
  await test("forms: many incidents and needs leave room", on_stand_in(browser, (page, target) => crowded(page, target, shot)));
}
