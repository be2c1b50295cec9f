// SPDX-License-Identifier: Apache-2.0
// Warnings of the authorities: above every view until one's own office has said that it has
// heard, in the list with who has not, and their shapes on the map. The colour is the
// warning's name; a warning asks for no hand, so nothing here is an alarm.
import type { Geometry } from "geojson";
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { del, get, post } from "./api";
import { ask_report, can, may_drill, useApp, type App } from "./app";
import { area_label } from "./areas";
import { is_on, ring } from "./calls";
import { useAction, useLoaded, useNow, type Loaded } from "./hooks";
import { current_language, due_text, moment_text, t, word } from "./i18n";
import { publish_warnings } from "./map_model";
import { Confirm, Skeleton, Trouble } from "./parts";
import type { Id, Point } from "./types";

interface Text {
  language: string;
  event: string;
  sender?: string;
  headline?: string;
  description?: string;
  instruction?: string;
  areas: string[];
}
interface Office {
  area: { code: string; name: string };
  by?: string;
  at?: string; // absent: it has not said that it has heard
  may: boolean;
}
export interface Warning {
  id: Id;
  state: "ahead" | "in_force" | "over" | "replaced" | "cancelled";
  level: "none" | "blue" | "yellow" | "orange" | "red";
  exercise: boolean;
  sender: string;
  sent: string;
  taken_by?: string;
  onset: string;
  expires: string;
  ended_at?: string;
  may_end: boolean;
  areas: { code: string; name: string }[];
  texts: Text[];
  shape?: Geometry;
  circles?: { at: Point; radius: number }[];
  heard: number;
  to_hear: number;
  offices: Office[];
}

const SHOWN = 3; // above every view
const AHEAD_MS = 60000; // what begins sooner has begun
const OWN = "muster"; // sender of what an office has entered by hand

/** What runs out does so without a word of the server: the view looks at the clock itself. */
export function useWarnings(): Loaded<Warning[]> {
  return useLoaded(() => get<{ items: Warning[] }>("warnings").then((answer) => answer.items), "warnings", "warning");
}

function text_of(one: Warning): Text | undefined {
  const of = (language: string) => one.texts.find((text) => text.language.toLowerCase().startsWith(language));
  return of(current_language()) ?? of("en") ?? one.texts[0];
}
function title_of(one: Warning): string {
  const text = text_of(one);
  return text?.headline || text?.event || one.sender;
}
/** The first MOST by name, and how many there are. */
function areas_of(app: App, one: Warning, most: number): string {
  const n = one.areas.length;
  const names = one.areas.slice(0, most).map((area) => area_label(app, area.code, area.name)).join(t("handover.comma"));
  return n > most ? t("warnings.areas", { names, n }) : names;
}
/** The viewer's own, not one below it. */
function is_own(app: App, office: Office): boolean {
  return office.may && app.session.roles.some((role) => role.area === office.area.code);
}
function own_unheard(app: App, one: Warning): Office[] {
  return one.offices.filter((office) => !office.at && is_own(app, office));
}
const is_open = (one: Warning): boolean => one.state === "in_force" || one.state === "ahead";
const is_grave = (one: Warning): boolean => one.level === "red" || one.level === "orange";

function Level(props: { one: Warning }): JSX.Element {
  const { level } = props.one;
  return <span class={"level level-" + level}>{t(level === "none" ? "warnings.word" : "warnings.level", { level: word("level", level) })}</span>;
}

function When(props: { one: Warning; now: number }): JSX.Element {
  const { one, now } = props;
  const ahead = Date.parse(one.onset) > now + AHEAD_MS;
  if (!is_open(one)) return <span class="small">{t("warnings.was", { what: word("warning_state", one.state), at: due_text(one.ended_at ?? one.expires, now) })}</span>;
  return <span class="small">{ahead ? t("warnings.from", { at: due_text(one.onset, now) }) + " " : ""}{t("warnings.until", { at: due_text(one.expires, now) })}</span>;
}

function Heard(props: { id: Id; office: Office; text: string; reload: () => void }): JSX.Element {
  const action = useAction();
  return (
    <>
      <button type="button" class="push heard" disabled={action.busy} onClick={() => action.run(() => post("warnings/" + props.id + "/heard", { area: props.office.area.code }).then(props.reload))}>{props.text}</button>
      <Trouble problem={action.problem} />
    </>
  );
}

/** Above every view, until the own office has heard; a tone for what is grave and new. */
export function WarningNotices(props: { list: Loaded<Warning[]> }): JSX.Element | null {
  const app = useApp();
  const now = useNow(app.offset_ms);
  const known = useRef<Set<Id> | null>(null);
  const all = (props.list.data ?? []).filter((one) => Date.parse(one.expires) > now && own_unheard(app, one).length);
  const grave = all.filter(is_grave).map((one) => one.id);
  useEffect(() => {
    if (!props.list.data) return;
    const news = grave.some((id) => known.current && !known.current.has(id));
    known.current = new Set([...(known.current ?? []), ...grave]);
    if (news && can(app, "dispatcher", "commander") && is_on("sound")) ring("reported");
  }, [grave.join(), !props.list.data]);
  if (!all.length) return null;
  return (
    <div class="notice-rows" role="status">
      {all.slice(0, SHOWN).map((one) => (
        <p key={one.id} class="row wrap">
          <Level one={one} />
          <strong>{title_of(one)}</strong>
          {one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
          <span>{areas_of(app, one, 2)}</span>
          <When one={one} now={now} />
          {own_unheard(app, one).map((office) => <Heard key={office.area.code} id={one.id} office={office} text={t("warnings.heard")} reload={props.list.reload} />)}
        </p>
      ))}
      {all.length > SHOWN && <p class="small">{t("warnings.more", { n: all.length - SHOWN })}</p>}
    </div>
  );
}

/** Who has not heard yet: telephoned one by one, and ticked off. */
function Offices(props: { one: Warning; reload: () => void }): JSX.Element | null {
  const app = useApp();
  const { one } = props;
  if (!one.to_hear) return null;
  const missing = one.offices.filter((office) => !office.at), heard = one.offices.filter((office) => office.at);
  return (
    <details class="offices">
      <summary class={one.heard < one.to_hear ? "wait-text" : ""}>{t("warnings.offices", { n: one.heard, of: one.to_hear })}</summary>
      <ul class="plain-list small">
        {missing.map((office) => (
          <li key={office.area.code} class="row wrap">
            <span>{t("warnings.not_heard", { name: office.area.name })}</span>
            {office.may && is_open(one) && <Heard id={one.id} office={office} text={t(is_own(app, office) ? "warnings.heard" : "warnings.told")} reload={props.reload} />}
          </li>
        ))}
        {heard.map((office) => <li key={office.area.code}>{t("warnings.has_heard", { name: office.area.name, by: office.by ?? "–", at: moment_text(office.at!) })}</li>)}
      </ul>
    </details>
  );
}

function End(props: { one: Warning; reload: () => Promise<void> }): JSX.Element {
  const { one } = props;
  const action = useAction();
  const [sure, set_sure] = useState(false);
  const end = (): void => action.run(() => del("warnings/" + one.id).then(props.reload));
  return (
    <>
      <button type="button" class="quiet" onClick={() => set_sure(true)}>{t("warnings.end")}</button>
      {sure && (
        <Confirm
          title={t("warnings.end_one", { what: title_of(one) })}
          consequences={[t("warnings.end_all", { n: one.to_hear }), t("warnings.end_only")]}
          action={t("warnings.end")}
          busy={action.busy}
          problem={action.problem}
          onYes={end}
          onNo={() => set_sure(false)}
        />
      )}
    </>
  );
}

/** From whatever view: the form is beside the list of incidents. */
function report_from(app: App, one: Warning): void {
  ask_report({ exercise: one.exercise, at: null });
  app.go("/");
}

function Row(props: { one: Warning; now: number; reload: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const { one } = props;
  const text = text_of(one);
  return (
    <li class="warning-row">
      <p class="row wrap"><Level one={one} />{one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}<When one={one} now={props.now} /></p>
      <strong>{title_of(one)}</strong>
      <span class="small">{[areas_of(app, one, 8), t("warnings.sent", { by: text?.sender ?? (one.sender === OWN ? (one.taken_by ?? "–") : one.sender), at: moment_text(one.sent) })].filter(Boolean).join(" · ")}</span>
      {(text?.description || text?.instruction) && (
        <details>
          <summary>{t("warnings.text")}</summary>
          {text.description && <p class="words">{text.description}</p>}
          {text.instruction && <p class="words"><strong>{t("warnings.instruction")}</strong> {text.instruction}</p>}
        </details>
      )}
      <Offices one={one} reload={props.reload} />
      <p class="row wrap">
        {may_drill(app) && is_open(one) && <button type="button" class="quiet" onClick={() => report_from(app, one)}>{t("warnings.report")}</button>}
        {is_open(one) && can(app, "dispatcher", "commander") && <a class="button quiet" href="/response" data-go>{t("response.start")}</a>}
        {one.may_end && is_open(one) && <End one={one} reload={props.reload} />}
      </p>
    </li>
  );
}

/** In the list of incidents; nothing where none is in force. */
export function WarningList(props: { list: Loaded<Warning[]> }): JSX.Element | null {
  const app = useApp();
  const now = useNow(app.offset_ms);
  const { list } = props;
  const items = (list.data ?? []).filter((one) => Date.parse(one.expires) > now);
  if (!items.length && !list.problem) return null;
  return (
    <details class="warnings" open={!!list.problem || items.some(is_grave)}>
      <summary>{t("warnings.title")} <strong>{items.length}</strong></summary>
      <Trouble problem={list.problem} retry={list.reload} />
      <ul class="list">{items.map((one) => <Row key={one.id} one={one} now={now} reload={list.reload} />)}</ul>
    </details>
  );
}

/** Beside what is closed: what became of those of before, and which offices had heard. */
export function PastWarnings(): JSX.Element {
  const app = useApp();
  const [open, set_open] = useState(false);
  return (
    <details class="warnings" onToggle={(e) => set_open(e.currentTarget.open)}>
      <summary>{t("warnings.past")}</summary>
      {open && <PastList now={Date.now() + app.offset_ms} />}
    </details>
  );
}

function PastList(props: { now: number }): JSX.Element {
  const list = useLoaded(() => get<{ items: Warning[] }>("warnings?whole=true").then((answer) => answer.items), "warnings of before", "warning");
  const items = (list.data ?? []).filter((one) => !is_open(one));
  return (
    <>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      {list.data && !items.length && <p class="small">{t("warnings.none_past")}</p>}
      <ul class="list">{items.map((one) => <Row key={one.id} one={one} now={props.now} reload={list.reload} />)}</ul>
    </>
  );
}

const CORNERS = 48;
const METRES_PER_DEGREE = 111195;
function ring_around(at: Point, radius: number): number[][] {
  const north = radius / METRES_PER_DEGREE, east = north / Math.cos((at.lat * Math.PI) / 180);
  return Array.from({ length: CORNERS + 1 }, (_, i) => {
    const angle = (2 * Math.PI * i) / CORNERS;
    return [at.lon + east * Math.sin(angle), at.lat + north * Math.cos(angle)];
  });
}
function shapes_of(one: Warning): Geometry[] {
  const circles = (one.circles ?? []).filter((circle) => circle.radius > 0);
  return [...(one.shape ? [one.shape] : []), ...circles.map((circle) => ({ type: "Polygon" as const, coordinates: [ring_around(circle.at, circle.radius)] }))];
}

/** Keeps the map's outlines up to date, whatever the view. */
export function WarningsOnMap(props: { list: Loaded<Warning[]>; language: string }): null {
  const { data } = props.list;
  useEffect(() => {
    publish_warnings({
      type: "FeatureCollection",
      features: (data ?? []).flatMap((one) => shapes_of(one).map((geometry) => ({ type: "Feature" as const, geometry, properties: { level: one.level, label: title_of(one) } }))),
    });
  }, [data, props.language]);
  useEffect(() => () => publish_warnings(null), []);
  return null;
}
