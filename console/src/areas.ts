// SPDX-License-Identifier: Apache-2.0
// The tree of areas: the way down to one, what lies within it, where the account acts.
import type { App } from "./app";
import { t } from "./i18n";
import type { Area } from "./types";

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

/** The name of the area with CODE; the code if it is not known. */
export function area_name(app: App, code: string): string {
  return find(app, code)?.name ?? code;
}

/** Where the readiness of an area is shown. */
export function readiness_link(code: string): string {
  return "/readiness/" + encodeURIComponent(code);
}

/** From the root down to CODE; empty if there is no such area. */
export function area_path(app: App, code: string | null | undefined): Area[] {
  const path: Area[] = [];
  for (let one = find(app, code); one && !path.includes(one); one = find(app, one.parent)) path.unshift(one);
  return path;
}

function find(app: App, code: string | null | undefined): Area | undefined {
  return code ? app.areas.find((one) => one.code === code) : undefined;
}

/** Whether one of the account's roles holds there, of those that count. */
function holds(app: App, code: string, counts: (role: string) => boolean): boolean {
  const path = new Set(area_path(app, code).map((one) => one.code)).add(code);
  return app.session.roles.some((role) => counts(role.role) && path.has(role.area));
}
/** Any but a viewer's. */
export function reaches(app: App, code: string): boolean {
  return holds(app, code, (role) => role !== "viewer");
}
/** As MAY_COMMAND of the server. */
export function may_command(app: App, code: string): boolean {
  return holds(app, code, (role) => role === "admin" || role === "commander");
}

export interface Choice {
  area: Area;
  depth: number;
}
/** The way down to CODE and all that lies within it, as the account may choose from. */
export function area_choices(app: App, code: string): Choice[] {
  const below = new Map<string, Area[]>();
  for (const one of app.areas) if (one.parent) below.set(one.parent, [...(below.get(one.parent) ?? []), one]);
  const within = (area: Area, depth: number): Choice[] => [{ area, depth }, ...(below.get(area.code) ?? []).flatMap((one) => within(one, depth + 1))];
  const path = area_path(app, code), last = path[path.length - 1];
  const above = path.slice(0, -1).map((area, depth) => ({ area, depth })).filter((one) => reaches(app, one.area.code));
  return [...above, ...(last ? within(last, path.length - 1) : [])];
}

/** An area by its name; undefined if it has several or none. */
export function area_named(app: App, name: string | undefined): Area | undefined {
  const found = app.areas.filter((one) => one.name === name);
  return found.length === 1 ? found[0] : undefined;
}

/** The only area below CODE if there is but one, else CODE: a root above one city gives way to it. */
export function within_single(app: App, code: string): string {
  const below = app.areas.filter((one) => one.parent === code);
  return below.length === 1 ? below[0]!.code : code;
}
