// SPDX-License-Identifier: Apache-2.0
// The change of duty: what each open incident waits for and who is out, on one page that can be
// printed; and who takes over, which the timeline of each then tells.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_all, post } from "./api";
import { lines_text, useApp, type App } from "./app";
import { area_label } from "./areas";
import { FindField, holding } from "./find";
import { useAction, useLoaded, useNow, type Loaded } from "./hooks";
import { day_text, due_text, span_text, t, word } from "./i18n";
import { missing_of } from "./incident";
import { says } from "./incidents";
import { Lent } from "./lent";
import { Empty, Skeleton, State, Trouble } from "./parts";
import { helped_of, in_hand } from "./places";
import { is_out, owes_report } from "./review";
import { LastEvents } from "./timeline";
import { useTitle } from "./title";
import type { Assignment, Board, Handed, Incident, Need } from "./types";
import { waiting, Waiting, type Wait } from "./waiting";
import { WarningList, type Warning } from "./warnings";

const NAMES_MAX = 8;
const ORDER = ["active", "reported", "confirmed", "standing_down", "review"];
const TAKEN_AT_ONCE = 500; // what the server takes
const ANEW_MS = 5000; // all of it is read at once
const ON_THE_WAY_OR_THERE = new Set(["assigned", "en_route", "on_scene", "working"]);

/** One thing that waits, or is to be known. WHO: people whose telephones stand in the text; MORE: the others of them, who come into view on a press, and on paper. */
interface Due {
  tone: "alarm-text" | "wait-text" | "";
  text: string;
  who?: { phone?: string }[];
  more?: { of: string; text: string; who: Assignment[] };
}

function name_of(one: { name?: string; number: string; phone?: string }): string {
  return (one.name ?? one.number) + (one.phone ? " " + one.phone : "");
}
/** PEOPLE in one line, if there are any; SAY: what of each. */
function people_due(tone: Due["tone"], key: "handover.lost" | "handover.out" | "handover.away", people: Assignment[], say: (one: Assignment) => string): Due[] {
  if (!people.length) return [];
  const words = (some: Assignment[]) => some.map(say).join(t("handover.comma"));
  const who = people.slice(0, NAMES_MAX), others = people.slice(NAMES_MAX);
  return [{ tone, text: t(key, { n: people.length, who: words(who) }), who, ...(others.length ? { more: { of: key, text: words(others), who: others } } : {}) }];
}

function where_text(one: Assignment): string {
  return t("handover.where", { who: name_of(one), state: word("person", one.state) });
}

/** A need in one line: what, until when, how it stands, when it goes on by itself. */
function need_due(app: App, need: Need, boards: Board[], now: number): Due {
  const wants = ["open", "short"].includes(need.state), missing = missing_of(need);
  const next = boards.find((board) => board.need === need.id && board.state === "active")?.next_wave_at;
  const in_s = next ? (Date.parse(next) - now) / 1000 : 0;
  const said = [
    lines_text(app, need.lines),
    t("needs.by", { at: due_text(need.by, now) }),
    need.state === "open" && missing ? "" : word("need", need.state),
    wants && missing ? t("board.missing", { n: missing }) : "",
    need.late ? t("board.late", { n: need.late }) : "",
    need.escalated_at && (wants || need.late) ? t("needs.escalated") : "",
    wants && !need.callouts.length ? t("handover.not_started") : "",
    in_s > 0 ? t("board.next_wave", { in: span_text(in_s) }) : "",
  ];
  return { tone: wants || need.late ? "wait-text" : "", text: said.filter(Boolean).join(" · ") };
}

/** Calls for help and people out of contact: what must not be lost between two officers. */
function alarms_due(incident: Handed, people: Assignment[], now: number): Due[] {
  const helped = helped_of(incident.events), lost = people.filter((one) => one.state === "lost_contact");
  const open = (incident.alarms ?? []).map((one) => ({ text: t("handover.sos_open", { who: name_of(one) }), who: [one] }));
  const taken = people.flatMap((one) => {
    const event = in_hand(one, helped);
    return event ? [{ text: t("handover.person", { who: name_of(one), what: t("alarm.in_hand", { who: event.actor ?? "", at: due_text(event.at, now) }) }), who: [one] }] : [];
  });
  return [...[...open, ...taken].map((due) => ({ tone: "alarm-text" as const, ...due })), ...people_due("alarm-text", "handover.lost", lost, name_of)];
}

function dues_of(app: App, incident: Handed, now: number): Due[] {
  const { boards } = incident;
  const people = boards.flatMap((board) => board.assignments);
  const needs = incident.needs.filter((need) => need.state !== "cancelled");
  const there = people.filter((one) => ON_THE_WAY_OR_THERE.has(one.state)), back = people.filter((one) => is_out(one) && one.state === "stood_down");
  const limited = boards.filter((board) => board.state === "active").reduce((sum, board) => sum + (board.funnel["limited"] ?? 0), 0);
  const reports = people.filter(owes_report).length, checks = people.filter((one) => one.state === "reported").length;
  const wait = (is_so: boolean | number, text: string): Due[] => (is_so ? [{ tone: "wait-text", text }] : []);
  return [
    ...alarms_due(incident, people, now),
    ...wait(incident.state === "reported", t("handover.unconfirmed")),
    ...wait(incident.state === "confirmed" && !needs.length, t("handover.no_need")),
    ...needs.map((need) => need_due(app, need, boards, now)),
    ...people_due("", "handover.out", there, where_text),
    ...(limited ? [{ tone: "" as const, text: t("handover.limited", { n: limited }) }] : []),
    ...people_due("wait-text", "handover.away", back, name_of),
    ...wait(reports, t("review.unreported", { n: reports })),
    ...wait(checks, t("review.unchecked", { n: checks })),
  ];
}

/** Whoever takes over on a telephone calls by pressing the number. */
function WithPhones(props: { text: string; who: { phone?: string }[] }): JSX.Element {
  let rest = props.text;
  const parts: (string | JSX.Element)[] = [];
  for (const { phone } of props.who) {
    const at = phone ? rest.indexOf(phone) : -1;
    if (!phone || at < 0) continue;
    parts.push(rest.slice(0, at), <a href={"tel:" + phone}>{phone}</a>);
    rest = rest.slice(at + phone.length);
  }
  return <>{parts}{rest}</>;
}
function DueText(props: { due: Due }): JSX.Element {
  const { text, who, more } = props.due;
  const [open, set_open] = useState(false);
  return (
    <>
      <WithPhones text={text} who={who ?? []} />
      {more && (
        <>
          {" "}
          <button type="button" class="number" aria-expanded={open} onClick={() => set_open(!open)}>{t("handover.more", { n: more.who.length })}</button>
          <span class="on-paper">{t("handover.comma")}</span>
          <span class={open ? "" : "on-paper"}> <WithPhones {...more} /></span>
        </>
      )}
    </>
  );
}

/** HIDDEN: it is on paper all the same. */
function OpenIncident(props: { one: Handed; dues: Due[]; now: number; hidden: boolean }): JSX.Element {
  const { one, dues, now } = props;
  const app = useApp();
  const path = "/incidents/" + one.id;
  const taken = one.events.filter((event) => event.kind === "incident.taken_over").pop();
  return (
    <li class={props.hidden ? "on-paper" : ""}>
      <div class="row wrap">
        <h2><a href={path} data-go>{one.title || word("kind", one.kind)}</a></h2>
        <State group="incident" state={one.state} />
        {one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
      </div>
      <p class="small">
        {[one.title ? word("kind", one.kind) : "", area_label(app, one.area.code, one.area.name), one.case, t("incident.reported_at", { at: due_text(one.reported_at, now) }), taken ? t("handover.by", { who: taken.actor ?? "", at: due_text(taken.at, now) }) : ""].filter(Boolean).join(" · ")}
      </p>
      <ul class="dues">
        {dues.map((due) => <li key={due.more?.of ?? due.text} class={due.tone}><DueText due={due} /></li>)}
        {!dues.length && <li>{t("handover.nothing")}</li>}
      </ul>
      <LastEvents events={one.events} cut={one.events_cut} onAll={() => app.go(path)} />
    </li>
  );
}

/** Notes in each open incident that the account may step that it is theirs now. */
function TakeOver(props: { incidents: Handed[]; onDone: () => Promise<void> }): JSX.Element {
  const action = useAction();
  const [taken, set_taken] = useState(0);
  const theirs = props.incidents.filter((one) => one.next?.steps.includes("take_over")).map(({ id }) => ({ id }));
  const take = async (): Promise<void> => {
    let n = 0;
    for (let from = 0; from < theirs.length; from += TAKEN_AT_ONCE) {
      n += (await post<{ taken: number }>("handover", { incidents: theirs.slice(from, from + TAKEN_AT_ONCE) })).taken;
    }
    set_taken(n);
    await props.onDone();
  };
  if (!theirs.length) return <></>;
  return (
    <div class="row wrap actions">
      <button type="button" class={taken ? "" : "primary"} disabled={action.busy} onClick={() => action.run(take)}>{t("handover.take", { n: theirs.length })}</button>
      <span role="status">{taken > 0 && t("handover.taken", { n: taken })}</span>
      <Trouble problem={action.problem} />
    </div>
  );
}

/** Page after page; each event after the one before it. */
async function load(): Promise<Handed[]> {
  const all = await get_all<Handed>("handover");
  return all.map((one) => ({ ...one, events: [...one.events].reverse() }));
}

/** Who calls for help or is out of contact comes first; exercises last. */
function rank({ one, dues }: { one: Handed; dues: Due[] }): number {
  const calm = dues.some((due) => due.tone === "alarm-text") ? 0 : 1;
  return (Number(one.exercise) * 2 + calm) * ORDER.length + ORDER.indexOf(one.state);
}

/** RUNNING: as the frame has them; they say what waits. */
export function HandoverView(props: { running: Loaded<Incident[]>; warnings: Loaded<Warning[]> }): JSX.Element {
  useTitle(t("handover.title"));
  const app = useApp();
  const now = useNow(app.offset_ms);
  const list = useLoaded(load, "handover", null, ANEW_MS);
  const open = (list.data ?? []).map((one) => ({ one, dues: dues_of(app, one, now) })).sort((a, b) => rank(a) - rank(b));
  const [text, find] = useState(""), [wait, set_wait] = useState<Wait | null>(null);
  const waits = new Map((props.running.data ?? []).map((one) => [one.id, one]));
  const all = open.map(({ one }): Incident => waits.get(one.id) ?? one);
  const seen = new Set(holding(waiting(all, wait), text, (one) => says(app, one)).map(({ id }) => id));
  return (
    <section class="panel wide-panel handover" aria-labelledby="handover-title">
      <div class="row">
        <h1 id="handover-title">{t("handover.title")}</h1>
        <span class="small">{day_text(now)}</span>
        <button type="button" onClick={() => window.print()}>{t("handover.print")}</button>
      </div>
      <p class="lead">{t("handover.lead")}</p>
      <WarningList list={props.warnings} />
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={8} />}
      {list.data && !open.length && <Empty title={t("handover.none")} />}
      <TakeOver incidents={open.map(({ one }) => one)} onDone={list.reload} />
      <Waiting incidents={all} chosen={wait} choose={set_wait} />
      <FindField label={t("incidents.find")} of={all.length} text={text} onFind={find} />
      {open.length > 0 && !seen.size && <Empty title={t("incidents.none_found")} />}
      <ul class="list">
        {open.map(({ one, dues }) => <OpenIncident key={one.id} one={one} dues={dues} now={now} hidden={!seen.has(one.id)} />)}
      </ul>
      <Lent open />
    </section>
  );
}
