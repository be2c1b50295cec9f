// SPDX-License-Identifier: Apache-2.0
// The list of incidents, and the report of a new one: a click on the map says where, a
// click on a kind says what, and it stands.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get_all, post } from "./api";
import { can, may_drill, may_see_record, place_text, REPORT_EVENT, take_report, useApp, useExercise, type App } from "./app";
import { area_label } from "./areas";
import { CloseRoad, ClosureList } from "./closures";
import { FindField, holding } from "./find";
import { useAction, useLoaded, useSteady, type Loaded } from "./hooks";
import { day_text, due_text, t, word } from "./i18n";
import { Lent } from "./lent";
import { EMPTY_MAP, publish_map } from "./map_model";
import { Similar, type Made } from "./merge";
import { keep_draft, type NeedDraft } from "./need_form";
import { Empty, Skeleton, State, Tabs, Trouble } from "./parts";
import { PlacePicker } from "./place_picker";
import { useTitle } from "./title";
import { mark_of_wait, waiting, Waiting, type Wait } from "./waiting";
import { WarningForm } from "./warning_form";
import { PastWarnings, WarningList, type Warning } from "./warnings";
import type { Incident, Point } from "./types";

/** What the server takes, in characters. */
const LETTERS_MAX = 200;
const NAME_MAX = 60;
export const KINDS = [
  "flood", "typhoon", "fire", "rain-snow", "medical", "missing-person", "accident", "chemical",
  "household", "evacuation", "landslide", "earthquake", "epidemic", "public-event", "campaign", "other",
];

function Report(props: { exercise: boolean; at: Point | null; need: NeedDraft | undefined; onPick: (at: Point | null) => void; onCancel: () => void }): JSX.Element {
  const app = useApp();
  /** Who only trains starts exercises only. */
  const real = can(app, "dispatcher", "commander");
  const [exercise, set_exercise] = useState(props.exercise || !real);
  const [title, set_title] = useState("");
  const [requester, set_requester] = useState({ name: "", phone: "", address: "" });
  const [consent, set_consent] = useState(false);
  const action = useAction();
  const [made, set_made] = useState<Made | null>(null);
  const { at } = props;
  const report = (kind: string) =>
    action.run(async () => {
      const body: Record<string, unknown> = { kind, at: { lat: at!.lat, lon: at!.lon } };
      if (title.trim()) body["title"] = title.trim();
      if (exercise) body["exercise"] = true;
      const told = Object.fromEntries(Object.entries(requester).filter(([, value]) => value.trim()));
      if (Object.keys(told).length) body["requester"] = { ...told, consent };
      const answer = await post<Made>("incidents", body);
      if (props.need) keep_draft(answer.id, props.need);
      if (answer.similar?.length) set_made(answer);
      else app.go("/incidents/" + answer.id);
    });
  useExercise(exercise);
  if (made && at) return <Similar made={made} at={at} />;
  return (
    <section class="panel" aria-labelledby="report-title">
      <div class="row">
        <h1 id="report-title">{t(exercise ? "report.title_exercise" : "report.title")}</h1>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </div>
      {at ? (
        <div class="row wrap">
          <p class="lead">{t("report.at", { place: place_text(app, at) })}</p>
          <button type="button" class="quiet" onClick={() => props.onPick(null)}>{t("place.another")}</button>
        </div>
      ) : (
        <>
          <p class="lead">{t("report.where")}</p>
          <PlacePicker onPick={props.onPick} />
        </>
      )}
      {at && (
        <>
          <label class="check">
            <input type="checkbox" checked={exercise} disabled={!real} onChange={(e) => set_exercise(e.currentTarget.checked)} />
            <span>{t("report.exercise")}</span>
          </label>
          <h2>{t("report.what")}</h2>
          <div class="kinds">
            {KINDS.map((kind) => (
              <button key={kind} type="button" disabled={action.busy} onClick={() => report(kind)}>
                {word("kind", kind)}
              </button>
            ))}
          </div>
          <Trouble problem={action.problem} />
          <details>
            <summary>{t("report.more")}</summary>
            <label class="field">
              <span>{t("report.name")}</span>
              <input maxLength={LETTERS_MAX} value={title} onInput={(e) => set_title(e.currentTarget.value)} />
            </label>
            <label class="field">
              <span>{t("report.requester")}</span>
              <input maxLength={NAME_MAX} value={requester.name} onInput={(e) => set_requester({ ...requester, name: e.currentTarget.value })} />
            </label>
            <label class="field">
              <span>{t("report.phone")}</span>
              <input type="tel" maxLength={31} value={requester.phone} onInput={(e) => set_requester({ ...requester, phone: e.currentTarget.value })} />
            </label>
            <label class="field">
              <span>{t("report.address")}</span>
              <input maxLength={LETTERS_MAX} value={requester.address} onInput={(e) => set_requester({ ...requester, address: e.currentTarget.value })} />
            </label>
            <label class="check">
              <input type="checkbox" checked={consent} onChange={(e) => set_consent(e.currentTarget.checked)} />
              <span>{t("report.consent")}</span>
            </label>
          </details>
        </>
      )}
    </section>
  );
}

function missing_words(one: Incident, now: number): string[] {
  return [one.missing ? t("board.missing", { n: one.missing }) : "", one.missing_by ? t(Date.parse(one.missing_by) < now ? "needs.was_due" : "needs.by", { at: due_text(one.missing_by, now) }) : "", one.late ? t("board.late", { n: one.late }) : "", one.escalated_at ? t("needs.escalated") : ""].filter(Boolean);
}

/** RUNS: in the list of what runs. */
function IncidentRow(props: { one: Incident; runs: boolean }): JSX.Element {
  const { one } = props;
  const app = useApp();
  const now = Date.now() + app.offset_ms;
  return (
    <li>
      <a href={"/incidents/" + one.id} data-go class="incident-row">
        <span class="what">
          <strong>{one.title || word("kind", one.kind)}</strong>
          {one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
          <span class="small">{[one.title ? word("kind", one.kind) : "", area_label(app, one.area.code, one.area.name)].filter(Boolean).join(" · ")} · <span class="case">{one.case}</span></span>
        </span>
        <span class="when">
          <State group="incident" state={one.state} />
          {!!one.alarms?.length && <State group="person" state="sos" />}
          {!!one.lost?.length && <State group="person" state="lost_contact" text={t("board.lost", { n: one.lost.length })} />}
          {one.state === "merged" && props.runs && <span class="small wait-text">{t("incidents.goes_on_elsewhere")}</span>}
          {(!!one.missing || !!one.late) && <span class="small wait-text missing">{missing_words(one, now).map((part, i) => <>{i > 0 && " · "}<span class="figure">{part}</span></>)}</span>}
          {!!one.to_verify && <span class="small wait-text">{t("incidents.to_verify", { n: one.to_verify })}</span>}
          <span class="small">{one.closed_at ? day_text(one.reported_at) : due_text(one.reported_at, now)}</span>
        </span>
      </a>
    </li>
  );
}

const SHOWN = 100; // of those that are over, at first: a page of the server
const FOUND_MAX = 5000;
const CLOSED_MS = 5000;

/** What an incident is found by. */
export function says(app: App, one: Incident): (string | undefined)[] {
  return [one.title, word("kind", one.kind), area_label(app, one.area.code, one.area.name), one.case];
}

/** RUNNING, WARNINGS: as the frame has them. */
export function IncidentsView(props: { running: Loaded<Incident[]>; warnings: Loaded<Warning[]> }): JSX.Element {
  useTitle(t("incidents.title"));
  const app = useApp();
  const [which, set_which] = useState<"running" | "closed">("running");
  const [wish] = useState(take_report);
  const [report, set_report] = useState(!!wish);
  const [exercise, set_exercise] = useState(!!wish?.exercise);
  const [at, set_at] = useState<Point | null>(wish?.at ?? null);
  const [need, set_need] = useState(wish?.need);
  const [closing, set_closing] = useState(false);
  const [warning, set_warning] = useState(false); // one is being entered
  const [corners, set_corners] = useState<Point[] | null>(null); // of an area being drawn
  const [most, set_most] = useState(SHOWN);
  const [text, find] = useState("");
  const [wait, set_wait] = useState<Wait | null>(null);
  const limit = text.trim() ? FOUND_MAX : most, runs = which === "running";
  const closed = useLoaded(async () => (runs ? null : { items: await get_all<Incident>("incidents?state=closed", limit), limit }), which, runs ? undefined : null, CLOSED_MS);
  const is_looking = !!closed.data && closed.data.limit < limit;
  useEffect(() => {
    if (is_looking) closed.reload();
  }, [is_looking]);
  const list = runs ? props.running : closed;
  const all = (runs ? props.running.data : closed.data?.items) ?? [];
  const items = holding(runs ? waiting(all, wait) : all, text, (one) => says(app, one));
  const rows = useSteady(items);
  const may_report = may_drill(app);
  const pick = (point: Point | null) => {
    if (closing && corners && point) return set_corners([...corners, point]);
    set_at(point);
    if (!closing) set_report(true);
  };
  useEffect(() => {
    publish_map({
      ...EMPTY_MAP,
      incidents: items.map((one) => ({ id: one.id, at: one.at, label: one.title || word("kind", one.kind), exercise: one.exercise, current: false, waits: runs ? mark_of_wait(one) : undefined })),
      pick: corners ? null : at,
      sketch: corners ?? [],
      onPick: may_report ? pick : null,
      onIncident: (id) => app.go("/incidents/" + id),
    });
  });
  useEffect(() => {
    if (props.running.data) void props.running.reload(); // they may be a second old
    return () => publish_map(EMPTY_MAP);
  }, []);
  useEffect(() => {
    const asked = () => {
      const wish = take_report();
      set_report(!!wish);
      set_exercise(!!wish?.exercise);
    };
    window.addEventListener(REPORT_EVENT, asked);
    return () => window.removeEventListener(REPORT_EVENT, asked);
  }, []);
  const close = () => {
    set_report(false);
    set_exercise(false);
    set_need(undefined);
    set_closing(false);
    set_corners(null);
    set_at(null);
  };
  if (warning) return <WarningForm onDone={() => set_warning(false)} />;
  if (closing) return <CloseRoad at={at} corners={corners} onCorners={set_corners} onPick={pick} onDone={close} />;
  if (report) return <Report exercise={exercise} at={at} need={need} onPick={pick} onCancel={close} />;
  return (
    <section class="panel" aria-labelledby="incidents-title">
      <div class="row">
        <h1 id="incidents-title">{t("incidents.title")}</h1>
        {may_report && (
          <button type="button" class="primary" onClick={() => set_report(true)}>
            {t("report.button")}
          </button>
        )}
      </div>
      <p class="row wrap">
        {may_report && <button type="button" class="quiet" onClick={() => { set_exercise(true); set_report(true); }}>{t("exercise.start")}</button>}
        {can(app, "dispatcher", "commander") && <button type="button" class="quiet close-road" onClick={() => set_closing(true)}>{t("closures.button")}</button>}
        {can(app, "dispatcher", "commander") && <button type="button" class="quiet enter-warning" onClick={() => set_warning(true)}>{t("warnings.enter")}</button>}
        {can(app, "dispatcher", "commander") && <a class="button quiet to-response" href="/response" data-go>{t("response.title")}</a>}
        {may_see_record(app) && <a class="push to-handover" href="/handover" data-go>{t("handover.title")}</a>}
      </p>
      <Tabs label={t("incidents.which")} chosen={which} choose={set_which} choices={[["running", t("incidents.running")], ["closed", t("incidents.closed")]]} />
      {runs ? <WarningList list={props.warnings} /> : <PastWarnings />}
      {runs && <Lent />}
      {runs && <ClosureList />}
      <Trouble problem={list.problem} retry={list.reload} />
      {!(list.data && (items.length || !is_looking)) && !list.problem && <Skeleton />}
      {runs && <Waiting incidents={all} chosen={wait} choose={set_wait} />}
      <FindField label={t("incidents.find")} of={all.length} text={text} onFind={find} />
      {all.length > 0 && !items.length && !is_looking && <Empty title={t("incidents.none_found")} />}
      {list.data && !all.length && (
        <Empty title={t(which === "running" ? "incidents.none" : "incidents.none_closed")}>{which === "running" && may_report && <p>{t("incidents.first")}</p>}</Empty>
      )}
      <ul ref={rows.list} class="list" onPointerMove={rows.pointing} onPointerLeave={rows.left}>
        {rows.steady.map((one) => (
          <IncidentRow key={one.id} one={one} runs={runs} />
        ))}
      </ul>
      {which === "closed" && !text.trim() && all.length >= most && (
        <p><button type="button" class="quiet earlier" onClick={() => set_most(all.length + SHOWN)}>{t("incidents.earlier")}</button></p>
      )}
    </section>
  );
}
