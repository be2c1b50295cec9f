// SPDX-License-Identifier: Apache-2.0
// The scores of the sign-in, the list of incidents and the volunteer's page, each against
// the least we accept. The volunteer's page as a slow telephone sees it (Lighthouse's own
// throttling), the console as a desktop does. What is accepted of speed leaves room for a busy
// machine. Reports go to build/lighthouse.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch } from "chrome-launcher";
import lighthouse, { desktopConfig } from "lighthouse";

import { start_target, TOP } from "../browser/target.mjs";

const CATEGORIES = ["performance", "accessibility", "best-practices"];
const PAGES = [
  { name: "sign-in", path: () => "/", desktop: true, least: [60, 100, 95] },
  { name: "incidents", path: () => "/incidents", signed_in: true, desktop: true, least: [40, 100, 95] },
  { name: "volunteer", path: (link) => new URL(link).pathname, least: [80, 100, 95] },
];

/** An office that has just called out; the cookie of its session and one volunteer's link. */
async function call_out(target) {
  const post = async (path, body, headers = {}) => {
    const answer = await fetch(target.url + "/api/v1/" + path, { method: "POST", headers: { "Content-Type": "application/json", ...headers }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(path + ": " + answer.status + " " + (await answer.text()));
    return { cookie: answer.headers.getSetCookie?.()[0] ?? answer.headers.get("set-cookie"), ...(await answer.json()) };
  };
  const session = await post("sessions", { account: target.account, password: target.password });
  const headers = { Cookie: session.cookie.split(";")[0], "X-Muster-Csrf": session.csrf };
  const incident = await post("incidents", { kind: "flood", at: { lat: 30.7, lon: 121.02 } }, headers);
  await post("incidents/" + incident.id + "/steps", { step: "confirm" }, headers);
  const need = await post("incidents/" + incident.id + "/needs", { within_minutes: 60, lines: [{ skills: [], count: 3 }] }, headers);
  await post("needs/" + need.id + "/callouts", { lift: ["quiet", "duty", "cap"], reason: "lighthouse" }, headers);
  for (let i = 0; i < 100; i++) {
    const mailbox = await (await fetch(target.url + "/api/v1/mailbox", { headers })).json();
    if (mailbox.items.length) return { headers: { Cookie: headers.Cookie }, link: mailbox.items[0].link };
    await new Promise((wake) => setTimeout(wake, 100));
  }
  throw new Error("no message in the mailbox");
}

const folder = join(TOP, "build/lighthouse");
mkdirSync(folder, { recursive: true });
const target = await start_target();
const chrome = await launch({ chromePath: process.env.CHROMIUM ?? "/usr/bin/chromium", chromeFlags: ["--headless=new", "--no-sandbox", "--use-gl=angle", "--use-angle=swiftshader"] });
let passed = 0, failed = 0;
try {
  const { headers, link } = await call_out(target);
  for (const page of PAGES) {
    const flags = { port: chrome.port, output: "html", logLevel: "error", onlyCategories: CATEGORIES, extraHeaders: page.signed_in ? headers : undefined };
    const { lhr, report } = await lighthouse(target.url + page.path(link), flags, page.desktop ? desktopConfig : undefined);
    writeFileSync(join(folder, page.name + ".html"), report);
    const scores = CATEGORIES.map((one) => Math.round(100 * (lhr.categories[one].score ?? 0)));
    const low = scores.some((score, i) => score < page.least[i]);
    low ? failed++ : passed++;
    console.log((low ? "  FAIL  " : "  ok    ") + page.name + ": " + CATEGORIES.map((one, i) => one + " " + scores[i] + " (at least " + page.least[i] + ")").join(", "));
    if (low)
      for (const one of Object.values(lhr.audits)) if (one.score !== null && one.score < 0.9 && one.scoreDisplayMode !== "informative") console.log("        " + one.id + " " + one.score + " " + (one.displayValue ?? ""));
  }
} finally {
  await chrome.kill();
  await target.stop();
}
console.log("lighthouse: " + passed + " passed, " + failed + " failed");
process.exit(failed ? 1 : 0);
