// SPDX-License-Identifier: Apache-2.0
// What those who come are told: entered with the need, seen by a volunteer after the yes
// and not before; changed by the dispatcher, told by a message, read on the same page.
import { axe } from "./axe.mjs";
import { sign_in, watch, without_map } from "./life.mjs";

const TOLD = { place: "北门进，走消防楼梯到三楼", contact: "李站长，红马甲", warning: "院里水深，走北侧" };
const CHANGED = "北侧的桥断了，从东门进";
const WORDS = [...Object.values(TOLD), CHANGED];
const SUBJECT = "新的说明";

async function has(page, wanted, unwanted = []) {
  const text = await page.locator("body").innerText();
  for (const word of wanted) if (!text.includes(word)) throw new Error(word + " is not told by " + page.url());
  for (const word of unwanted) if (text.includes(word)) throw new Error(word + " is told by " + page.url());
}

/** The need with its words, planned and started. */
async function call_out(page, target, shot) {
  await sign_in(page, target);
  await page.click("#side button.primary");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.click(".kinds button >> nth=0");
  await page.waitForSelector("form.panel .count input");
  await page.fill(".count input", "2");
  await page.click("form.panel details:has([name=place]) summary");
  for (const [name, text] of Object.entries(TOLD)) await page.fill("form.panel [name=" + name + "]", text);
  await shot(page, "notes", "form", 1440, "light", "zh");
  await axe(page, "notes form");
  await page.click("form.panel button.primary");
  await page.waitForSelector("#plan-people tbody tr", { timeout: 60000 });
  await has(page, Object.values(TOLD));
  await page.click(".start button.primary");
  await page.waitForSelector(".board .funnel");
}

async function change(page, shot) {
  await page.click(".notes button");
  await page.fill(".notes [name=warning]", CHANGED);
  await shot(page, "notes", "change", 1440, "light", "zh");
  await axe(page, "notes change");
  await page.click(".notes form button >> nth=0");
  await page.waitForSelector(".notes form", { state: "detached" });
  await has(page, [TOLD.place, TOLD.contact, CHANGED], [TOLD.warning]);
  await shot(page, "notes", "changed", 1440, "light", "zh");
  await axe(page, "notes changed");
}

async function mail(page, target) {
  return (await (await page.request.get(target.url + "/api/v1/mailbox")).json()).items;
}

/** A telephone without JavaScript, in Chinese, or in English and by night. */
async function telephone(browser, link, night) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: night ? "en-GB" : "zh-CN", colorScheme: night ? "dark" : "light", javaScriptEnabled: false });
  const page = await context.newPage();
  await page.goto(link);
  await has(page, [], WORDS);
  await page.click("button[value=accept]");
  await page.waitForLoadState();
  await has(page, Object.values(TOLD));
  return page;
}

/** The message says that there is something, not what; only who has said yes gets one. */
async function message_to(page, target, to) {
  for (let i = 0; i < 100; i++) {
    const found = (await mail(page, target)).filter((one) => one.subject.includes(SUBJECT));
    if (found.length >= to.length) {
      if (found.map((one) => one.to).sort().join() !== [...to].sort().join()) throw new Error("told were " + found.map((one) => one.to));
      if (WORDS.some((word) => JSON.stringify(found).includes(word))) throw new Error("the message tells what");
      return found;
    }
    await page.waitForTimeout(100);
  }
  throw new Error("no message of the change");
}

export async function notes({ browser, target, shot }) {
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await without_map(page);
  await call_out(page, target, shot);
  const asked = target.mock ? [] : (await mail(page, target)).slice(0, 2);
  const phones = [];
  for (const [i, one] of asked.entries()) phones.push(await telephone(browser, one.link, i === 1));
  if (phones.length) await shot(phones[0], "notes", "volunteer", 390, "light", "zh");
  await change(page, shot);
  if (asked.length) await message_to(page, target, asked.map((one) => one.to));
  for (const [i, phone] of phones.entries()) {
    await phone.reload();
    await has(phone, [TOLD.place, TOLD.contact, CHANGED], [TOLD.warning]);
    await shot(phone, "notes", "volunteer-changed", 390, i ? "dark" : "light", i ? "en" : "zh");
    await phone.context().close();
  }
  await page.click("button:text-is('EN')");
  await page.waitForSelector(".notes dt:text-is('Ask for')");
  await shot(page, "notes", "changed", 1440, "light", "en");
  await page.setViewportSize({ width: 390, height: 844 });
  await page.locator(".notes").scrollIntoViewIfNeeded();
  await shot(page, "notes", "changed", 390, "light", "en");
  await page.click(".notes button");
  await axe(page, "notes change, 390");
  await shot(page, "notes", "change", 390, "light", "en");
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
