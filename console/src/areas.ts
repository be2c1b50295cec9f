// SPDX-License-Identifier: Apache-2.0
// The tree of areas: the way down to one, what lies within it, where the account acts.
import type { App } from "./app";
import { t } from "./i18n";
import type { Area, Point } from "./types";

/** The code of the topmost area, and its name as long as nobody gave it one. */
const ROOT = "root";
/** How an area called NAME is called on the screen. */
export function area_text(name: string): string {
  return name === ROOT ? t("area.whole") : name;
}

/** Of every answer of the server, as JSON.parse calls it: the root without a name of its own has
 * one in the language of the moment it is read. */
export function name_root(_key: string, value: unknown): unknown {
  const area = value as { code?: unknown; name?: unknown } | null;
  if (area && area.code === ROOT && area.name === ROOT) Object.defineProperty(area, "name", { get: () => area_text(ROOT), enumerable: true });
  return value;
}

/** The areas by their code, and below which other they lie; made once, where they are read. */
export interface AreaTree {
  by_code: Map<string, Area>;
  below: Map<string, Area[]>; // by the code above; TOP: what lies below none
  levels: number; // without a root above one city alone
  shared: Set<string>; // names that several have
}
const TOP = ""; // no area has this code
export function area_tree(areas: Area[]): AreaTree {
  const by_code = new Map(areas.map((one) => [one.code, one])), below = new Map<string, Area[]>();
  const names = new Set<string>(), shared = new Set<string>();
  for (const one of areas) {
    if (names.has(one.name)) shared.add(one.name);
    names.add(one.name);
    const above = one.parent && one.parent !== one.code && by_code.has(one.parent) ? one.parent : TOP, beside = below.get(above);
    if (beside) beside.push(one);
    else below.set(above, [one]);
  }
  let levels = 1;
  for (let level = below.get(TOP) ?? []; level.length; level = level.flatMap((one) => below.get(one.code) ?? [])) if (level.length > 1) levels++;
  return { by_code, below, levels, shared };
}

function find(app: App, code: string | null | undefined): Area | undefined {
  return code ? app.tree.by_code.get(code) : undefined;
}

/** The name of the area with CODE; the code if it is not known. */
export function area_name(app: App, code: string): string {
  return find(app, code)?.name ?? code;
}

const LEVELS_PLAIN = 3; // city, towns, villages
/** The name of the area with CODE, and of what lies above it where the name alone does not tell which it is. */
export function area_label(app: App, code: string, name = area_name(app, code)): string {
  const { levels, shared } = app.tree;
  return levels > LEVELS_PLAIN || shared.has(name) ? [name, ...names_above(app, code)].join(" · ") : name;
}

const ABOVE_MAX = 2;
/** What lies above an area, the nearest first, but not what is above all; a second one for whom
 * the first does not tell it: each county of a province has a town of the same name. */
export function names_above(app: App, code: string): string[] {
  const names: string[] = [], top = within_single(app, app.instance.root_area);
  for (const one of area_path(app, code).slice(0, -1).reverse()) {
    if (!one.parent || one.code === top || names.length === ABOVE_MAX) break;
    if (names.length && !holds(app, one.parent, EVERY_ROLE)) break;
    names.push(one.name);
  }
  return names;
}

/** Where the readiness of an area is shown. */
export function readiness_link(code: string): string {
  return "/readiness/" + encodeURIComponent(code);
}

/** Where what a time came to there is shown; "" = the highest that the account sees. */
export function statistics_link(code: string): string {
  return code ? "/statistics/" + encodeURIComponent(code) : "/statistics";
}

/** From the root down to CODE; empty if there is no such area. */
export function area_path(app: App, code: string | null | undefined): Area[] {
  const path: Area[] = [];
  for (let one = find(app, code); one && !path.includes(one); one = find(app, one.parent)) path.unshift(one);
  return path;
}

/** Which roles count. */
type Counts = (role: string) => boolean;
export const EVERY_ROLE: Counts = () => true;
/** Any but a viewer's. */
export const ACTS: Counts = (role) => role !== "viewer";
/** As MAY_DISPATCH of the server. */
export const DISPATCHES: Counts = (role) => role === "admin" || role === "commander" || role === "dispatcher";
/** As MAY_COMMAND of the server. */
export const COMMANDS: Counts = (role) => role === "admin" || role === "commander";
/** As MAY_ADMIN of the server. */
export const ADMINISTERS: Counts = (role) => role === "admin";
/** As MAY_TRAIN of the server. */
export const TRAINS: Counts = (role) => role === "admin" || role === "trainer";
/** As MAY_SEE_PEOPLE of the server. */
export const SEES_PEOPLE: Counts = (role) => role !== "viewer" && role !== "verifier";

/** Where the account itself has such a role. */
function held_at(app: App, counts: Counts): Set<string> {
  return new Set(app.session.roles.filter((one) => counts(one.role)).map((one) => one.area));
}
/** Whether one of the account's roles holds there, of those that count. */
function holds(app: App, code: string, counts: Counts): boolean {
  const held = held_at(app, counts);
  return held.has(code) || area_path(app, code).some((one) => held.has(one.code));
}
export function reaches(app: App, code: string): boolean {
  return holds(app, code, ACTS);
}
export function may_command(app: App, code: string): boolean {
  return holds(app, code, COMMANDS);
}
export function may_dispatch_at(app: App, code: string): boolean {
  return holds(app, code, DISPATCHES);
}

/** An area to choose; one that may NOT be chosen is only on the way to those below it. */
export interface Choice {
  area: Area;
  depth: number; // below the one where the role is held
  not?: boolean;
}
/** Where the account has a role that counts: each area before those that lie within it; AROUND
 * a code only the way down to it and what lies within. */
export function area_choices(app: App, counts: Counts, around?: string): Choice[] {
  const held = held_at(app, counts), path = around ? new Set(area_path(app, around)) : null, choices: Choice[] = [];
  const walk = (area: Area, depth: number, is_held: boolean, is_within: boolean): void => {
    if (!is_within && !path!.has(area)) return;
    const here = is_held || held.has(area.code);
    if (here) choices.push({ area, depth });
    for (const one of app.tree.below.get(area.code) ?? []) walk(one, here ? depth + 1 : 0, here, is_within || area.code === around);
  };
  for (const one of app.tree.below.get(TOP) ?? []) walk(one, 0, false, !path);
  return choices;
}
/** The towns and what lies above them; the villages only where there is nothing else to choose. */
export function without_villages(choices: Choice[]): Choice[] {
  const towns = choices.filter((one) => one.area.level !== "village");
  return towns.length > 1 ? towns : choices;
}

/** The code of the area in which all CHOICES lie; "" if there are several such. */
export function top_choice(choices: Choice[]): string {
  return choices.filter((one) => !one.depth).length === 1 ? choices[0]!.area.code : "";
}

/** Where the account's areas and all below them lie; empty if it has the whole. */
export function own_points(app: App): Point[] {
  if (held_at(app, EVERY_ROLE).has(app.instance.root_area)) return [];
  return area_choices(app, EVERY_ROLE).flatMap(({ area }) => (area.at ? [area.at] : []));
}

/** The only area below CODE if there is but one, else CODE: a root above one city gives way to it. */
export function within_single(app: App, code: string): string {
  const below = app.tree.below.get(code);
  return below?.length === 1 ? below[0]!.code : code;
}
/** The root if CODE is the only area below it, else CODE: what lies in no area is the one city's too. */
export function with_root(app: App, code: string): string {
  const root = app.instance.root_area;
  return within_single(app, root) === code ? root : code;
}
