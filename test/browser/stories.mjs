// SPDX-License-Identifier: Apache-2.0
// The stories of the console, told in a browser: the whole life of an incident; every view
// in three widths, two themes, two languages; the keyboard; axe; nothing from outside.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "playwright-core";

import { accounts } from "./accounts.mjs";
import { board, board_screens } from "./board.mjs";
import { calls, desk_push } from "./calls.mjs";
import { coverage, coverage_of_a_county } from "./coverage.mjs";
import { hold_a_course } from "./courses.mjs";
import { desks } from "./desks.mjs";
import { drill_screens, play_a_drill } from "./drill.mjs";
import { forms } from "./forms.mjs";
import { texts } from "./i18n.mjs";
import { join as join_in } from "./join.mjs";
import { whole_life } from "./life.mjs";
import { lost_answers } from "./lost.mjs";
import { a_bad_end, change_of_duty, checked_while_it_runs, lent_out, many_are_out } from "./night.mjs";
import { many_incidents } from "./many.mjs";
import { start_stand_in, start_target, TOP } from "./target.mjs";
import { console_screens, volunteer_screens } from "./screens.mjs";
import { keyboard, keyboard_stays, not_by_eye_alone } from "./keyboard.mjs";
import { a_lift_stays, by_the_clock, merged_away, needs, who_looks_on } from "./needs.mjs";
import { next_wave } from "./next_wave.mjs";
import { notes } from "./notes.mjs";
import { change_a_person, import_people, why_not_asked } from "./people.mjs";
import * as province from "./province.mjs";
import { readiness } from "./readiness.mjs";
import { response } from "./response.mjs";
import { a_slow_line, session_ends, the_keyboard_comes_along, too_many_tries } from "./session.mjs";
import { a_tab_alone, many_tabs, signed_in_twice } from "./tabs.mjs";
import { trouble } from "./trouble.mjs";
import { notifications, page_left_open, report_half_written } from "./volunteer.mjs";
import { warnings } from "./warnings.mjs";

const mode = process.argv[2] ?? "story"; // one, story, views, all: run.sh
const tells_all = mode === "story" || mode === "all", looks = mode === "views" || mode === "all";
const screens = join(TOP, "build/screens");
const index_file = join(screens, "index.json");
// The views come after the stories and leave theirs in the index.
const index = mode === "views" && existsSync(index_file) ? JSON.parse(readFileSync(index_file, "utf8")) : [];
let passed = 0, failed = 0;

/** One test: a name, and work that throws when something is wrong. */
async function test(name, work) {
  const begun = Date.now();
  try {
    await work();
    passed++;
    console.log("  ok    " + name + " " + (Date.now() - begun) + " ms");
  } catch (error) {
    failed++;
    console.log("  FAIL  " + name + "\n" + String(error?.stack ?? error).split("\n").slice(0, 12).join("\n"));
  }
}

/** A picture for build/screens and its row in index.json. */
async function shot(page, view, state, width, theme, lang) {
  const file = [view, state, width, theme, lang].join("-") + ".png";
  await page.screenshot({ path: join(screens, file) });
  if (!index.some((row) => row.file === file)) index.push({ view, state, width, theme, lang, file });
}

mkdirSync(screens, { recursive: true });
if (looks)
  await test("types: the console is strict TypeScript", async () => {
    const tsc = createRequire(import.meta.url).resolve("typescript/bin/tsc");
    const done = spawnSync(process.execPath, [tsc, "-p", join(TOP, "console")], { encoding: "utf8" });
    if (done.status !== 0) throw new Error(done.stdout + done.stderr);
  });
if (mode !== "views") await test("texts: both languages have every key, and no key is idle", texts);
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--enable-unsafe-swiftshader"],
});
try {
  const on = (start) => async (story, options) => {
    const target = await start();
    try {
      await story({ browser, target, shot }, options);
    } finally {
      await target.stop();
    }
  };
  const on_target = on(start_target), on_stand_in = on(start_stand_in);
  if (mode !== "views") await test("an incident from the report to the close", () => on_target(whole_life));
  if (tells_all) {
    await test("answers that are lost", () => on_target(lost_answers));
    await test("a night that ends badly", () => on_target(a_bad_end));
    await test("reports are checked while the incident runs", () => on_target(checked_while_it_runs));
    await test("another officer takes over", () => on_target(change_of_duty));
    await test("many are out at the change of duty", () => on_target(many_are_out));
    await test("very many incidents, and a word without an end", () => on_target(many_incidents));
    await test("who lends people sees where they are", () => on_target(lent_out));
    await test("a session ends, and the page goes on with the next one", () => on_target(session_ends));
    await test("the first sight on a slow line", () => on_stand_in(a_slow_line));
    await test("too many wrong passwords", () => on_target(too_many_tries));
    await test("the keyboard comes along", () => on_target(the_keyboard_comes_along));
    await test("the keyboard stays where it is while a board changes", () => on_target(keyboard_stays));
    await test("what is seen is also said", () => on_stand_in(not_by_eye_alone));
    await test("signed in twice in one browser", () => on_target(signed_in_twice));
    await test("many tabs have one stream", () => on_target(many_tabs));
    await test("a tab that cannot share has its own", () => on_stand_in(a_tab_alone));
    await test("the next wave, at once", () => on_target(next_wave));
    await test("several needs, several dispatchers", () => on_target(needs));
    await test("a need by the clock", () => on_target(by_the_clock));
    await test("a limit that is lifted stays in the hand", () => on_target(a_lift_stays));
    await test("whoever only looks is offered nothing", () => on_target(who_looks_on));
    await test("what was merged says where it goes on", () => on_target(merged_away));
    await test("whoever is not looking is called", () => on_target(calls));
    await test("a desk is told in this browser until the sign-out", () => on_target(desk_push));
    await test("what those who come are told, before and after it changes", () => on_target(notes));
    await test("a volunteer's page that was left open", () => on_target(page_left_open));
    await test("a report half written", () => on_target(report_half_written));
    await test("notifications on a volunteer's telephone", () => on_target(notifications));
    await test("why somebody has not been asked", () => on_target(why_not_asked));
    await test("a course that somebody has passed", () => on_target(change_a_person));
    await test("a course from the plan to who passed", () => on_target(hold_a_course));
    await test("somebody joins, and somebody is declined", () => on_target(join_in));
    await test("people from a file", () => on_target(import_people));
    await test("readiness: a finding from an indicator to the second person's check, and the targets", () => on_target(readiness));
    await test("a desk is set, changed, told and removed", () => on_target(desks));
    await test("an account is added, given a new password, closed and opened", () => on_target(accounts));
    await test("a response level takes two commanders", () => on_target(response));
    await test("a warning is heard, and an exercise begun from it", () => on_target(warnings));
    await test("what all sites cover together", () => on_stand_in(coverage));
    await test("what all sites of a county cover", () => on_target(coverage_of_a_county));
    await test("the desks of a province", () => on_stand_in(province.desks_of_a_province));
    await test("who has one county of a province chooses from it", () => on_stand_in(province.pickers_of_a_county));
    await test("a search goes on until all were looked at", () => on_stand_in(province.search_goes_on));
    await test("an area is found by its name and its code", () => on_stand_in(province.found_by_name));
    await test("the response level that holds here", () => on_stand_in(province.response_level));
    await test("who may not add people is told so", () => on_stand_in(province.not_a_trainer));
    await test("the map opens on the account's own area", () => on_stand_in(province.own_area_on_the_map));
    await test("areas of one name are told apart", () => on_stand_in(province.areas_of_one_name));
    await test("any incident of a year is found", () => on_stand_in(province.incidents_of_a_year));
    await test("of forty incidents those that wait are found", () => on_stand_in(province.a_stormy_day));
    await test("one of a long list is found", () => on_stand_in(province.long_lists));
    await test("of three thousand who were asked one is found", () => on_stand_in(province.many_alerts));
    await test("a list that is cut says so", () => on_stand_in(province.list_says_where_it_ends));
    await test("three thousand marks are drawn now and then", () => on_stand_in(province.many_marks));
    await test("a county stays as simple as it was", () => on_stand_in(province.a_county_stays_simple));
    await test("a drill, and then the exercise", () => on_target(play_a_drill));
    await forms({ browser, shot, test });
    await board({ browser, shot, test });
  }
  if (looks) {
    await test("an exercise from the report to the close", () => on_target(whole_life, { exercise: true, count: 2 }));
    const target = await start_stand_in();
    const context = { browser, target, shot, test, every_look: mode === "all" };
    await console_screens(context);
    await board_screens(context);
    await drill_screens(context);
    await volunteer_screens(context);
    await keyboard(context);
    await trouble(context);
    await target.stop();
  }
} finally {
  await browser.close();
  writeFileSync(index_file, JSON.stringify(index, null, 1) + "\n");
}
console.log("browser: " + passed + " passed, " + failed + " failed");
process.exit(failed ? 1 : 0);
