// SPDX-License-Identifier: Apache-2.0
// A warning of the weather bureau: above every view until the own office has heard, with
// who has not below; one of an exercise opens the report of an exercise; nothing begins by itself.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";
import { maker } from "./made.mjs";

const TOWN = { code: "330482101000", name: "乍浦镇" }, OTHER = "330482102000";
const PASSWORD = "password of a town-1";
const NOTICE = ".notice-rows p", ROW = ".warnings .warning-row";

/** Times are Beijing's; the standard wants no fraction and an offset. */
const cap_time = (ms) => new Date(ms + 8 * 3600e3).toISOString().slice(0, 19) + "+08:00";

function document_of({ name, status = "Actual", kind = "Alert", before = "", headline, words }) {
  const sent = cap_time(Date.now() - 60000);
  return `<?xml version="1.0" encoding="UTF-8"?><alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>${name}</identifier><sender>weather.invalid</sender><sent>${sent}</sent>
<status>${status}</status><msgType>${kind}</msgType><scope>Public</scope>${before ? `<references>${before}</references>` : ""}<info><language>zh-CN</language><category>Met</category><event>暴雨</event>
<urgency>Expected</urgency><severity>Severe</severity><certainty>Likely</certainty><expires>${cap_time(Date.now() + 6 * 3600e3)}</expires><senderName>示范气象台</senderName>
<headline>${headline}</headline><description>${words}</description><instruction>切断有危险的室外电源，暂停户外作业。</instruction>
<area><areaDesc>${TOWN.name}</areaDesc><polygon>30.55,121.03 30.55,121.15 30.66,121.15 30.66,121.03 30.55,121.03</polygon><geocode><valueName>division</valueName><value>${TOWN.code}</value></geocode></area></info></alert>`;
}

async function hand_in(page, target, what) {
  const { csrf } = await (await page.request.get(target.url + "/api/v1/sessions/current")).json();
  const answer = await page.request.post(target.url + "/api/v1/warnings", { headers: { "X-Muster-Csrf": csrf, "Content-Type": "application/cap+xml" }, data: document_of(what) });
  if (!answer.ok()) throw new Error("a warning: " + answer.status() + " " + (await answer.text()));
}

async function count(page, selector, wanted) {
  await page.waitForFunction(([where, n]) => document.querySelectorAll(where).length === n, [selector, wanted]);
}

/** Over every view, and gone when the office has heard; the list goes on telling who has not. */
async function city_hears(page, target, shot) {
  await page.click(".ways a[href='/people']");
  await hand_in(page, target, { name: "1", headline: "示范气象台发布暴雨橙色预警", words: "预计未来6小时内降雨量将达50毫米以上，请注意防范。" });
  await count(page, NOTICE, 1);
  await shot(page, "warnings", "people", 1440, "light", "zh");
  await page.click(".ways a[href='/']");
  await page.waitForSelector(ROW);
  await page.click(ROW + " summary >> nth=0");
  await page.click(ROW + " .offices summary");
  await shot(page, "warnings", "list", 1440, "light", "zh");
  await axe(page, "warnings");
  await page.click(NOTICE + " .heard");
  await count(page, NOTICE, 0);
  await page.waitForFunction((where) => document.querySelector(where)?.textContent.startsWith("1 / 2"), ROW + " .offices summary");
}

/** On a telephone, in the dark. */
async function town_hears(browser, target, shot) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN", colorScheme: "dark" });
  const page = await context.newPage();
  await sign_in(page, target, "town", PASSWORD);
  await count(page, NOTICE, 1);
  await shot(page, "warnings", "town", 390, "dark", "zh");
  await axe(page, "warnings of a town");
  await page.click(NOTICE + " .heard");
  await count(page, NOTICE, 0);
  await context.close();
}

async function not_for_another_town(browser, target) {
  const context = await browser.newContext({ viewport: { width: 390, height: 844 }, locale: "zh-CN" });
  const page = await context.newPage();
  await sign_in(page, target, "other", PASSWORD);
  await page.waitForSelector(".empty");
  if ((await page.locator(ROW).count()) + (await page.locator(NOTICE).count()) > 0) throw new Error("another town's office is asked");
  await context.close();
}

async function exercise_from_it(page, target, shot) {
  await hand_in(page, target, { name: "2", status: "Exercise", headline: "演练：暴雨橙色预警", words: "仅为演练。" });
  await count(page, ROW, 2);
  await page.waitForSelector(NOTICE + " .hatched");
  await page.click(".to-handover");
  await count(page, ".handover " + ROW, 2);
  await shot(page, "warnings", "handover", 1440, "light", "zh");
  await page.locator(ROW).first().locator("button", { hasText: "由此报告事件" }).click();
  await page.waitForSelector("#report-title");
  if (!(await page.textContent("#report-title")).includes("演练")) throw new Error("the report of an exercise's warning is real");
  await shot(page, "warnings", "exercise", 1440, "light", "zh");
}

/** One by telephone, for the town; the all-clear takes a second look. */
async function by_hand(page, shot) {
  await page.click("#side .panel button.quiet >> nth=0");
  await page.click(".enter-warning");
  await page.waitForSelector(".stacked-form");
  await axe(page, "a warning by hand");
  await page.check(".stacked-form input[value=red]");
  await page.fill(".stacked-form [name=headline]", "风暴潮红色预警");
  await page.selectOption(".stacked-form [name=area]", TOWN.code);
  await shot(page, "warnings", "form", 1440, "light", "zh");
  await page.click(".stacked-form button.primary");
  await count(page, ROW, 3);
  const row = page.locator(ROW, { hasText: "风暴潮" });
  await row.locator("button", { hasText: "解除预警" }).click();
  await page.waitForSelector("dialog[open]");
  await shot(page, "warnings", "end", 1440, "light", "zh");
  await page.click("dialog button.primary");
  await count(page, ROW, 2);
  await page.locator(".tabs button", { hasText: "已结束" }).click();
  await page.click(".warnings > summary");
  await count(page, ROW, 1);
  await page.waitForFunction((where) => document.querySelector(where)?.textContent.includes("已解除"), ROW);
  await shot(page, "warnings", "past", 1440, "light", "zh");
}

export async function warnings({ browser, target, shot }) {
  if (target.mock) return console.log("absent: a real server (the stand-in has no warnings)");
  const office = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await office.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  const make = await maker(page, target);
  for (const [account, area] of [["town", TOWN.code], ["other", OTHER]]) await make("accounts", { account, password: PASSWORD, roles: [{ role: "dispatcher", area }] });
  await city_hears(page, target, shot);
  await town_hears(browser, target, shot);
  await page.waitForFunction((where) => document.querySelector(where)?.textContent.startsWith("2 / 2"), ROW + " .offices summary");
  await not_for_another_town(browser, target);
  await exercise_from_it(page, target, shot);
  await by_hand(page, shot);
  await office.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}
