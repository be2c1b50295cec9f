// SPDX-License-Identifier: Apache-2.0
// An administrator adds a duty officer, who signs in with the password that was shown once; a
// new one, and closing, put them out at once.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";

const NAME = "nightshift", TOWN = "330482101000";

async function shows(page, selector, text) {
  await page.waitForFunction(([where, wanted]) => document.querySelector(where)?.textContent.includes(wanted), [selector, text]);
}
const row = (page) => page.locator(".account-row", { hasText: NAME });

/** The password that is in view, which is then put away. */
async function written_down(page) {
  await page.waitForSelector(".password code");
  const password = await page.textContent(".password code");
  await page.click(".note button");
  await page.waitForFunction(() => !document.querySelector(".password code"));
  return password;
}

async function add(page, shot) {
  await page.click(".account summary");
  await page.click(".account a[href='/accounts']");
  await page.waitForSelector(".account-row");
  await page.click(".add-account");
  await page.fill(".stacked-form [name=account]", "verifier");
  await page.click(".stacked-form button.primary");
  await shows(page, "#fault-account", "已有这个名称");
  await page.fill(".stacked-form [name=account]", NAME);
  await page.selectOption(".stacked-form [name=area]", TOWN);
  await shot(page, "accounts", "form", 1440, "light", "zh");
  await axe(page, "accounts form");
  await page.click(".stacked-form button.primary");
  await page.waitForSelector(".password code");
  await shot(page, "accounts", "once", 1440, "light", "zh");
  return written_down(page);
}

export async function accounts({ browser, target, shot }) {
  if (target.mock) return console.log("absent: a real server (the stand-in has no accounts)");
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const first = await add(page, shot);
  const officer = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const desk = await officer.newPage();
  await sign_in(desk, target, NAME, first);
  await row(page).locator("button", { hasText: "重设密码" }).click();
  await shows(page, "dialog", "立刻退出");
  await shot(page, "accounts", "password", 1440, "light", "zh");
  await page.click("dialog button.primary");
  const second = await written_down(page);
  if (second === first) throw new Error("the new password is the old one");
  await desk.goto(target.url + "/");
  await sign_in(desk, target, NAME, second);
  await row(page).locator("button", { hasText: "关闭" }).click();
  await page.click("dialog button.primary");
  await row(page).locator("button", { hasText: "重新启用" }).waitFor();
  await desk.goto(target.url + "/");
  await desk.waitForSelector("[name=password]");
  await row(page).locator("button", { hasText: "重新启用" }).click();
  await row(page).locator("button", { hasText: "关闭" }).waitFor();
  await axe(page, "accounts");
  await officer.close();
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
