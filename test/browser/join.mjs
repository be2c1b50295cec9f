// SPDX-License-Identifier: Apache-2.0
// Somebody wants to join: from the sign-in page to the thanks on a telephone (once without
// scripts), then the office, which takes one on and declines the other.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";

const FORM = { name: "想来的人", phone: "10000777001" };
const TELEPHONE = { viewport: { width: 390, height: 844 }, locale: "zh-CN" };

async function fill(page, { name, phone }) {
  await page.fill("[name=name]", name);
  await page.fill("[name=phone]", phone);
  await page.selectOption("[name=area]", { index: 2 });
  await page.selectOption("[name=mode]", "bike");
  await page.check("[name=skills][value='first-aid']");
  await page.check("[name=consent]");
}

/** A mistake is told beside its field, nothing else is lost, then it is sent. */
async function with_a_mistake(browser, target, shot) {
  const context = await browser.newContext(TELEPHONE);
  const page = await context.newPage();
  const wrong = watch(page, target);
  await page.goto(target.url + "/login");
  await page.click("a.join");
  await page.waitForSelector("[name=consent]");
  await shot(page, "join", "empty", 390, "light", "zh");
  await axe(page, "join empty");
  await fill(page, { ...FORM, phone: "打给我" });
  await page.click("button.primary");
  await page.waitForSelector(".wrong");
  const said = await page.innerText("label:has([name=phone])");
  if (!said.includes("能打通的号码") || (await page.locator(".wrong").count()) !== 1) throw new Error("the mistake does not stand at its field: " + said);
  const kept = [await page.inputValue("[name=name]"), await page.inputValue("[name=mode]"), await page.isChecked("[name=skills][value='first-aid']"), await page.isChecked("[name=consent]")];
  if (JSON.stringify(kept) !== JSON.stringify([FORM.name, "bike", true, true])) throw new Error("what was entered is lost: " + kept);
  await shot(page, "join", "wrong", 390, "light", "zh");
  await axe(page, "join wrong");
  await page.fill("[name=phone]", FORM.phone);
  await page.click("button.primary");
  await page.waitForURL("**/join/thanks");
  await shot(page, "join", "thanks", 390, "light", "zh");
  await axe(page, "join thanks");
  if (new URL(page.url()).search) throw new Error("the address tells more than it should: " + page.url());
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** The same number again replaces; then somebody else. */
async function without_scripts(browser, target) {
  const context = await browser.newContext({ ...TELEPHONE, javaScriptEnabled: false });
  const page = await context.newPage();
  for (const one of [FORM, { name: "另一个人", phone: "10000777002" }]) {
    await page.goto(target.url + "/join");
    await fill(page, one);
    await Promise.all([page.waitForURL("**/join/thanks"), page.click("button.primary")]);
  }
  await context.close();
}

/** The line of the people's page counts along, without reading who they are, and asks only when somebody has applied. */
async function counts_along(page, { browser, target }) {
  const asked = [];
  page.on("request", (request) => request.url().includes("/applicants") && asked.push(new URL(request.url()).pathname));
  await page.click(".ways a[href='/people']");
  await page.waitForSelector("a.applicants");
  const says = () => page.innerText("a.applicants");
  if ((await says()) !== "1 人想加入") throw new Error("the people's page says " + (await says()));
  const before = asked.length;
  await page.evaluate(async () => {
    const { items } = await (await fetch("/api/v1/people?limit=1")).json();
    await fetch("/api/v1/people/" + items[0].number); // an event of its own, not of somebody who applies
  });
  await page.waitForTimeout(1000);
  if (asked.length !== before) throw new Error("counted again for nothing");
  await without_scripts(browser, target);
  await page.waitForFunction(() => document.querySelector("a.applicants")?.innerText === "2 人想加入");
  if (asked.some((path) => path !== "/api/v1/applicants/count")) throw new Error("the line reads more than a count: " + asked);
}

/** A mark of direction behind a name does not turn the telephone number around that follows it. */
async function reads_forwards(page) {
  const is_backwards = await page.evaluate(() => {
    const name = document.querySelector(".applicant strong").firstChild;
    const digits = document.querySelector(".applicant a").firstChild;
    const left = (at) => {
      const range = document.createRange();
      range.setStart(digits, at);
      range.setEnd(digits, at + 1);
      return range.getBoundingClientRect().left;
    };
    name.data += "\u202e";
    const found = left(0) > left(digits.length - 1);
    name.data = name.data.slice(0, -1);
    return found;
  });
  if (is_backwards) throw new Error("a name turns the telephone number around");
}

async function press_map(page) {
  await page.waitForFunction(() => window.muster_map?.loaded(), null, { timeout: 60000 });
  const box = await page.locator(".map canvas").first().boundingBox();
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
  await page.waitForFunction(() => document.querySelector("#side").innerText.includes("新住处"));
}

async function take_on(page, shot) {
  await page.click(".applicant:has-text('" + FORM.name + "') a.take-on");
  await page.waitForSelector("#side input[name=number]");
  const shown = [await page.inputValue("#side input[name=name]"), await page.inputValue("#side input[name=phone]"), await page.inputValue("#side select[name=mode]"), await page.locator(".skill-list input:checked").count()];
  if (JSON.stringify(shown) !== JSON.stringify([FORM.name, FORM.phone, "bike", 1])) throw new Error("the form does not show what was said: " + shown);
  if (!(await page.inputValue("#side select[name=area]"))) throw new Error("the form does not know where they live");
  if (page.url().includes("%")) throw new Error("the address names somebody: " + page.url());
  await page.waitForFunction(() => document.querySelector("#side input[name=number]").value);
  const number = await page.inputValue("#side input[name=number]");
  await press_map(page);
  await shot(page, "join", "take-on", 1440, "light", "zh");
  await axe(page, "join take-on");
  await page.click("#side form button.primary");
  await page.waitForURL("**/applicants");
  return number;
}

async function decline(page, shot) {
  await page.waitForSelector(".applicant");
  await page.click(".applicant .decline");
  await page.waitForSelector("dialog[open]");
  const says = await page.innerText("dialog[open]");
  for (const one of ["另一个人", "无法恢复", "10000777002"]) if (!says.includes(one)) throw new Error("the dialog lacks " + one + ": " + says);
  await shot(page, "join", "decline", 1440, "light", "zh");
  await axe(page, "join decline");
  await page.click("dialog[open] button.primary");
  await page.waitForSelector(".empty");
  if (await page.locator(".applicant").count()) throw new Error("who was declined waits still");
}

export async function join({ browser, target, shot }) {
  if (target.mock) return console.log("absent: the form of who wants to join (the stand-in has none)");
  await with_a_mistake(browser, target, shot);
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  await counts_along(page, { browser, target });
  await page.click("a.applicants");
  await page.waitForSelector(".applicant >> nth=1");
  await shot(page, "join", "list", 1440, "light", "zh");
  await axe(page, "join list");
  await reads_forwards(page);
  const number = await take_on(page, shot);
  await decline(page, shot);
  await page.click("a.button[href='/people']");
  await page.waitForSelector("#side tbody tr");
  if (await page.locator("a.applicants").count()) throw new Error("nobody waits, and the page says so");
  await page.fill("#side input[type=search]", number);
  await page.waitForFunction(() => document.querySelectorAll("#side tbody tr").length === 1);
  if (!(await page.innerText("#side tbody")).includes(FORM.name)) throw new Error("the new volunteer is not on the list");
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** The line, the list, the question before declining, the form; then nobody. SEE makes the picture and the checks. */
export async function join_screens(page, see) {
  await page.click(".ways a[href='/people']");
  await page.waitForSelector("a.applicants");
  await see("join", "line");
  await page.click("a.applicants");
  await page.waitForSelector(".applicant >> nth=2");
  await see("join", "list");
  await page.click(".applicant >> nth=1 >> .decline");
  await page.waitForSelector("dialog[open]");
  await see("join", "decline");
  await page.click("dialog[open] button.primary");
  await page.waitForFunction(() => document.querySelectorAll(".applicant").length === 2);
  await page.click(".applicant >> nth=0 >> .take-on");
  await page.waitForSelector("#side input[name=number]");
  await see("join", "take-on");
  await page.click("#side form button.quiet");
  for (let left = 2; left > 0; left--) {
    await page.click(".applicant >> nth=0 >> .decline");
    await page.click("dialog[open] button.primary");
    await page.waitForFunction((n) => document.querySelectorAll(".applicant").length === n, left - 1);
  }
  await page.waitForSelector(".empty");
  await see("join", "nobody");
}
