// SPDX-License-Identifier: Apache-2.0
// From where a place is reached in so many minutes, with the roads closed now: bands on the
// map, and the same as tables: how many people and sites each holds, which sites, how far.
// Beside it, on a tab: what all sites together cover (coverage.tsx).
import type { Feature, FeatureCollection, MultiPolygon } from "geojson";
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get } from "./api";
import { place_text, useApp } from "./app";
import { CutOff } from "./closures";
import { CoverageView, coverage_first } from "./coverage";
import { useLoaded } from "./hooks";
import { count_text, current_language, prime, t, word } from "./i18n";
import { PlacePicker } from "./place_picker";
import { EMPTY_MAP, publish_map } from "./map_model";
import { Choice, MODES, Skeleton, Tabs, Trouble, WideTable } from "./parts";
import { useTitle } from "./title";
import type { Isolated, Point, Site } from "./types";

const DIRECTIONS = ["to", "from"];
const MINUTES = ["5,10,15", "10,20,30", "15,30,45,60", "15"];
const SHADES = 6; // classes shade-1 (the outermost band) to shade-6

interface Band {
  minutes: number;
  area_km2: number;
  road_km: number;
  sites: number;
  people?: number; // only for who may see people
  households?: number; // only where homes are known
}
interface Circle {
  features: Feature<MultiPolygon, Band>[];
  tolerance_m: number;
  sites: (Site & { seconds: number })[];
  isolated?: Isolated;
}

/** The northernmost corner: where the minutes are written. */
function top_of(area: MultiPolygon): number[] {
  let top = [0, -90];
  for (const part of area.coordinates) for (const corner of part[0] ?? []) if (corner[1]! > top[1]!) top = corner;
  return top;
}

/** The greatest first, so that the nearer ones are drawn over it. */
function bands_of(circle: Circle): FeatureCollection {
  const bands = [...circle.features].reverse();
  return {
    type: "FeatureCollection",
    features: bands.flatMap((one): Feature[] => [
      { type: "Feature", geometry: one.geometry, properties: {} },
      { type: "Feature", geometry: { type: "Point", coordinates: top_of(one.geometry) }, properties: { label: t("circle.minutes", { n: one.properties.minutes }) } },
    ]),
  };
}

function Bands(props: { circle: Circle }): JSX.Element {
  const bands = props.circle.features.map((one) => one.properties);
  const counts_people = bands.some((band) => band.people !== undefined);
  const counts_homes = bands.some((band) => band.households !== undefined);
  return (
    <WideTable
      label={t("circle.bands")}
      head={
        <>
          <th scope="col">{t("circle.within")}</th>
          {counts_people && <th scope="col" class="figure">{t("circle.people")}</th>}
          {counts_homes && <th scope="col" class="figure">{t("circle.households")}</th>}
          <th scope="col" class="figure">{t("circle.sites")}</th>
          <th scope="col" class="figure">{t("circle.area")}</th>
          <th scope="col" class="figure">{t("circle.roads")}</th>
        </>
      }
    >
      {bands.map((band, i) => (
        <tr key={band.minutes}>
          <th scope="row"><span class={"swatch shade-" + Math.min(bands.length - i, SHADES)} aria-hidden="true" /> {t("circle.minutes", { n: band.minutes })}</th>
          {counts_people && <td class="figure">{count_text(band.people ?? 0)}</td>}
          {counts_homes && <td class="figure">{count_text(band.households ?? 0)}</td>}
          <td class="figure">{count_text(band.sites)}</td>
          <td class="figure">{band.area_km2.toFixed(1)}</td>
          <td class="figure">{count_text(Math.round(band.road_km))}</td>
        </tr>
      ))}
    </WideTable>
  );
}

function Sites(props: { circle: Circle }): JSX.Element {
  const { sites } = props.circle;
  if (!sites.length) return <p>{t("circle.no_sites")}</p>;
  return (
    <WideTable
      label={t("circle.which_sites")}
      head={
        <>
          <th scope="col">{t("circle.site")}</th>
          <th scope="col">{t("circle.kind")}</th>
          <th scope="col" class="figure">{t("circle.capacity")}</th>
          <th scope="col" class="figure">{t("circle.away")}</th>
        </>
      }
    >
      {sites.map((site) => (
        <tr key={site.code}>
          <th scope="row">{site.name}</th>
          <td>{word("site", site.kind)}</td>
          <td class="figure">{site.capacity ?? "–"}</td>
          <td class="figure">{prime(site.seconds)}</td>
        </tr>
      ))}
    </WideTable>
  );
}

/** What is asked about one place; null: none is chosen yet. */
interface Question {
  at: Point | null;
  mode: string;
  direction: string;
  minutes: string;
}
const FIRST: Question = { at: null, mode: "car", direction: "to", minutes: MINUTES[0]! };

function path_of({ at, mode, direction, minutes }: Question): string {
  return at ? "circle?at=" + at.lat.toFixed(6) + "," + at.lon.toFixed(6) + "&mode=" + mode + "&minutes=" + minutes + "&direction=" + direction : "";
}

function OnePlace(props: { question: Question; change: (part: Partial<Question>) => void }): JSX.Element {
  const app = useApp();
  const { question, change } = props;
  const { at, mode, direction, minutes } = question;
  const asked = path_of(question);
  // Events of incident 0 are those of the instance: a road closed or opened among them.
  const answer = useLoaded<Circle | null>(() => (asked ? get<Circle>(asked) : Promise.resolve(null)), asked, 0);
  const circle = answer.data;
  useEffect(() => {
    publish_map({
      ...EMPTY_MAP,
      pick: at,
      bands: circle ? bands_of(circle) : null,
      sites: circle ? circle.sites.map((site) => ({ at: site.at, label: site.name })) : [],
      fit: circle ? asked : "",
      onPick: (place) => change({ at: place }),
    });
  }, [at, circle, current_language()]);
  useEffect(() => () => publish_map(EMPTY_MAP), []);
  const site = at && app.sites.find((one) => one.at.lat === at.lat && one.at.lon === at.lon);
  return (
    <>
      <p class="lead">{at ? t(direction === "to" ? "circle.at" : "circle.from", { place: site ? site.name : place_text(app, at) }) : t("circle.where")}</p>
      <PlacePicker label={t("circle.place")} onPick={(place) => change({ at: place })} />
      <div class="row circle-choice">
        <Choice label={t("circle.mode")} value={mode} onChange={(next) => change({ mode: next })} options={MODES.map((one) => [one, word("mode", one)])} />
        <Choice label={t("circle.direction")} value={direction} onChange={(next) => change({ direction: next })} options={DIRECTIONS.map((one) => [one, word("direction", one)])} />
        <Choice label={t("circle.time")} value={minutes} onChange={(next) => change({ minutes: next })} options={MINUTES.map((one) => [one, t("circle.minutes", { n: one.replaceAll(",", " · ") })])} />
      </div>
      <Trouble problem={answer.problem} retry={answer.reload} />
      {asked && !circle && !answer.problem && <Skeleton />}
      {circle && (
        <>
          <CutOff isolated={circle.isolated} />
          <Bands circle={circle} />
          <p class="small">{t("circle.note", { m: circle.tolerance_m })}</p>
          <h2>{t("circle.which_sites")}</h2>
          <Sites circle={circle} />
        </>
      )}
    </>
  );
}

/** What was asked on either tab is still there when one comes back. */
export function CircleView(): JSX.Element {
  useTitle(t("circle.title"));
  const app = useApp();
  const [part, set_part] = useState<"one" | "all">("one");
  const [of_one, set_of_one] = useState(FIRST);
  const [of_all, set_of_all] = useState(() => coverage_first(app));
  return (
    <section class="panel" aria-labelledby="circle-title">
      <h1 id="circle-title">{t("circle.title")}</h1>
      <Tabs label={t("board.views")} chosen={part} choose={set_part} choices={[["one", t("coverage.one_place")], ["all", t("coverage.all_sites")]]} />
      {part === "one" ? (
        <OnePlace question={of_one} change={(more) => set_of_one((now) => ({ ...now, ...more }))} />
      ) : (
        <CoverageView question={of_all} change={(more) => set_of_all((now) => ({ ...now, ...more }))} />
      )}
    </section>
  );
}
