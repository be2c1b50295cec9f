// SPDX-License-Identifier: Apache-2.0
// What the map shows now. Views publish it; the one map of the frame draws it.
import type { FeatureCollection } from "geojson";

import type { Point } from "./types";

export interface MapPerson {
  key: string; // the person's number
  at: Point;
  state: string; // a code of MARKS, or wave_1, wave_2
  label: string;
  alarm?: { code: "sos" | "lost_contact"; word: string }; // needs a hand now: not to be overlooked
  known?: string; // how the place is known, in words
  estimated?: boolean; // the person shares no position: where they should be by now
}
export interface MapIncident {
  id: number;
  at: Point;
  label: string;
  exercise: boolean;
  current: boolean;
  waits?: "sos" | "missing" | "reported"; // for a hand
}
export interface MapSite {
  at: Point;
  label: string;
}
/** A village, reached or not, or the N-th place where a new site would help. */
export interface MapPlace {
  at: Point;
  mark: "covered" | "uncovered" | "proposed";
  label: string; // "": none
  n?: number; // of what is proposed: 1 to PROPOSED_MAX
}
export const PROPOSED_MAX = 5;
export interface MapModel {
  incidents: MapIncident[];
  people: MapPerson[];
  in_need: MapPerson[]; // of the needs that are not in view, too: the camera stays
  pick: Point | null; // where a new incident would be
  bands: FeatureCollection | null; // areas, the greatest first, and points with a `label`
  sites: MapSite[];
  places: MapPlace[]; // if there are any, the camera goes to them alone
  sketch: Point[]; // the corners of an area being drawn
  fit: string; // the camera moves when this changes; "" = leave it
  onPick: ((at: Point) => void) | null;
  onPerson: ((key: string) => void) | null;
  onInNeed: ((key: string) => void) | null;
  onIncident: ((id: number) => void) | null;
}

export const EMPTY_MAP: MapModel = {
  incidents: [],
  people: [],
  in_need: [],
  pick: null,
  bands: null,
  sites: [],
  places: [],
  sketch: [],
  fit: "",
  onPick: null,
  onPerson: null,
  onInNeed: null,
  onIncident: null,
};

/** Drawn under every view: closed roads, lines and a point with a word for each; outlines of warnings. */
const underlays: Record<"closures" | "warnings", FeatureCollection | null> = { closures: null, warnings: null };
let underlays_listener: (() => void) | null = null;
function publish_underlay(name: keyof typeof underlays, next: FeatureCollection | null): void {
  underlays[name] = next;
  underlays_listener?.();
}
export const publish_closures = (next: FeatureCollection | null): void => publish_underlay("closures", next);
export const publish_warnings = (next: FeatureCollection | null): void => publish_underlay("warnings", next);
export function current_underlay(name: keyof typeof underlays): FeatureCollection {
  return underlays[name] ?? { type: "FeatureCollection", features: [] };
}
export function watch_underlays(call: () => void): () => void {
  underlays_listener = call;
  return () => void (underlays_listener = null);
}

/** Who needs a hand is drawn over every view, like closed roads under it. */
let everywhere: Pick<MapModel, "in_need" | "onInNeed"> = { in_need: [], onInNeed: null };
export function publish_in_need(next: typeof everywhere): void {
  everywhere = next;
  tell();
}

let model = EMPTY_MAP;
/** Asked over the view that is there: a place, and the mark on the one that was clicked. */
let question: Pick<MapModel, "pick" | "onPick"> | null = null;
let listener: ((model: MapModel) => void) | null = null;

function tell(): void {
  listener?.({ ...model, ...everywhere, ...question });
}
export function publish_map(next: MapModel): void {
  model = next;
  tell();
}
export function ask_map(next: typeof question): void {
  question = next;
  tell();
}
export function watch_map(call: (model: MapModel) => void): () => void {
  listener = call;
  tell();
  return () => void (listener = null);
}
