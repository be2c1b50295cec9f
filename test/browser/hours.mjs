// SPDX-License-Identifier: Apache-2.0
// Credited hours: the organisations, the people of one, both as files that no spreadsheet
// computes anything of.
import { readFileSync } from "node:fs";

const OPEN = ".hours button[aria-expanded]";

/** The file behind the button SELECTOR, without its mark, and its name. */
export async function saved(page, selector) {
  const [file] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  const text = readFileSync(await file.path(), "utf8");
  if (!text.startsWith("\ufeff")) throw new Error("Excel would not take it for UTF-8");
  return { name: file.suggestedFilename(), text: text.slice(1) };
}

function expect(file, name, ...lines) {
  if (!name.test(file.name)) throw new Error("a file called " + file.name);
  for (const line of lines) if (!file.text.split("\r\n").includes(line)) throw new Error("no line " + line + " in\n" + file.text);
}

/** Whose certificates end, as a file, and who of them is invited to the course that renews; the people of one
 * organisation. */
export async function list_screens(page, see) {
  await page.click(".ways a[href='/people']");
  await page.waitForSelector("#side tbody tr");
  await page.check("#side .check input");
  await page.waitForSelector(".renew li button");
  if (await page.locator(".renew a[href='/courses']").count()) throw new Error("a course that renews is said to be lacking");
  await see("people", "renew");
  const lapsing = await saved(page, ".save-list");
  expect(lapsing, /^muster-certificates-\d{4}-[\d-]+\.csv$/, "number,name,phone,area,organisations,skill,until");
  for (const line of [/^V1\d+,[^,]+,[^\n]*,2020-01-31$/m, /^V1\d+,[^,]+,[^\n]*,$/m]) if (!line.test(lapsing.text.replaceAll("\r", ""))) throw new Error("no line " + line + " in\n" + lapsing.text);
  const renewing = Number(/\d+/.exec(await page.innerText(".renew li button"))[0]);
  await page.click(".renew li button");
  await page.waitForFunction((n) => document.querySelector(".renew [role=status]").textContent.includes(n), renewing);
  await page.uncheck("#side .check input");
  await page.selectOption("[name=organisation]", "蓝天救援队");
  await page.waitForSelector(".empty");
}

export async function hours_screens(page, see) {
  await page.click(".ways a[href='/people']");
  await page.locator(".tabs button").nth(2).click();
  await page.waitForSelector(OPEN);
  await see("hours", "organisations");
  const all = await saved(page, ".save-csv");
  const minutes = all.text.trim().split("\r\n").slice(1).reduce((sum, line) => sum + Number(line.split(",").at(-2)), 0);
  const total = (await page.locator(".hours > tfoot td").nth(1).innerText()).replace(/[^\d ]/g, "").trim().split(/ +/).map(Number);
  if (total[0] * 60 + total[1] !== minutes) throw new Error("the total says " + total.join(" h ") + ", the rows " + minutes + " minutes");
  expect(all, /^muster-hours-\d{4}-01-01-[\d-]+\.csv$/, "organisation,people,minutes,assignments", ",10,10220,30", "'=1+1,10,9750,30", '"Red Cross, town",10,9280,30');
  await page.locator(OPEN).nth(1).click();
  await page.waitForSelector(".hours-people table");
  await see("hours", "people");
  const [wide, room] = await page.locator(".hours-people").evaluate((one) => [one.closest(".scroll").scrollWidth, one.closest(".scroll").clientWidth]);
  if (wide > room) throw new Error("hours are " + wide + " wide where there is room for " + room);
  const people = await saved(page, ".hours-people .save-csv");
  expect(people, /^muster-hours-_1_1-/, "number,name,minutes,assignments");
  for (const line of [/^V1003,[^,]+,129,3$/m, /^V1031,,1445,1$/m]) if (!line.test(people.text.replaceAll("\r", ""))) throw new Error("no line " + line + " in\n" + people.text); // named, and not for who may not see it
  if (!/^V1039,[^,]+,1821,/.test(people.text.split("\r\n")[1])) throw new Error("who has most does not stand first:\n" + people.text);
  await page.click(".service-check summary");
  await page.fill("[name=certificate]", "７Ｋ2M");
  await page.click(".service-check button");
  await page.waitForSelector(".service-check .trouble");
  await page.fill("[name=certificate]", " 8K2M QV0T－3XHC ");
  await page.click(".service-check button");
  await page.waitForSelector(".service-check [role=status] .wait-text"); // it was corrected since
  await see("hours", "certificate");
  await page.check(".check input");
  await page.waitForSelector(".empty");
  await see("hours", "none");
  await page.uncheck(".check input");
  await page.fill("[name=from]", "2099-01-01");
  await page.waitForSelector(".fields + .wait-text");
}
