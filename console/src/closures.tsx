// SPDX-License-Identifier: Apache-2.0
// Roads closed or slow for now: who closed them, why and until when; closing one, a circle
// or a drawn area with clicks on the map; drawn on the map all the time. Never red: a closed road needs no hand.
import type { MultiLineString } from "geojson";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { del, get, post } from "./api";
import { can, in_hours, near_name, place_text, useApp } from "./app";
import { useAction, useLoaded, type Loaded } from "./hooks";
import { day_text, t } from "./i18n";
import { publish_closures } from "./map_model";
import { Trouble, submit } from "./parts";
import type { Id, Isolated, Point } from "./types";

interface Closure {
  id: Id;
  at: Point;
  radius?: number;
  limit_kmh?: number; // absent: closed
  reason: string;
  by?: string;
  from: string;
  until?: string;
  edges: number;
  roads: MultiLineString;
}

/** "closed", or how fast one still may be. */
function word_of(one: Closure): string {
  return one.limit_kmh === undefined ? t("closures.word") : t("closures.slow", { kmh: one.limit_kmh });
}

/** Events of incident 0 are those of the instance: closures among them. */
function useClosures(): Loaded<Closure[]> {
  return useLoaded(() => get<{ items: Closure[] }>("closures").then((answer) => answer.items), "closures", 0);
}

/** Keeps the map's closed roads up to date, whatever the view. */
export function ClosuresOnMap(props: { language: string }): null {
  const { data } = useClosures();
  useEffect(() => {
    publish_closures({
      type: "FeatureCollection",
      features: (data ?? []).flatMap((one) => [
        { type: "Feature" as const, geometry: one.roads, properties: { slow: one.limit_kmh !== undefined } },
        { type: "Feature" as const, geometry: { type: "Point" as const, coordinates: [one.at.lon, one.at.lat] }, properties: { label: word_of(one), slow: one.limit_kmh !== undefined } },
      ]),
    });
  }, [data, props.language]);
  useEffect(() => () => publish_closures(null), []);
  return null;
}

export function ClosureList(): JSX.Element | null {
  const app = useApp();
  const list = useClosures();
  const action = useAction();
  const items = list.data ?? [];
  if (!items.length && !list.problem) return null;
  const may = can(app, "dispatcher", "commander");
  return (
    <details class="closures" open={!!list.problem}>
      <summary>{t("closures.title")} <strong>{items.length}</strong></summary>
      <Trouble problem={list.problem ?? action.problem} retry={list.problem ? list.reload : undefined} />
      <ul class="list">
        {items.map((one) => (
          <li key={one.id} class="closure-row">
            <span class="what">
              <strong>{one.limit_kmh === undefined ? "✕" : "⚠"} {t("closures.said", { what: word_of(one), reason: one.reason })}</strong>
              <span class="small">
                {[
                  near_name(app, one.at),
                  t("closures.by", { by: one.by ?? "–", time: day_text(one.from) }),
                  one.until ? t("closures.ends", { time: day_text(one.until) }) : t("closures.until_opened"),
                  t("closures.edges", { n: one.edges }),
                ].filter(Boolean).join(" · ")}
              </span>
            </span>
            {may && (
              <button type="button" disabled={action.busy} onClick={() => action.run(() => del("closures/" + one.id).then(list.reload))}>
                {t(one.limit_kmh === undefined ? "closures.open" : "closures.free")}
              </button>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** Closed roads cut the place off: where people can still gather. */
export function CutOff(props: { isolated: Isolated | undefined }): JSX.Element | null {
  const { isolated } = props;
  if (!isolated) return null;
  const m = isolated.metres ?? 0;
  return (
    <div class="note wait" role="status">
      <strong>{t("closures.cut_off")}</strong>
      <p>
        {isolated.muster
          ? t("closures.gather_site", { name: isolated.muster.name, m })
          : isolated.road
            ? t("closures.gather_road", { lat: isolated.road.lat.toFixed(5), lon: isolated.road.lon.toFixed(5), m })
            : t("closures.gather_none")}
      </p>
    </div>
  );
}

const RADII = [0, 50, 100, 200, 500, 1000];
const LIMITS = [0, 5, 10, 20, 30, 50]; // km/h; 0: closed
const HOURS = [0, 1, 3, 12, 24, 72];
const CORNERS_MIN = 3;
const AREA = "area";

/** The corners of the area so far; each can be taken back. */
function Corners(props: { corners: Point[]; onCorners: (next: Point[]) => void }): JSX.Element {
  const { corners } = props;
  return (
    <div class="corners">
      <p class="lead" role="status">{t(corners.length < CORNERS_MIN ? "closures.draw" : "closures.drawn", { n: corners.length })}</p>
      {corners.length > 0 && (
        <ol class="plain-list small">
          {corners.map((corner, i) => (
            <li key={i}>{i + 1}. {corner.lat.toFixed(5)}, {corner.lon.toFixed(5)}</li>
          ))}
        </ol>
      )}
      {corners.length > 0 && (
        <p class="row">
          <button type="button" onClick={() => props.onCorners(corners.slice(0, -1))}>{t("closures.undo")}</button>
          <button type="button" class="quiet" onClick={() => props.onCorners([])}>{t("closures.anew")}</button>
        </p>
      )}
    </div>
  );
}

/** The place or the corner as two numbers: the way without a mouse. */
function Coordinates(props: { label: string; onPick: (at: Point) => void }): JSX.Element {
  const typed = (input: HTMLInputElement) => {
    const numbers = /^\s*(-?\d+(?:\.\d+)?)\s*[,，\s]\s*(-?\d+(?:\.\d+)?)\s*$/.exec(input.value);
    if (!numbers) return;
    props.onPick({ lat: Number(numbers[1]), lon: Number(numbers[2]) });
    input.value = "";
  };
  return (
    <label class="field">
      <span>{props.label}</span>
      <input inputMode="decimal" onChange={(e) => typed(e.currentTarget)} />
    </label>
  );
}

interface Closing {
  at: Point | null;
  corners: Point[] | null; // null: a road or a circle is closed, no area
  onCorners: (corners: Point[] | null) => void;
  onPick: (at: Point) => void;
  onDone: () => void;
}

function where_closed(props: Closing, radius: number): Record<string, unknown> {
  const ring = (props.corners ?? []).map((corner) => [corner.lon, corner.lat]);
  if (props.corners) return { polygon: { type: "Polygon", coordinates: [[...ring, ring[0]!]] } };
  const at = { lat: props.at!.lat, lon: props.at!.lon };
  return radius ? { at, radius } : { at };
}

export function CloseRoad(props: Closing): JSX.Element {
  const app = useApp();
  const [radius, set_radius] = useState(0);
  const [limit, set_limit] = useState(0);
  const [hours, set_hours] = useState(0);
  const [reason, set_reason] = useState("");
  const action = useAction();
  const { at, corners } = props;
  const is_whole = corners ? corners.length >= CORNERS_MIN : at !== null;
  const choose = (what: string) => {
    props.onCorners(what === AREA ? (corners ?? (at ? [at] : [])) : null);
    if (what !== AREA) set_radius(Number(what));
  };
  const close = () =>
    action.run(async () => {
      const body: Record<string, unknown> = { ...where_closed(props, radius), reason: reason.trim() };
      if (limit) body["limit_kmh"] = limit;
      if (hours) body["until"] = in_hours(app, hours);
      await post("closures", body);
      props.onDone();
    });
  return (
    <section class="panel" aria-labelledby="close-road-title">
      <div class="row">
        <h1 id="close-road-title">{t("closures.button")}</h1>
        <button type="button" class="quiet" onClick={props.onDone}>{t("back")}</button>
      </div>
      {corners ? (
        <Corners corners={corners} onCorners={props.onCorners} />
      ) : (
        <p class="lead">{at ? t("closures.at", { place: place_text(app, at) }) : t("closures.where")}</p>
      )}
      <form class="closing" onSubmit={submit(close)}>
        {(corners || !at) && <Coordinates label={t(corners ? "closures.corner" : "closures.place")} onPick={props.onPick} />}
        <label class="field">
          <span>{t("closures.what")}</span>
          <select value={corners ? AREA : String(radius)} onChange={(e) => choose(e.currentTarget.value)}>
            {RADII.map((m) => (
              <option key={m} value={String(m)}>{m ? t("closures.radius", { m }) : t("closures.road")}</option>
            ))}
            <option value={AREA}>{t("closures.area")}</option>
          </select>
        </label>
        <label class="field">
          <span>{t("closures.how")}</span>
          <select value={String(limit)} onChange={(e) => set_limit(Number(e.currentTarget.value))}>
            {LIMITS.map((kmh) => (
              <option key={kmh} value={String(kmh)}>{kmh ? t("closures.slow", { kmh }) : t("closures.word")}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t("closures.until")}</span>
          <select value={String(hours)} onChange={(e) => set_hours(Number(e.currentTarget.value))}>
            {HOURS.map((h) => (
              <option key={h} value={String(h)}>{h ? t("closures.hours", { h }) : t("closures.until_opened")}</option>
            ))}
          </select>
        </label>
        <label class="field">
          <span>{t("closures.reason")}</span>
          <input required maxLength={500} value={reason} onInput={(e) => set_reason(e.currentTarget.value)} />
        </label>
        <Trouble problem={action.problem} />
        <button type="submit" class="primary" disabled={action.busy || !is_whole || !reason.trim()}>{t(limit ? "closures.limit" : "closures.close")}</button>
        {(!is_whole || !reason.trim()) && <p class="small">{t(is_whole ? "plan.reason_first" : "closures.first")}</p>}
      </form>
    </section>
  );
}
