// SPDX-License-Identifier: Apache-2.0
// The trainer: who passed a course today is called for that skill from now on.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";

const ROW = "#side tbody tr:first-child";

/** Every skill is learned, every certificate passed today; the list and the form tell it afterwards. */
async function course(page, shot) {
  const number = await page.locator(ROW + " td").first().innerText();
  await page.click(ROW + " button");
  await page.waitForSelector(".skill-list");
  if (!(await page.locator("#side form button.primary").isDisabled())) throw new Error("there is nothing to save yet");
  for (const box of await page.locator(".skill-list input[type=checkbox]").all()) await box.check();
  const passed = await page.locator(".skill-list button").all();
  if (!passed.length) throw new Error("no skill demands a certificate");
  for (const one of passed) await one.click();
  await page.fill("#side .fields input[type=text]", "Mo-Fr 18:00-22:00");
  await shot(page, "people", "change", 1440, "light", "zh");
  await axe(page, "people change");
  await page.click("#side form button.primary");
  await page.waitForSelector(ROW);
  const row = await page.locator(ROW).innerText();
  for (const one of [number, "周一-周五 18:00-22:00"]) if (!row.includes(one)) throw new Error("the list lacks " + one + ": " + row);
  await page.click(ROW + " button");
  await page.waitForSelector(".skill-list");
  const boxes = page.locator(".skill-list input[type=checkbox]");
  if ((await page.locator(".skill-list input[type=checkbox]:checked").count()) !== (await boxes.count())) throw new Error("a skill is not kept");
  for (const day of await page.locator(".skill-list input[type=date]").all()) if ((await day.inputValue()) <= new Date().toISOString().slice(0, 10)) throw new Error("a certificate is not kept");
}

/** What somebody else has changed meanwhile is not overwritten, and the form says so. */
async function meanwhile(page) {
  await page.route("**/api/v1/people/*", (route) => (route.request().method() === "PATCH" ? route.fulfill({ status: 412, json: { title: "Precondition Failed", status: 412 } }) : route.continue()));
  await page.fill("#side .fields input[type=text]", "");
  await page.click("#side form button.primary");
  await page.waitForSelector("#side form .trouble");
  if (!(await page.locator("#side form .trouble").innerText()).includes("他人修改")) throw new Error("the form does not say why it was not saved");
  await page.unrouteAll({ behavior: "wait" });
  await page.click("#side form button.quiet");
  await page.waitForSelector(ROW);
}

/** An hour that cannot be read is told in words, and nothing is lost of what was entered. */
async function wrong_hours(page) {
  await page.click(ROW + " button");
  await page.fill("#side .fields input[type=text]", "tomorrow");
  await page.click("#side form button.primary");
  await page.waitForSelector("#side form .trouble");
  if ((await page.inputValue("#side .fields input[type=text]")) !== "tomorrow") throw new Error("what was entered is lost");
}

/** On a telephone, as the volunteer: nothing before the digits; a pause, and its end. */
async function own_page(page, { browser, target, shot }) {
  const link = new URL(await page.inputValue("#side input.own-page"));
  const number = /[A-Z]+[0-9]+/.exec(await page.locator("#person-title").innerText())[0];
  const phone = await page.evaluate(async (one) => (await (await fetch("/api/v1/people/" + one)).json()).phone, number);
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const telephone = await context.newPage();
  await telephone.goto(target.url + link.pathname);
  if ((await telephone.innerText("body")).includes(number)) throw new Error("the page tells whose it is before the digits");
  await shot(telephone, "own", "digits", 390, "light", "zh");
  await telephone.fill("[name=digits]", phone.slice(-4));
  await telephone.click("button.primary");
  await telephone.waitForSelector(".pauses");
  await axe(telephone, "own page");
  await shot(telephone, "own", "page", 390, "light", "zh");
  await telephone.click(".pauses button[value='7']");
  await telephone.waitForSelector("button[name=pause_days][value='0']");
  if (!(await telephone.innerText("body")).includes("暂停到")) throw new Error("the page does not say that it is paused");
  await telephone.click("button[value='0']");
  await telephone.waitForSelector(".pauses");
  await telephone.selectOption("select[name=mode]", "car");
  await telephone.click("button.primary");
  await telephone.waitForSelector(".notice");
  if ((await telephone.inputValue("select[name=mode]")) !== "car") throw new Error("the mode is not kept");
  await context.close();
}

export async function change_a_person({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "train" : target.account);
  await page.click(".ways a[href='/people']");
  await page.waitForSelector(ROW);
  await course(page, shot);
  await meanwhile(page);
  await wrong_hours(page);
  if (!target.mock) await own_page(page, { browser, target, shot });
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
