// SPDX-License-Identifier: Apache-2.0
// What every view may use: who is signed in, the instance, its skills and areas, the way
// to another view.
import { createContext } from "preact";
import { useContext, useEffect } from "preact/hooks";

import type { AreaTree } from "./areas";
import { current_language, date_text, t } from "./i18n";
import type { NeedDraft } from "./need_form";
import type { Area, Instance, Point, Session, Site, Skill } from "./types";

export interface App {
  session: Session;
  instance: Instance;
  skills: Skill[];
  areas: Area[];
  tree: AreaTree; // of them
  sites: Site[];
  offset_ms: number; // server's clock minus ours
  go: (path: string, replaces?: boolean) => void; // REPLACES: the way back skips where one is now
  show_exercise: (shown: boolean) => void;
}
export const AppContext = createContext<App | null>(null);

/** A report asked for elsewhere ("+ report" in the header, a drill): the list of incidents
 * takes the wish when it is in view. */
export interface ReportWish {
  exercise: boolean;
  at: Point | null;
  need?: NeedDraft; // its first need
}
let report_wish: ReportWish | null = null;
export const REPORT_EVENT = "muster-report";
export function ask_report(wish: ReportWish = { exercise: false, at: null }): void {
  report_wish = wish;
  window.dispatchEvent(new Event(REPORT_EVENT));
}
export function take_report(): ReportWish | null {
  const wish = report_wish;
  report_wish = null;
  return wish;
}

export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error("no frame");
  return app;
}

/** What is in view is an exercise: the frame says so, whatever else it shows. */
export function useExercise(is_one: boolean | undefined): void {
  const { show_exercise } = useApp();
  useEffect(() => {
    show_exercise(!!is_one);
    return () => show_exercise(false);
  }, [is_one]);
}

export function can(app: App, ...roles: string[]): boolean {
  return app.session.roles.some((role) => role.role === "admin" || roles.includes(role.role));
}

/** As MAY_DRILL of the server: reports, and drills. */
export function may_drill(app: App): boolean {
  return can(app, "commander", "dispatcher", "trainer");
}

/** As MAY_DISPATCH of the server. */
export function may_dispatch(app: App): boolean {
  return can(app, "commander", "dispatcher");
}

/** As MAY_SEE_PEOPLE of the server. */
export function may_see_people(app: App): boolean {
  return can(app, "commander", "dispatcher", "trainer", "auditor");
}

/** One of ROLES, or an administrator's, over the whole instance. */
function can_everywhere(app: App, ...roles: string[]): boolean {
  return app.session.roles.some((one) => one.area === app.instance.root_area && (one.role === "admin" || roles.includes(one.role)));
}
/** A file may hold people of every area. */
export function may_import_people(app: App): boolean {
  return can_everywhere(app, "trainer");
}
/** As the record of an incident: everybody but viewers; who only audits writes nothing. */
export function may_see_record(app: App): boolean {
  return can(app, "commander", "dispatcher", "verifier", "trainer", "auditor");
}
export function may_note_findings(app: App): boolean {
  return can(app, "commander", "dispatcher", "verifier", "trainer");
}
/** The targets hold for the whole county: its commander and its administrator set them. */
export function may_set_targets(app: App): boolean {
  return can_everywhere(app, "commander");
}

/** MONTHS from today, as a day. */
export function day_in_months(app: App, months: number): string {
  const day = new Date(date_text(Date.now() + app.offset_ms)); // midnight of UTC, whose day is the county's
  day.setUTCMonth(day.getUTCMonth() + months);
  return day.toISOString().slice(0, 10);
}

/** HOURS from now by the server's clock, as it takes a time. */
export function in_hours(app: App, hours: number): string {
  return new Date(Date.now() + app.offset_ms + hours * 3600e3).toISOString().replace(/\.\d+/, "");
}

/** The place by the name of the nearest village or town, as the crow flies; "" far away. */
const NEAR_M = 5000, NEAR_LEVELS = new Set(["town", "village"]);
export function near_name(app: App, at: Point): string {
  let best = NEAR_M, name = "";
  for (const area of app.areas) {
    if (!area.at || !NEAR_LEVELS.has(area.level)) continue;
    const m = Math.hypot((area.at.lat - at.lat) * 111200, (area.at.lon - at.lon) * 111200 * Math.cos((at.lat * Math.PI) / 180));
    if (m < best) [best, name] = [m, area.name];
  }
  return name;
}
export function place_text(app: App, at: Point): string {
  const name = near_name(app, at), numbers = at.lat.toFixed(5) + ", " + at.lon.toFixed(5);
  return name ? t("place.near", { name }) + " (" + numbers + ")" : numbers;
}

export function skill_name(app: App, code: string): string {
  const skill = app.skills.find((one) => one.code === code);
  return skill ? (current_language() === "zh" ? skill.zh : skill.en) : code;
}
export function skills_text(app: App, codes: string[] | undefined): string {
  if (!codes?.length) return t("anybody");
  return codes.map((code) => skill_name(app, code)).join(current_language() === "zh" ? "、" : ", ");
}

/** Who is wanted: so many with these skills, and so many with those. */
export function lines_text(app: App, lines: { count: number; skills: string[] }[], and = " + "): string {
  return lines.map((line) => t("need.of_line", { n: line.count, skills: skills_text(app, line.skills) })).join(and);
}
