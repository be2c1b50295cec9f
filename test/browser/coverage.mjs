// SPDX-License-Identifier: Apache-2.0
// Quiet time: the planner asks what all sites cover together, sees which villages are left
// out, and where a new site would help most; every figure is the one that the server gave.
import { axe } from "./axe.mjs";
import { tab_to } from "./keyboard.mjs";
import { sign_in, watch } from "./life.mjs";

const CHOICES = { direction: 0, mode: 1, minutes: 2, area: 3, propose: 4 };

/** Does WORK, which asks anew; gives what the server answered, once that is in view. */
async function asks(page, work) {
  const answered = page.waitForResponse((one) => one.url().includes("/api/v1/coverage?"));
  await work();
  const response = await answered;
  await page.waitForSelector("#side .coverage-head:not(.waiting), #side .empty");
  return { query: new URL(response.url()).searchParams, ...(await response.json()) };
}
const choose = (page, what, value) => asks(page, () => page.selectOption(".circle-choice select >> nth=" + CHOICES[what], value));

async function has(locator, ...wanted) {
  const text = await locator.innerText();
  for (const one of wanted) if (!text.includes(one)) throw new Error(one + " is missing: " + text);
}
function same(what, one, other) {
  if (JSON.stringify(one) !== JSON.stringify(other)) throw new Error(what + ": " + JSON.stringify(one) + ", not " + JSON.stringify(other));
}
/** The first column of a table; every row of it, if it has a button for them. */
async function names_in(part) {
  const all = part.locator("button[aria-expanded=false]");
  if (await all.count()) await all.click();
  return part.locator("tbody th").allTextContents();
}
const part_of = (page, title) => page.locator("section[aria-labelledby=" + title + "]");
const share = ({ covered, total }) => Math.floor((1000 * covered) / total) / 10 + " %";
const uncovered = (answer) => answer.places.filter((one) => one.seconds === undefined).map((one) => one.name);

/** The figure, the households behind it, and how many marks of each kind there are. */
async function figures(page, answer) {
  const { villages, households } = answer;
  await has(page.locator(".coverage-head"), share(villages), `${villages.total} 个村社中 ${villages.covered} 个 ${answer.minutes} 分钟内可到`, share(households));
  await has(page.locator(".coverage-legend"), "已覆盖 " + villages.covered, "未覆盖 " + (villages.total - villages.covered), "站点 " + answer.sites.length);
}

/** What stands in the tables is what the map shows, by names and kinds of marks. */
async function marks(page, answer) {
  await page.waitForFunction(() => window.muster_map?.loaded(), null, { timeout: 60000 });
  const drawn = await page.evaluate(async () => {
    const { features } = await window.muster_map.getSource("places").getData();
    return features.map(({ properties }) => [properties.icon, properties.label]);
  });
  const of = (icon) => drawn.filter(([one]) => one === icon).map(([, label]) => label);
  same("villages that are not covered", of("v-uncovered"), await names_in(part_of(page, "uncovered-title")));
  same("covered marks", of("v-covered").length, answer.villages.covered);
  same("proposed marks", drawn.filter(([icon]) => /^v-proposed/.test(icon)), answer.proposed.map((one, i) => ["v-proposed" + (i + 1), one.name]));
  const images = [...new Set(drawn.map(([icon]) => icon))];
  same("marks without an image", await page.evaluate((all) => all.filter((one) => !window.muster_map.hasImage(one)), images), []);
}

async function proposals(page, shot) {
  await choose(page, "minutes", "5");
  const two = await choose(page, "propose", "2");
  if (two.proposed.length !== 2) throw new Error("not two are proposed");
  const part = part_of(page, "proposed-title");
  for (const one of two.proposed) await has(part, `若在 ${one.name} 增设，再覆盖 ${one.villages} 个村社`);
  await has(part, `增设 2 处后，${two.villages.total} 个村社中 ${two.after.villages} 个 5 分钟内覆盖`, `共 ${two.after.households.toLocaleString("en")} 户`, "没有别的选法覆盖更多户数。");
  await has(page.locator(".coverage-legend"), "建议增设 2");
  await marks(page, two);
  await shot(page, "coverage-story", "proposed", 1280, "light", "zh");
  await axe(page, "coverage proposed");
  const three = await choose(page, "propose", "3");
  await has(part, `最多还能再多 ${three.bound.villages - three.after.villages} 个，未证明`);
  await choose(page, "mode", "foot");
  await choose(page, "minutes", "60");
  await choose(page, "mode", "car");
  await has(part, "也不会多覆盖一个村社");
  await has(part_of(page, "uncovered-title"), "全部村社都已覆盖");
  await choose(page, "propose", "0");
  same("proposals that nobody asked for", await part.count(), 0);
}

/** Kinds by the keyboard alone: one, two, and all again. */
async function kinds(page) {
  await choose(page, "minutes", "10");
  const press = (text) => asks(page, async () => {
    await tab_to(page, "fieldset button[data-kind='" + text + "']");
    await page.keyboard.press("Enter");
  });
  same("the first kind", (await press("shelter")).query.get("kind"), "shelter");
  const both = await press("aed");
  same("both kinds", both.query.get("kind"), "aed,shelter");
  same("the sites in the table", (await names_in(part_of(page, "sites-title"))).sort(), both.sites.map((one) => one.name + " " + { aed: "AED", shelter: "避难场所" }[one.kind]).sort());
  same("every kind", (await press("")).query.get("kind"), null);
}

/** Another direction has another sentence; a town counts its own villages and the camera goes there. */
async function elsewhere(page) {
  const to = await choose(page, "direction", "to");
  await has(page.locator(".coverage-head"), `${to.villages.total} 个村社中 ${to.villages.covered} 个 10 分钟内能到站点`);
  const zoom = () => page.evaluate(() => window.muster_map.getZoom());
  const before = await zoom(), town = await choose(page, "area", "xindai");
  same("villages of the town", town.villages.total, 5);
  await page.waitForFunction((wide) => window.muster_map.getZoom() > wide + 0.5 && !window.muster_map.isMoving(), before);
  await marks(page, town);
}

/** News of the instance, as of a road that is closed: it is counted again, and the camera stays. */
async function news(page, target) {
  const moved = () => page.evaluate(() => (window.muster_map.jumpTo({ center: [121.1, 30.68] }), window.muster_map.getCenter().toArray()));
  const centre = await moved();
  await asks(page, () => page.request.post(target.url + "/api/v1/findings", { data: { title: "桥面积水", area: "root" } }));
  await page.waitForTimeout(500);
  same("the camera", await page.evaluate(() => window.muster_map.getCenter().toArray()), centre);
}

async function in_english(page) {
  await page.click(".language");
  await has(page.locator(".coverage-head"), "of 5 villages");
  await has(page.locator("#side"), "Villages not covered", "What each site covers", "One place", "All sites");
  await page.click(".language");
}

/** What was asked is still there on the way back; each tab has its own marks on the map. */
async function there_and_back(page) {
  await page.click("#side .tabs button >> nth=0");
  await page.fill("input[list^=places]", "30.70, 121.02");
  await page.press("input[list^=places]", "Enter");
  await page.waitForSelector("#side tbody tr");
  await asks(page, () => page.click("#side .tabs button >> nth=1"));
  same("the area asked about", await page.inputValue(".circle-choice select >> nth=" + CHOICES.area), "xindai");
  await page.click("#side .tabs button >> nth=0");
  await page.waitForSelector("#side tbody tr");
}

/** What to do first, where nothing was imported. */
async function empty(page, target, shot) {
  const without = (change) => page.route("**/api/v1/coverage?*", async (route) => {
    const json = await (await route.fetch()).json();
    change(json);
    await route.fulfill({ json });
  });
  for (const [name, change, wanted] of [
    ["no-sites", (one) => Object.assign(one, { sites: [], villages: { ...one.villages, covered: 0 }, places: one.places.map(({ code, name, at }) => ({ code, name, at })) }), "muster import sites"],
    ["no-villages", (one) => Object.assign(one, { places: [], villages: { total: 0, covered: 0 } }), "muster import areas"],
  ]) {
    await without(change);
    await page.goto(target.url + "/circle");
    await asks(page, () => page.click("#side .tabs button >> nth=1"));
    await has(page.locator("#side .empty"), wanted);
    await shot(page, "coverage-story", name, 1280, "light", "zh");
    await page.unrouteAll({ behavior: "wait" });
  }
}

/** The page of all sites together, by the keyboard; what the server said first. */
async function opened({ browser, target }, tell) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: "zh-CN", reducedMotion: "reduce" });
  const page = await context.newPage();
  const wrong = watch(page, target);
  await sign_in(page, target);
  await page.click(".ways a[href='/circle']");
  await page.waitForSelector("#circle-title");
  await tab_to(page, "#side .tabs button[aria-pressed=false]");
  await tell(page, await asks(page, () => page.keyboard.press("Enter")));
  await context.close();
  if (wrong.length) throw new Error(wrong.join("\n"));
}

async function all_of_it(page, first, target, shot) {
  await figures(page, first);
  await marks(page, first);
  await page.click(".coverage-reached summary");
  same("villages that are covered", (await names_in(page.locator(".coverage-reached"))).length, first.villages.covered);
  await shot(page, "coverage-story", "covered", 1280, "light", "zh");
  await axe(page, "coverage");
  await proposals(page, shot);
  await kinds(page);
  await elsewhere(page);
  await news(page, target);
  await in_english(page);
  await there_and_back(page);
  await empty(page, target, shot);
}
export const coverage = (run) => opened(run, (page, first) => all_of_it(page, first, run.target, run.shot));

/** A whole county on a real server: the nine childcare sites, and where three more would help most. */
async function of_a_county(page, first, shot) {
  same("villages", first.villages.total, 136);
  await figures(page, first);
  await asks(page, () => page.click("fieldset button[data-kind=childcare]"));
  await choose(page, "direction", "to");
  await choose(page, "mode", "bike");
  const three = await choose(page, "propose", "3");
  same("sites", three.sites.length, 9);
  await has(page.locator(".coverage-head"), share(three.villages), share(three.households));
  for (const one of three.proposed) await has(part_of(page, "proposed-title"), `若在 ${one.name} 增设，再覆盖 ${one.villages} 个村社`);
  await has(part_of(page, "proposed-title"), "增设 3 处后，136 个村社中 " + three.after.villages + " 个", "没有别的选法覆盖更多户数。");
  await marks(page, three);
  await shot(page, "coverage-story", "county", 1280, "light", "zh");
}
export const coverage_of_a_county = (run) => opened(run, (page, first) => of_a_county(page, first, run.shot));

/** In one look; SEE makes the picture and the checks. */
export async function coverage_screens(page, see) {
  await page.click("#side .tabs button >> nth=1");
  await page.waitForSelector(".coverage-head");
  await see("coverage", "covered");
  await page.selectOption(".circle-choice select >> nth=" + CHOICES.minutes, "5");
  await page.selectOption(".circle-choice select >> nth=" + CHOICES.propose, "2");
  await page.waitForSelector(".proposals li");
  await see("coverage", "proposed");
}
