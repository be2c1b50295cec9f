// SPDX-License-Identifier: Apache-2.0
// Another engine than Chromium's tells the shortest story (story.mjs webkit|firefox): an officer alerts people in one
// window, a volunteer answers in another as wide as a telephone, the board shows it by itself; then every view, in two
// languages. Nothing goes wrong in a page, and none is wider than its window.
import { counted, finish, mailbox, makeCounty, must, Server, until } from "../fault/lib.mjs";
import { firefox } from "./firefox.mjs";
import { webkit } from "./webkit.mjs";
import { Window } from "./window.mjs";

const engine = { firefox, webkit }[process.argv[2]];

function absent(why) {
    console.log(`absent: ${engine.name}: ${why}`);
    console.log(`${engine.name}: 0 passed, 0 failed`);
    process.exit(0);
}

if (engine.missing) absent(`no ${engine.missing}`);
const county = makeCounty(2000), server = new Server(county);
const office = new Window(engine), telephone = new Window(engine);
const ok = counted();
const button = (text) => `//*[self::a or self::button][contains(normalize-space(.), "${text}")]`;
const shows = (window, text, css) => until(text, async () => (await window.text(css)).includes(text));

const SETTLED = "return document.querySelector('h1') !== null && !document.querySelector('[aria-busy=true]')";
/** The controls in view that something else lies over: whoever presses them presses that. */
const COVERED = `
    const bar = document.querySelector("header.top")?.getBoundingClientRect().bottom ?? 0;
    return [...document.querySelectorAll("a, button, input, select, textarea, summary")].flatMap((one) => {
        const box = one.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
        if (!one.checkVisibility() || x < 0 || x > innerWidth || y > innerHeight || (y < bar && !one.closest("header.top"))) return [];
        const hit = document.elementFromPoint(x, y);
        return !hit || one.contains(hit) || hit.closest("label")?.contains(one) ? [] : [one.textContent.trim() + " is under " + hit.tagName + " " + hit.textContent.trim().slice(0, 40)];
    })`;

async function isSound(window, what) {
    const [page, view] = await window.run("return [document.documentElement.scrollWidth, innerWidth]");
    must(page <= view, `${what} is ${page} pixels wide in a window of ${view}`);
    for (const wrong of [await window.wrong(), await window.run(COVERED)]) must(wrong.length === 0, `${what}: ${wrong.slice(0, 3).join("; ")}`);
}

async function signIn() {
    await office.go(server.url);
    await office.type("//input[@name='account']", "admin");
    await office.type("//input[@name='password']", county.passwords.admin);
    await office.click("//form//button[contains(@class, 'primary')]");
    await shows(office, "Live", "header");
    ok("the officer signs in, and the stream is open");
}

async function alertPeople() {
    await server.signIn();
    const { need } = await server.need({ lat: 30.69, lon: 121.02 }, 2);
    await office.click(button("Flood"));
    await until("a plan", async () => /Alert \d+ people/.test(await office.text("#side")));
    await isSound(office, "the plan");
    ok("the plan says how many are alerted");
    await server.callOut(need); // at any hour
    await shows(office, "0 / 2 accepted", "#side");
    ok("the board opens by itself when somebody else has alerted them");
}

async function answer() {
    const link = await until("an alert", () => mailbox(county).find(({ kind }) => kind === "alert")?.link);
    await telephone.open(430, 900);
    for (const [word, then] of [["accept", "depart"], ["depart", "arrive"], ["arrive", null]]) {
        await telephone.go(link);
        await isSound(telephone, `the page before ${word}`);
        await telephone.click(`//button[@value='${word}']`);
        if (then) await telephone.element(`//button[@value='${then}']`);
        else await until("the page says so", async () => !(await telephone.run("return !!document.querySelector(\"button[value=arrive]\")")));
        await isSound(telephone, `the page after ${word}`);
    }
    ok("a volunteer says yes, leaves and arrives");
    await shows(office, "1 / 2 accepted", "#side");
    await shows(office, "There 1", "#side");
    await isSound(office, "the board");
    ok("the board shows each of it by itself");
}

/** The views that are reached from others, by their addresses. */
async function furtherViews() {
    for (const path of ["handover", "courses", "hours", "applicants", "desks", "statistics"]) {
        await office.go(`${server.url}/${path}`);
        await until(path, () => office.run(SETTLED));
        await isSound(office, path);
    }
}

/** Every view by its button, in the language that is on. */
async function views(names) {
    for (const name of names) {
        await office.click(`//header${button(name)}`);
        await until(name, () => office.run(SETTLED));
        await isSound(office, name);
    }
}

await office.open(1280, 800).catch((error) => absent(`does not start here: ${error.message}`));
let failure = null;
try {
    await server.start();
    await signIn();
    await alertPeople();
    await answer();
    await views(["Incidents", "People", "Mailbox", "Circle", "Readiness", "Drill"]);
    await office.click("//header//button[contains(@class, 'language')]");
    await views(["事件", "人员", "信箱", "服务圈", "应急准备", "推演"]);
    ok("every view, in two languages");
    await furtherViews();
    ok("the views behind them");
} catch (error) {
    failure = error;
}
await office.close();
await telephone.close();
await server.stop();
finish(engine.name, ok.count, failure, county);
