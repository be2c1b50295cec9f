// SPDX-License-Identifier: Apache-2.0
// The same thing reported twice: asked at the report, and put right later on.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_all, post } from "./api";
import { useApp, type App } from "./app";
import { area_label } from "./areas";
import { FindField, holding, useFirst } from "./find";
import { go_on_at, useAction, useLoaded, type Loaded } from "./hooks";
import { count_text, due_text, t, word } from "./i18n";
import { Skeleton, Trouble } from "./parts";
import type { Id, Incident, IncidentFull, Point } from "./types";

export interface Made {
  id: Id;
  case: string;
  similar?: { id: Id; case: string }[];
}

/** They still take needs: what was merged into another one would be lost. */
const OPEN = new Set(["reported", "confirmed", "active"]);
const SHOWN = 6;
const DEGREE_M = 111195;

function metres(a: Point, b: Point): number {
  const east = (b.lon - a.lon) * Math.cos((a.lat * Math.PI) / 180);
  return Math.hypot(b.lat - a.lat, east) * DEGREE_M;
}
function distance_text(m: number): string {
  return m < 950 ? t("merge.metres", { n: Math.round(m / 10) * 10 }) : t("merge.km", { n: count_text(Math.round(m / 100) / 10) });
}
/** What, where, when: enough to tell two floods apart. */
function says(app: App, one: Incident, at: Point): string[] {
  const when = t("incident.reported_at", { at: due_text(one.reported_at, Date.now() + app.offset_ms) });
  return [one.title ?? "", word("kind", one.kind), area_label(app, one.area.code, one.area.name), distance_text(metres(at, one.at)), when].filter(Boolean);
}
function useRunning(): Loaded<Incident[]> {
  return useLoaded(() => get_all<Incident>("incidents?state=running&limit=500"), "running");
}

/** The same kind was reported nearby not long ago: is it the same thing? */
export function Similar(props: { made: Made; at: Point }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const running = useRunning();
  const { made, at } = props;
  const merge = (into: Id) =>
    action.run(async () => {
      await post("incidents/" + made.id + "/steps", { step: "merge", into });
      app.go("/incidents/" + into);
    });
  const about = (id: Id): string => {
    const one = running.data?.find((each) => each.id === id);
    return one ? says(app, one, at).join(" · ") : "";
  };
  return (
    <section class="panel similar" aria-labelledby="similar-title">
      <h1 id="similar-title">{t("similar.title")}</h1>
      <p class="lead">{t("similar.lead")}</p>
      {made.similar?.map((other) => (
        <button key={other.id} type="button" disabled={action.busy} onClick={() => merge(other.id)}>
          {t("similar.merge", { case: other.case })} <small>{about(other.id)}</small>
        </button>
      ))}
      <button type="button" class="primary" disabled={action.busy} onClick={() => app.go("/incidents/" + made.id)}>{t("similar.other", { case: made.case })}</button>
      <Trouble problem={action.problem} />
    </section>
  );
}

/** Found out later: into which of those that run, the nearest first; or that one into this, if it knows more. */
export function Merge(props: { incident: IncidentFull; onDone: () => Promise<void>; close: () => void }): JSX.Element {
  const app = useApp();
  const { incident } = props;
  const action = useAction();
  const running = useRunning();
  const [text, find] = useState("");
  const [into, choose] = useState<Incident | null>(null);
  const away = (one: Incident): number => metres(incident.at, one.at);
  const others = (running.data ?? []).filter((one) => one.id !== incident.id && one.exercise === incident.exercise && OPEN.has(one.state)).sort((a, b) => away(a) - away(b));
  const { shown, more } = useFirst(holding(others, text, (one) => [one.case, ...says(app, one, incident.at)]), SHOWN, (one) => one === into);
  const needs = incident.needs.filter((need) => ["open", "short"].includes(need.state)).length;
  const send = () =>
    action.run(async () => {
      await post("incidents/" + incident.id + "/steps", { step: "merge", into: into!.id });
      app.go("/incidents/" + into!.id);
      go_on_at(() => document.getElementById("incident-title"));
    });
  const take = () =>
    action.run(async () => {
      await post("incidents/" + into!.id + "/steps", { step: "merge", into: incident.id });
      props.close();
      await props.onDone();
    });
  return (
    <section class="panel merge" aria-labelledby="merge-title">
      <h2 id="merge-title">{t("merge.title")}</h2>
      <p class="small">{t(needs ? "merge.needs" : "merge.report", { n: needs })} {t("merge.final")}</p>
      <FindField label={t("incidents.find")} of={others.length} text={text} onFind={find} />
      <Trouble problem={running.problem} retry={running.reload} />
      {!running.data && !running.problem && <Skeleton rows={3} />}
      {running.data && !others.length && <p>{t("merge.none")}</p>}
      <ul class="plain-list">
        {shown.map((one) => (
          <li key={one.id}>
            <label class="check">
              <input type="radio" name="into" checked={into === one} onChange={() => choose(one)} />
              <span>{says(app, one, incident.at).join(" · ")} · <span class="case">{one.case}</span></span>
            </label>
          </li>
        ))}
      </ul>
      {more}
      <Trouble problem={action.problem} />
      {into && OPEN.has(incident.state) && <p class="small">{t("merge.other_way", { case: into.case })}</p>}
      <div class="row wrap end">
        <button type="button" onClick={props.close}>{t("back")}</button>
        {into && <button type="button" disabled={action.busy} onClick={send}>{t("merge.do", { case: into.case })}</button>}
        {into && OPEN.has(incident.state) && <button type="button" class="take" disabled={action.busy} onClick={take}>{t("merge.take", { case: into.case })}</button>}
      </div>
    </section>
  );
}
