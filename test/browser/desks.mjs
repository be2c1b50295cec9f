// SPDX-License-Identifier: Apache-2.0
// Desks: the commander sets where a duty room is written to, changes it, removes it; against
// a real server its mailbox and the timeline tell when somebody called for help.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";
import { answer, called_out, links_of, maker } from "./made.mjs";

const WRONG = "not an address", FIRST = "duty@county.example", SECOND = "night@county.example";
const ROW = ".desk-row";

async function open_page(page) {
  await page.click(".ways a[href='/readiness']");
  await page.click("#side a[href='/desks']");
  await page.waitForSelector("#desks-title");
}

async function shows(page, selector, ...wanted) {
  for (const one of wanted) await page.waitForFunction(([where, text]) => document.querySelector(where)?.textContent.includes(text), [selector, one]);
}

async function save(page, email) {
  await page.fill(".desk-form [name=email]", email);
  await page.click(".desk-form button.primary");
}

/** An address that is none is told at its field, and nothing is lost. */
async function add(page, shot) {
  await shows(page, ".empty", "还没有值班室");
  await shows(page, ".desks", "打开通知"); // the story runs on the demo, which has the channel
  await shot(page, "desks", "none", 1440, "light", "zh");
  await page.click(".add-desk");
  await save(page, WRONG);
  await shows(page, "#fault-email", "这不是电子邮箱地址");
  if ((await page.inputValue(".desk-form [name=email]")) !== WRONG) throw new Error("what was entered is lost");
  await shot(page, "desks", "wrong", 1440, "light", "zh");
  await axe(page, "desks wrong");
  await save(page, FIRST);
  await shows(page, ROW, FIRST);
}

/** The demo county has one for the whole city. */
async function removes_that_of_the_demo(page) {
  await shows(page, ROW, "平湖市");
  await page.click(ROW + " button >> nth=1");
  await page.click("dialog[open] button.primary");
}

async function change(page, shot) {
  await page.click(ROW + " button >> nth=0");
  await save(page, SECOND);
  await shows(page, ROW, SECOND);
  await shot(page, "desks", "one", 1440, "light", "zh");
  await axe(page, "desks one");
}

async function remove(page, shot) {
  await page.click(ROW + " button >> nth=1");
  await page.waitForSelector("dialog[open]");
  await shot(page, "desks", "remove", 1440, "light", "zh");
  await axe(page, "desks remove");
  await page.click("dialog button.primary");
  await page.waitForSelector(".empty");
}

/** Somebody who is out calls for help: the desk's message opens the incident, whose timeline names the desk. */
async function is_told(page, target, browser, shot) {
  const make = await maker(page, target);
  const { incident } = await called_out(make, { within_minutes: 30 });
  const volunteer = await browser.newContext();
  const [link] = await links_of(page, target, 1);
  await answer(volunteer.request, link, { answer: "accept" });
  await answer(volunteer.request, link, { answer: "sos" });
  await volunteer.close();
  await page.click(".ways a[href='/mailbox']");
  await page.fill("#side input[type=search]", "值班室");
  await shows(page, ".messages li", "值班室", "有人求助");
  await shot(page, "desks", "mailbox", 1440, "light", "zh");
  await page.goto(await page.locator(".messages a.button").first().getAttribute("href"));
  await shows(page, ".last-events", "已通知平湖市值班室：有人求助");
  await shot(page, "desks", "timeline", 1440, "light", "zh");
}

export async function desks({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target, target.mock ? "chief" : target.account);
  await open_page(page);
  if (!target.mock) await removes_that_of_the_demo(page);
  await add(page, shot);
  await change(page, shot);
  if (!target.mock) await is_told(page, target, browser, shot);
  await open_page(page);
  if (!target.mock) await shows(page, ROW, "经信箱送到");
  await remove(page, shot);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** As a dispatcher, who sets none. */
export async function desks_screens(page, see) {
  await open_page(page);
  await page.waitForSelector(".empty");
  await see("desks", "none");
  for (const [code, data] of [["root", { email: FIRST }], ["xindai", {}], ["xindai-1", { email: SECOND }]]) await page.request.put(new URL("/api/v1/desks/" + code, page.url()).href, { data });
  await page.waitForFunction(() => document.querySelectorAll(".desk-row").length === 3);
  await see("desks", "three");
}
