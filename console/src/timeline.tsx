// SPDX-License-Identifier: Apache-2.0
// What happened, newest first, in words.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { get_all, type Held } from "./api";
import { useApp, type App } from "./app";
import { useFirst } from "./find";
import { useLoaded } from "./hooks";
import { due_text, has_word, moment_text, t, word } from "./i18n";
import { Empty, Skeleton, Trouble } from "./parts";
import type { Event } from "./types";

const SHOWN = 40;
const KNOWN = 20; // of an incident of the hand-over, if there were more
const EVENTS_MAX = 20000;

function who(event: Event): string {
  return event.name ?? String(event.person ?? "");
}

/** What the code of an event says, whatever it is a code of. */
export function code_text(code = ""): string {
  const group = ["person", "excluded", "desk"].find((one) => has_word(one, code));
  return group ? word(group, code) : code;
}

/** What happened, in the words of its kind; AREA: whose desk was told. */
export function kind_text(kind: string, code: string, count: number | string, area = ""): string {
  return area ? t("timeline.desk_told", { area, code }) : word("event", kind).replace("{n}", String(count)).replace("{code}", code);
}

/** A kind that means something of its own with this code. */
function kind_of(event: Event): string {
  const kind = event.kind + "." + event.code;
  return has_word("event", kind) ? kind : event.kind;
}

/** Each event in one sentence; kinds without one are technical and stay folded. */
function sentence_of(app: App, event: Event): string {
  const code = code_text(event.code);
  const desk = event.kind === "incident.desk_told" && app.areas.find((area) => area.id === event.number);
  let text = kind_text(kind_of(event), code, event.number ?? 0, desk ? desk.name : "");
  if (event.kind === "need.deadline" && event.number !== undefined) text += " " + due_text(event.number, Date.parse(event.at));
  if (event.person) text += " · " + who(event);
  if (event.code === "text") text += " · " + t("timeline.by_text");
  if (event.reason) text += " · " + event.reason;
  return text;
}
/** The account that did it; "": none did. */
function account_of(event: Event): string {
  return event.actor && event.actor !== "system" && event.actor !== "person" ? String(event.actor) : "";
}
/** The same desk, of the same thing, by another channel or in another browser. */
function is_told_again(event: Event, before: Event | undefined): boolean {
  const said = ({ kind, code, number, need, assignment }: Event) => [kind, code, number, need, assignment].join();
  return event.kind === "incident.desk_told" && !!before && said(event) === said(before);
}

/** Equal things that follow each other are one row: "stood down x 44". */
interface Row {
  first: Event;
  all: Event[];
}
function rows_of(events: Event[]): Row[] {
  const rows: Row[] = [];
  for (const event of events) {
    const last = rows[rows.length - 1];
    if (is_told_again(event, last?.first)) continue;
    if (last && kind_of(last.first) === kind_of(event) && !event.reason && !last.first.reason && event.kind.startsWith("alert.")) last.all.push(event);
    else rows.push({ first: event, all: [event] });
  }
  return rows;
}
/** CUT: there were more before the first that is known. */
function row_text(app: App, row: Row, cut = false): string {
  return row.all.length === 1 ? sentence_of(app, row.first) : t("timeline.times", { what: word("event", kind_of(row.first)), n: row.all.length + (cut ? "+" : "") });
}

interface Events {
  events: Event[];
  problem: JSX.Element | null;
  loaded: boolean;
}
/** TECHNICAL: with what is only between the machines. None if not WANTED. */
export function useEvents(incident: number, technical = false, wanted = true): Events {
  const path = "incidents/" + incident + "/events?limit=1000" + (technical ? "" : "&spoken=true");
  const held = useMemo<Held<Event>>(() => ({ items: [], next: "/api/v1/" + path }), [path]);
  const load = async () => {
    if (!wanted) return [];
    const events = await get_all<Event>(path, EVENTS_MAX, held);
    held.next = held.next.replace("limit=1000", "limit=100"); // the page that is not full is asked for with each change
    return events;
  };
  const list = useLoaded(load, path + wanted, wanted ? incident : undefined);
  return { events: list.data ?? [], problem: <Trouble problem={list.problem} retry={list.reload} />, loaded: list.data !== null };
}

/** CUT: so many are not known that came before EVENTS. */
export function LastEvents(props: { events: Event[]; cut?: number; onAll: () => void }): JSX.Element {
  const app = useApp();
  const last = rows_of(props.events).slice(-3).reverse();
  const is_cut = (row: Row): boolean => !!props.cut && row.all.length >= KNOWN;
  return (
    <p class="last-events">
      <button type="button" class="link" onClick={props.onAll}>{t("timeline.title")}</button>
      {last.map((row) => (
        <span key={row.first.seq}>{moment_text(row.first.at)} {row_text(app, row, is_cut(row))}{row.all.length === 1 && account_of(row.first) && " — " + account_of(row.first)}</span>
      ))}
    </p>
  );
}

function Single(props: { event: Event }): JSX.Element {
  const { event } = props;
  const app = useApp();
  return (
    <span>
      {sentence_of(app, event)}
      {account_of(event) && <span class="small"> — {account_of(event)}</span>}
    </span>
  );
}

/** SPOKEN: the events without the technical ones, where somebody has them already. */
export function Timeline(props: { incident: number; spoken?: Events }): JSX.Element {
  const app = useApp();
  const [technical, set_technical] = useState(false);
  const given = technical ? undefined : props.spoken;
  const own = useEvents(props.incident, technical, !given);
  const { events, problem, loaded } = given ?? own;
  const kept = rows_of(events).reverse();
  const { shown, more } = useFirst(kept, SHOWN);
  return (
    <section class="panel">
      {problem}
      {!loaded && <Skeleton />}
      {loaded && !events.length && <Empty title={t("timeline.none")} />}
      <label class="check">
        <input type="checkbox" checked={technical} onChange={(e) => set_technical(e.currentTarget.checked)} />
        <span>{t("timeline.technical")}</span>
      </label>
      <ol class="timeline">
        {shown.map((row) => (
          <li key={row.first.seq}>
            <time dateTime={row.first.at}>{moment_text(row.first.at)}</time>
            {row.all.length > 1 ? (
              <details>
                <summary>{row_text(app, row)}</summary>
                <p class="small">{row.all.map((event) => who(event)).join(", ")}</p>
              </details>
            ) : (
              <Single event={row.first} />
            )}
          </li>
        ))}
      </ol>
      {more}
    </section>
  );
}
