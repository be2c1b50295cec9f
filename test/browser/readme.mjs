// SPDX-License-Identifier: Apache-2.0
// readme.mjs: the pictures of README.md and README.zh.md, from the demo county as it runs. A
// flood in the county town, six people with first aid; the picture is of the minute in which
// they answer.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { call_out } from "./life.mjs";
import { start_target, TOP } from "./target.mjs";

const VIEW = { width: 1440, height: 900 };
const ON_THE_WAY = 3; // the picture shows people under way

async function picture(browser, locale, name) {
  const target = await start_target("--simulate");
  try {
    const page = await (await browser.newContext({ viewport: VIEW, locale })).newPage();
    await call_out(page, target, { count: 6 });
    await page.waitForFunction((wanted) => document.querySelectorAll("#side .state.accent").length > wanted, ON_THE_WAY, { timeout: 300000 });
    await page.mouse.move(0, 0);
    await page.waitForTimeout(1500); // the map comes to rest
    await page.screenshot({ path: join(TOP, "docs/pictures", name) });
  } finally {
    await target.stop();
  }
}

mkdirSync(join(TOP, "docs/pictures"), { recursive: true });
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--enable-unsafe-swiftshader"] });
await picture(browser, "en-GB", "console.png");
await picture(browser, "zh-CN", "console.zh.png");
await browser.close();
