// SPDX-License-Identifier: Apache-2.0
// A session and its end: what was on the screen stays, and goes on with the next one.
import { make_checker, sign_in, without_map } from "./life.mjs";
import { maker } from "./made.mjs";

async function open_page(browser) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: "zh-CN" });
  await without_map(context);
  return context.newPage();
}

/** The server knows it no more; nothing is pressed. */
async function end_session(page, target) {
  const { csrf } = await (await page.request.get(target.url + "/api/v1/sessions/current")).json();
  const ended = await page.request.delete(target.url + "/api/v1/sessions/current", { headers: { "X-Muster-Csrf": csrf } });
  if (!ended.ok()) throw new Error("sign out: " + ended.status());
}

async function sign_in_again(page, { account, password }) {
  await page.fill("dialog [name=account]", account);
  await page.fill("dialog [name=password]", password);
  await page.click("dialog button.primary");
}

const focused = (page, selector) => page.waitForFunction((wanted) => document.activeElement?.matches(wanted), selector, { timeout: 5000 });

/** A half filled form outlives the session; another account begins anew. */
export async function session_ends({ browser, target, shot }) {
  if (target.mock) return; // it asks for no session
  const page = await open_page(browser);
  await sign_in(page, target);
  const incident = await (await maker(page, target))("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } });
  await page.click(".chip[href='/incidents/" + incident + "']");
  await page.fill("form.panel .count input", "7");
  await page.reload(); // a slip of the hand
  await page.waitForFunction(() => document.querySelector("form.panel .count input")?.value === "7");
  await end_session(page, target);
  await page.click("form.panel button.primary");
  await page.waitForSelector("dialog #over-title");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await focused(page, "dialog [name=password]");
  await shot(page, "session", "ended", 1280, "light", "zh");
  await sign_in_again(page, target);
  await page.waitForSelector("dialog", { state: "detached" });
  if ((await page.inputValue("form.panel .count input")) !== "7") throw new Error("the form is empty");
  await page.waitForSelector(".link.live");
  await page.click("form.panel button.primary");
  await page.check(".plan .lifts input");
  await page.fill(".plan .lifts .field input", "河水漫堤");
  await page.reload();
  await page.waitForFunction(() => document.querySelector(".plan .lifts .field input")?.value === "河水漫堤");
  const read = async () => (await page.request.get(target.url + "/api/v1/incidents/" + incident)).json();
  if ((await read()).needs.map((need) => need.lines[0].count).join() !== "7") throw new Error("not as it was filled in");

  await end_session(page, target); // and nothing is pressed
  await page.waitForSelector("dialog #over-title");
  await page.click("dialog .quiet");
  if ((await page.locator("#over-title").innerText()) !== "Your session has ended") throw new Error("not in the other language");
  const checker = await make_checker(page, target);
  await sign_in_again(page, checker);
  await page.waitForFunction((account) => document.querySelector(".account > summary")?.textContent === account, checker.account);
  if (await page.evaluate(() => Object.keys(sessionStorage).some((key) => key.startsWith("muster-kept ")))) throw new Error("what another account filled in is kept");
  if (await page.locator("dialog").count()) throw new Error("the dialog is still there");
  await page.context().close();
}

/** Whoever types too many wrong passwords is told how long to wait. */
export async function too_many_tries({ browser, target, shot }) {
  if (target.mock) return; // it takes any password
  const page = await open_page(browser);
  await page.goto(target.url + "/");
  await page.fill("[name=account]", "nobody of the stories");
  await page.fill("[name=password]", "a wrong password");
  const told = page.locator(".trouble");
  for (let tries = 0; tries < 9; tries++) {
    const answer = page.waitForResponse(/\/sessions$/);
    await page.click("form button.primary");
    if ((await answer).status() === 429) break;
    await page.waitForSelector("form button.primary:not(:disabled)");
  }
  await page.waitForFunction(() => /请过 \d+ 秒再试/.test(document.querySelector(".trouble")?.textContent));
  if (/too many/.test(await told.innerText())) throw new Error("told in another language: " + (await told.innerText()));
  await shot(page, "session", "too-fast", 1280, "light", "zh");
  await page.click(".login .quiet");
  await page.waitForFunction(() => /Try again in \d+ second/.test(document.querySelector(".trouble")?.textContent));
  await page.context().close();
}

/** The keyboard is in the view after the login, and when a form takes the place of the button that opened it. */
export async function the_keyboard_comes_along({ browser, target }) {
  const page = await open_page(browser);
  await page.goto(target.url + "/");
  await page.fill("[name=account]", target.account);
  await page.fill("[name=password]", target.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#incidents-title");
  await focused(page, "#side");
  await page.focus("#side button.primary");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#report-title");
  await focused(page, "#side");
  await page.context().close();
}

/** On a slow line the page says that it opens; the list is there before the map, which comes though it was lost once. */
export async function a_slow_line({ browser, target }) {
  const page = await open_page(browser);
  let go_on, tries = 0;
  const held = new Promise((done) => (go_on = done));
  await page.route("**/assets/app.js", async (route) => (await page.waitForSelector(".opening:visible"), route.continue()));
  await page.route("**/assets/map.js", async (route) => {
    if (!tries++) return route.abort("connectionreset");
    await held;
    return route.continue();
  });
  await page.goto(target.url + "/");
  await page.fill("[name=account]", target.account);
  await page.fill("[name=password]", target.password);
  await page.keyboard.press("Enter");
  await page.waitForSelector("#incidents-title");
  await page.waitForSelector(".map >> text=正在画地图");
  if (await page.locator(".opening").count()) throw new Error("the page still says that it opens");
  go_on();
  await page.waitForSelector(".map-canvas", { timeout: 10000 });
  if (tries < 2) throw new Error("the map was asked for " + tries + " times");
  await page.context().close();
}
