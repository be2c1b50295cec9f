// SPDX-License-Identifier: Apache-2.0
// What must not be missed at three in the morning: an alarm in whatever view, who is
// missing in which line, a server that is not heard, a disk that is full, an answer that
// was not sent.
import { sign_in, watch, without_map } from "./life.mjs";
import { start_stand_in } from "./target.mjs";

/** A running call-out, by the API: the clicks are told elsewhere. */
async function called_out(page, target) {
  await sign_in(page, target);
  const make = async (path, data) => (await (await page.request.post(target.url + "/api/v1/" + path, { data })).json()).id;
  const at = { lat: 30.7, lon: 121.02 };
  const incident = await make("incidents", { kind: "flood", at });
  const need = await make("incidents/" + incident + "/needs", { at, within_minutes: 12, lines: [{ skills: [], count: 3 }], reserve: "auto", target: 0.95 });
  await make("needs/" + need + "/callouts", {});
  await page.click(".chip");
  await page.waitForSelector(".board");
}

async function says(page, selector, ...wanted) {
  const text = await page.locator(selector).first().innerText();
  for (const one of wanted) if (!text.includes(one)) throw new Error(selector + " lacks " + one + ": " + text);
  return text;
}

/** Seats of one line are no help to another: 1 of 2 nurses and 2 of 1 drivers miss one. */
async function lines_do_not_help_each_other(page, target) {
  await page.route("**/api/v1/callouts/*", async (route) => {
    const board = await (await route.fetch()).json();
    const line = (count, accepted) => ({ skills: [], count, reserve: 1, accepted, on_scene: accepted });
    await route.fulfill({ json: { ...board, lines: [line(2, 1), line(1, 2)] } });
  });
  await page.request.post(target.url + "/api/v1" + new URL(page.url()).pathname + "/roll-calls", { data: {} }); // something changes
  await page.waitForFunction(() => document.querySelector(".stateline")?.textContent.includes("另有 1 人"));
  await says(page, ".stateline", "缺 1 人", "2 / 3");
  await page.unrouteAll({ behavior: "wait" }); // an answer under way would be handled twice
}

async function full_disk(page) {
  await page.route("**/api/v1/**/steps", (route) => route.fulfill({ status: 507, json: { title: "Insufficient Storage", status: 507, detail: "no space left" } }));
  await page.locator(".board .actions button").last().click();
  await page.click("dialog button.primary");
  await page.waitForSelector("dialog .trouble");
  await says(page, "dialog .trouble strong", "没有存下来");
  await says(page, "dialog .trouble", "管理员");
  await page.unrouteAll({ behavior: "wait" });
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => !document.querySelector("dialog"));
}

async function alarm_in_every_view(page, target, shot) {
  await page.waitForSelector(".assignments .assignment");
  await page.request.post(target.url + "/api/v1/mock/sos");
  await page.click(".ways a[href='/people']");
  await page.waitForSelector(".alarms a[href^='tel:']");
  await shot(page, "people", "alarm", 800, "light", "zh");
  if ((await page.evaluate(() => document.activeElement?.id)) !== "side") throw new Error("the keyboard did not come along to the view");
  await page.click(".alarms button");
  await page.waitForFunction(() => !document.querySelector(".alarms"));
}

async function unheard(page, context, shot) {
  await context.setOffline(true);
  await page.waitForSelector(".unheard", { timeout: 20000 });
  await says(page, ".unheard", "连不上服务器", "正在不断重试");
  await shot(page, "people", "unheard", 800, "light", "zh");
  await context.setOffline(false);
  await page.waitForFunction(() => !document.querySelector(".unheard"), null, { timeout: 20000 });
}

async function unsent(browser, target) {
  const context = await browser.newContext({ viewport: { width: 360, height: 640 }, locale: "zh-CN" });
  const page = await context.newPage();
  if ((await page.goto(target.url + "/r/pending")).ok()) {
    await context.setOffline(true);
    await page.click("button[value=accept]");
    await says(page, ".sending", "还没有送出");
    await context.setOffline(false);
    await page.route("**/healthz", (route) => route.abort()); // a line, but no server
    await page.click("button[value=accept]");
    await page.waitForFunction(() => document.querySelector(".sending")?.textContent.includes("还没有送出"));
    if (!page.url().endsWith("/r/pending")) throw new Error("the page is gone: " + page.url());
    await page.unroute("**/healthz");
    const sent = page.waitForRequest((request) => request.method() === "POST" && request.postData()?.includes("answer=accept"));
    await page.click("button[value=accept]");
    await sent;
    await page.waitForURL(/assigned$/);
  }
  await context.close();
}

export async function trouble({ browser, test, shot }) {
  await test("trouble: alarm, lines, full disk, no line", async () => {
    const target = await start_stand_in();
    const context = await browser.newContext({ viewport: { width: 800, height: 500 }, locale: "zh-CN" });
    const page = await context.newPage();
    const wrong = watch(page, target);
    await without_map(page);
    await called_out(page, target);
    await lines_do_not_help_each_other(page, target);
    await full_disk(page);
    await alarm_in_every_view(page, target, shot);
    await unheard(page, context, shot);
    await unsent(browser, target);
    await context.close();
    await target.stop();
    if (wrong.length) throw new Error(wrong.join("\n"));
  });
}
