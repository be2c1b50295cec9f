// SPDX-License-Identifier: Apache-2.0
// The whole way from the login to the plan without a mouse.
import { watch } from "./life.mjs";

export async function tab_to(page, wanted, most = 80) {
  for (let i = 0; i < most; i++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate((selector) => document.activeElement?.matches(selector) ?? false, wanted)) return;
  }
  throw new Error("the Tab key does not reach " + wanted);
}

export async function keyboard({ browser, target, test, shot }) {
  await test("keyboard: login, report, need, plan", async () => {
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
    const page = await context.newPage();
    const wrong = watch(page, target);
    await page.goto(target.url + "/");
    await page.waitForSelector("[name=account]");
    await tab_to(page, "[name=account]");
    await page.keyboard.type(target.account);
    await page.keyboard.press("Tab");
    await page.keyboard.type(target.password);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#incidents-title");
    await tab_to(page, "#side button.primary");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#report-title");
    await tab_to(page, "input[list^=places]");
    await page.keyboard.type("30.70, 121.02");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".kinds");
    await tab_to(page, ".kinds button");
    await shot(page, "report", "keyboard", 1440, "light", "zh");
    await page.keyboard.press("Enter");
    await page.waitForSelector("form.panel .count input");
    await tab_to(page, "form.panel button.primary");
    await page.keyboard.press("Enter");
    await page.waitForSelector(".headline");
    await tab_to(page, ".start button.primary");
    await context.close();
    if (wrong.length) throw new Error(wrong.join("\n"));
  });
}
