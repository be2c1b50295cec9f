// SPDX-License-Identifier: Apache-2.0
// A response tried out: the place, the hour, who is needed; what it came to; the same done
// as an exercise. And what the page says when it cannot be played.
import { axe } from "./axe.mjs";
import { sign_in, watch } from "./life.mjs";

const LOOKS = [
  { width: 1440, height: 900, theme: "light", lang: "zh" },
  { width: 1440, height: 900, theme: "dark", lang: "en" },
  { width: 360, height: 780, theme: "light", lang: "en" },
  { width: 360, height: 780, theme: "dark", lang: "zh" },
];
const PLAY = ".drill-form button.primary";

async function no_wider(page, where) {
  const [wide, window_] = await page.evaluate(() => [document.documentElement.scrollWidth, window.innerWidth]);
  if (wide > window_) throw new Error(where + " is " + wide + " wide in a window of " + window_);
}

async function to_form(page, target) {
  await sign_in(page, target, target.mock ? "train" : target.account);
  await page.click(".ways a[href='/drill']");
  await page.waitForSelector("#drill-title");
  if (!(await page.locator(PLAY).isDisabled())) throw new Error("it can be played without a place");
  if (!(await page.locator(".notices .exercise.hatched").isVisible())) throw new Error("the page does not say that it is not real");
}

async function ask(page) {
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.selectOption("select[name=day]", "2");
  await page.selectOption("select[name=hour]", "14");
  await page.fill(".count input", "2");
  await page.fill(".drill-form input[type=range]", "25");
}

/** Every rule has its row, ours the first; the sentence says the same figures as the rows. */
async function look_at_result(page) {
  await page.waitForSelector(".drill-result .policies", { timeout: 60000 });
  const rows = page.locator(".policies tbody");
  if ((await rows.count()) !== 5) throw new Error((await rows.count()) + " policies in place of five");
  if (!(await rows.first().getAttribute("class"))?.includes("ours")) throw new Error("ours is not the first");
  const says = await page.locator(".says").innerText(), ours = await rows.first().innerText();
  const share = /(\d+)\/100/.exec(ours)[1];
  if (!new RegExp("\\b" + share + "\\b").test(says)) throw new Error("the sentence says something else than the row: " + says + " / " + ours);
  if (!/多 1 人答应就先停下|one more yes than it wants/.test(await page.locator(".drill-result").innerText())) throw new Error("nobody is told when the rules stop asking");
  if (!(await page.locator(".drill-result .tag.hatched").isVisible())) throw new Error("the result is not marked as played");
  const [low, high] = /(\d+)\D+(\d+)\D*$/.exec(await page.locator(".played svg").first().getAttribute("aria-label")).slice(1).map(Number);
  if (!(low <= Number(share) && Number(share) <= high)) throw new Error("the interval " + low + "-" + high + " does not hold " + share);
}

export async function play_a_drill({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await to_form(page, target);
  await ask(page);
  const sent = page.waitForRequest((request) => request.url().endsWith("/api/v1/drills"));
  await page.click(PLAY);
  const body = (await sent).postDataJSON();
  const when = new Date(body.when);
  if (when.getUTCDay() !== 3 || when.getUTCHours() !== 6) throw new Error("Wednesday, 14:00 in the county was sent as " + body.when);
  if (body.lines.length !== 1 || body.lines[0].count !== 2) throw new Error("other lines were sent: " + JSON.stringify(body));
  await look_at_result(page);
  await shot(page, "drill", "story", 1440, "light", "zh");
  await page.click(".as-exercise");
  await page.waitForSelector(".kinds");
  if (!(await page.locator(".panel > .check input").isChecked())) throw new Error("the report is not one of an exercise");
  if (!(await page.locator("#side .lead").first().innerText()).includes("30.70000")) throw new Error("the place is lost");
  await page.click(".kinds button >> nth=0");
  await page.waitForURL(/\/incidents\/\d+$/);
  await page.waitForSelector(".notices .exercise.hatched"); // else it became a real incident
  await page.waitForSelector("form.panel .count input");
  const [wanted, minutes] = [await page.inputValue(".count input"), await page.inputValue("form.panel input[type=range]")];
  if (wanted !== "2" || minutes !== "25") throw new Error("what was played is not what is asked for: " + wanted + " in " + minutes + " minutes");
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

/** Of four rules one is ahead by luck: only what is beyond doubt for all together is called better. */
async function not_by_luck(page) {
  for (const [low, is_better] of [[0.005, false], [0.02, true]]) {
    await page.route("**/api/v1/drills", async (route) => {
      const response = await route.fetch(), drill = await response.json();
      Object.assign(drill.policies[1], { minus_ours: { filled: { value: 0.05, low, high: 0.1 - low }, alerts: { value: -1, low: -2, high: 0 } } });
      await route.fulfill({ response, json: drill });
    }, { times: 1 });
    await page.click(PLAY);
    await page.waitForSelector(".drill-result .says");
    const says = await page.locator(".says").innerText();
    if (says.includes("最近的") !== is_better) throw new Error("5 of 100 ahead, at least " + 100 * low + ": " + says);
    await page.fill(".count input", is_better ? "2" : "3");
  }
}

/** Somebody else plays; it takes too long; nobody has the skill; it is stopped;
 *  there was time for a few runs only. */
export async function drill_trouble({ browser, target, shot }) {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, locale: "zh-CN" });
  const page = await context.newPage();
  await to_form(page, target);
  await ask(page);
  const answers = [
    [503, { detail: "another drill is being played: one at a time" }, "一次只能演一个"],
    [503, { detail: "the drill was not done in 30 s: try again when the machine is less busy, or play it with `muster drill` on the command line" }, "muster drill"],
    [503, { detail: "the process that played the drill was ended from outside" }, "被外部结束"],
    [422, { detail: "the request is not as it should be", errors: [{ pointer: "/lines/0/skills", detail: "nobody has all of these skills" }] }, "没有人同时具备"],
  ];
  for (const [status, body, words] of answers) {
    await page.route("**/api/v1/drills", (route) => route.fulfill({ status, json: { title: "No", status, ...body } }), { times: 1 });
    await page.click(PLAY);
    await page.waitForFunction((text) => document.querySelector("#side .trouble")?.textContent.includes(text), words);
    if ((await page.locator("#side .trouble").innerText()).includes("磁盘")) throw new Error("it sends people to the disk of a server that is well");
  }
  await shot(page, "drill", "nobody", 360, "light", "zh");
  await page.route("**/api/v1/drills", async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, json: { ...(await response.json()), runs: 37 } });
  }, { times: 1 });
  await page.click(PLAY);
  if (!/37/.test(await page.locator(".drill-result .fewer").innerText())) throw new Error("it does not say how few runs there were time for");
  await shot(page, "drill", "fewer", 360, "light", "zh");
  await not_by_luck(page);
  await page.route("**/api/v1/drills", () => undefined); // no answer
  await page.click(PLAY);
  await page.waitForSelector(".playing progress");
  await page.waitForTimeout(1200);
  await shot(page, "drill", "playing", 360, "light", "zh");
  await no_wider(page, "a drill that plays");
  await page.click(".playing button");
  await page.waitForSelector(PLAY);
  if (await page.locator("#side .trouble").count()) throw new Error("what was stopped is told as trouble");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await context.close();
}

/** Who may not plan exercises has no way to it. */
export async function drill_rights({ browser, target }) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB" });
  const page = await context.newPage();
  await sign_in(page, target, "check");
  if (await page.locator(".ways a[href='/drill']").count()) throw new Error("a verifier is offered drills");
  await page.goto(target.url + "/drill");
  await page.waitForSelector("#incidents-title");
  await context.close();
}

export async function drill_screens({ browser, target, shot, test }) {
  await test("a drill that cannot be played says why", () => drill_trouble({ browser, target, shot }));
  await test("drills are for those who plan exercises", () => drill_rights({ browser, target }));
  for (const look of LOOKS)
    await test(`drill ${look.width} ${look.theme} ${look.lang}`, async () => {
      const context = await browser.newContext({ viewport: { width: look.width, height: look.height }, colorScheme: look.theme, locale: look.lang === "zh" ? "zh-CN" : "en-GB" });
      const page = await context.newPage();
      const name = [look.width, look.theme, look.lang];
      await to_form(page, target);
      await page.waitForTimeout(700);
      await shot(page, "drill", "where", ...name);
      await ask(page);
      await page.click(PLAY);
      await look_at_result(page);
      await page.waitForTimeout(500);
      await shot(page, "drill", "result", ...name);
      await no_wider(page, "drill");
      if ((await page.locator("button.primary:visible").count()) > 1) throw new Error("more than one filled button");
      await axe(page, "drill result");
      await page.locator(".as-exercise").scrollIntoViewIfNeeded();
      await shot(page, "drill", "end", ...name);
      await context.close();
    });
}
