// SPDX-License-Identifier: Apache-2.0
// Response levels: one that lifts what spares people is proposed by a commander, waits above
// every view of the others, and holds once a second one has confirmed it; ended with a word
// on what follows. A dispatcher starts III for a town and is offered no more.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";
import { maker } from "./made.mjs";

const PASSWORD = "password of a chief-1", TOWN = "330482101000";

async function shows(page, selector, text) {
  await page.waitForFunction(([where, wanted]) => document.querySelector(where)?.textContent.includes(wanted), [selector, text]);
}

async function start(page, level, area) {
  await page.check(`.stacked-form input[value=${level}]`);
  await page.selectOption(".stacked-form [name=hazard]", "typhoon");
  if (area) await page.selectOption(".stacked-form [name=area]", area);
}

async function propose(page, shot) {
  await page.click(".to-response");
  await page.waitForSelector("#response-title");
  await start(page, "II");
  await shows(page, ".stacked-form", "须由另一名指挥员确认");
  await shot(page, "response", "form", 1440, "light", "zh");
  await axe(page, "response form");
  await page.click(".stacked-form button.primary");
  await shows(page, ".response-row", "须由另一名指挥员确认");
  await shows(page, ".response", "未启动响应"); // not yet
}

/** On a telephone, in the dark; from whatever view. */
async function confirm(browser, target, shot) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", colorScheme: "dark" });
  const page = await context.newPage();
  await sign_in(page, target, "chief", PASSWORD);
  await shows(page, ".notice-rows", "提议启动，待您确认");
  await shot(page, "response", "waits", 390, "dark", "zh");
  await page.click(".notice-rows a");
  await page.click(".response-row button.push");
  await page.waitForSelector("dialog[open]");
  await shows(page, "dialog", "不再避开免打扰时间");
  await shot(page, "response", "confirm", 390, "dark", "zh");
  await axe(page, "response confirm");
  await page.click("dialog button.primary");
  await shows(page, ".response", "II 级响应");
  await page.waitForFunction(() => !document.querySelector(".notice-rows"));
  await context.close();
}

async function ended(page, shot) {
  await shows(page, ".response-row", "chief 确认");
  await shot(page, "response", "running", 1440, "light", "zh");
  await page.click(".response-row button");
  await shows(page, "dialog", "重新避开");
  await page.click("dialog button.primary");
  await shows(page, ".empty", "未启动响应");
  await page.click("details summary >> text=已结束的响应");
  await shows(page, "details .response-row", "chief 确认");
  await shows(page, ".response", "未启动响应");
}

async function a_town(browser, target, shot) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  await sign_in(page, target, "town", PASSWORD);
  await page.click(".to-response");
  if (!(await page.isDisabled(".stacked-form input[value=II]"))) throw new Error("a dispatcher is offered level II");
  await start(page, "III", TOWN);
  await page.click(".stacked-form button.primary");
  await shows(page, ".response-row", "III 级响应");
  await shows(page, ".response", "III 级响应");
  await shot(page, "response", "town", 1440, "light", "zh");
  await context.close();
}

export async function response({ browser, target, shot }) {
  if (target.mock) return console.log("absent: a real server (the stand-in starts no levels)");
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const make = await maker(page, target);
  await make("accounts", { account: "chief", password: PASSWORD, roles: [{ role: "commander", area: "root" }] });
  await make("accounts", { account: "town", password: PASSWORD, roles: [{ role: "dispatcher", area: TOWN }] });
  await propose(page, shot);
  await confirm(browser, target, shot);
  await ended(page, shot);
  await a_town(browser, target, shot);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
