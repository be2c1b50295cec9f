// SPDX-License-Identifier: Apache-2.0
// The live board of one call-out: what is missing, big; then the people; then the rest.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { get, get_all, post } from "./api";
import { skills_text, useApp } from "./app";
import { AssignmentRow } from "./assignment";
import { bring_into_view, useAction, useEver, useLoaded, useNow } from "./hooks";
import { due_text, prime, probability_text, seconds_text, span_text, t, word, type Key } from "./i18n";
import { EMPTY_MAP, publish_map } from "./map_model";
import { NextWave } from "./next_wave";
import { Confirm, Skeleton, State, Tabs, Trouble } from "./parts";
import { helped_of, in_hand, map_people, PeopleTable, type Helped } from "./places";
import { LastEvents, Timeline, useEvents, Why } from "./timeline";
import type { Alert, Assignment, Board, IncidentFull, Line, Need } from "./types";

const ALERTS_MAX = 5000;
const THERE = new Set(["on_scene", "working"]);
const SHOWN = 60;

/** The funnel in the order in which people pass it; each figure can be pressed. */
const FUNNEL = ["alerted", "delivered", "read", "pending", "accepted", "en_route", "on_scene"] as const;
const REST = ["limited", "late", "declined", "no_answer", "void", "stood_down"] as const;

function has_channel(alert: Alert, states: string[]): boolean {
  return (alert.channels ?? []).some((one) => states.includes(one.state));
}
function is_in(alert: Alert, key: string, assignment: Assignment | undefined): boolean {
  switch (key) {
    case "alerted":
      return true;
    case "delivered":
      return has_channel(alert, ["delivered", "read"]) || alert.answered_at !== undefined;
    case "read":
      return has_channel(alert, ["read"]) || alert.answered_at !== undefined;
    case "accepted":
      return alert.state === "accepted";
    case "en_route":
    case "on_scene":
      return assignment?.state === key || (key === "on_scene" && assignment?.state === "working");
    default:
      return alert.state === key;
  }
}

/** Seats of one line are no help to another: a fourth driver is no nurse. */
function counts_of(board: Board): { count: number; accepted: number; spare: number; there: number; seats: number } {
  const sum = (of: (line: Line) => number) => board.lines.reduce((all, line) => all + of(line), 0);
  return {
    count: sum((line) => line.count),
    accepted: sum((line) => Math.min(line.count, line.accepted)),
    spare: sum((line) => Math.max(0, line.accepted - line.count)),
    there: sum((line) => Math.min(line.count, line.on_scene)),
    seats: sum((line) => line.count + (line.reserve ?? 0)),
  };
}

/** Who reached the place stays counted; the words say whether they are still there. */
function headline_of(board: Board): string {
  const { count, accepted, there } = counts_of(board);
  const now_there = board.assignments.some((one) => THERE.has(one.state));
  if (there >= count) return now_there ? t("board.all_there", { n: there }) : t("board.all_left", { n: there });
  if (accepted < count) return t("board.missing", { n: count - accepted });
  return is_unsure(board) ? t("board.unsure", { n: accepted, count }) : t("board.filled");
}

/** As many as wanted have said yes, and the call-out goes on: that is not enough. */
function is_unsure(board: Board): boolean {
  const { count, accepted, there } = counts_of(board);
  return board.state === "active" && accepted >= count && there < count;
}

function StateLine(props: { board: Board; need: Need; now: number; onWho: (key: string) => void }): JSX.Element {
  const { board, now } = props;
  const { count, accepted, spare, there, seats } = counts_of(board);
  const missing = count - accepted;
  const full = count + spare; // the bar is full when nobody is missing
  const etas = board.assignments.filter((one) => ["assigned", "en_route"].includes(one.state) && one.eta_seconds !== undefined).map((one) => one.eta_seconds!);
  const left = (Date.parse(board.deadline) - now) / 1000;
  return (
    <section class="stateline" aria-label={t("board.state")}>
      <div class="row wrap">
        <button type="button" class={"number big " + (missing || is_unsure(board) ? "wait" : "ok")} onClick={() => props.onWho("accepted")}>
          {headline_of(board)}
        </button>
        {etas.length > 0 && <span class="figure">{t(there ? "board.eta_next" : "board.eta", { first: prime(Math.min(...etas)), last: prime(Math.max(...etas)) })}</span>}
        <span class="push figure">
          {t("board.deadline", { at: due_text(board.deadline, now) })}{" "}
          {board.state !== "ended" && <strong class={left < 0 && missing ? "alarm-text" : ""}>{left >= 0 ? span_text(left) : t("board.passed")}</strong>}
        </span>
      </div>
      <div class="row">
        <div class="bar" role="img" aria-label={t("board.bar", { n: accepted, count, seats })}>
          <span class="there" style={{ width: (100 * there) / full + "%" }} />
          <span class="yes" style={{ width: (100 * (accepted + spare - there)) / full + "%" }} />
          {full > count && <i style={{ left: (100 * count) / full + "%" }} />}
        </div>
        <button type="button" class="number" onClick={() => props.onWho("accepted")}>{t("board.accepted", { n: accepted, count })}{spare > 0 && " " + t("board.spare", { n: spare })}</button>
        {there < count && (
          <span class={"figure " + (board.target_reached ? "ok-text" : "wait-text")} title={t("board.target", { p: board.target.toFixed(2) })}>
            {t("board.probability", { p: probability_text(board.probability) })}
          </span>
        )}
      </div>
      {board.lines.length > 1 && <Lines board={board} />}
    </section>
  );
}

function Lines(props: { board: Board }): JSX.Element {
  const app = useApp();
  return (
    <ul class="plain-list small">
      {props.board.lines.map((line, index) => (
        <li key={index}>{skills_text(app, line.skills)}: {t("board.accepted", { n: line.accepted, count: line.count })} · {t("board.there", { n: line.on_scene })}</li>
      ))}
    </ul>
  );
}

function StandDown(props: { board: Board; whole: IncidentFull | null; onNo: () => void }): JSX.Element {
  const { board, whole } = props;
  const action = useAction();
  const on = (...states: string[]) => board.assignments.filter((one) => states.includes(one.state)).length;
  const accepted: [Key, number][] = whole
    ? [
        ["stand_down.on_scene", on("on_scene", "working")],
        ["stand_down.en_route", on("en_route")],
        ["stand_down.before", on("assigned")],
      ]
    : [["stand_down.stay", on("assigned", "en_route", "on_scene", "working")]];
  const lines: [Key, number][] = [
    ...accepted,
    ["stand_down.waiting", (board.funnel["limited"] ?? 0) + (board.funnel["late"] ?? 0)],
    ["stand_down.unanswered", board.funnel["pending"] ?? 0],
  ];
  const touched = lines.filter(([, n]) => n > 0).map(([key, n]) => t(key, { n }));
  const consequences = touched.length ? touched : [t("stand_down.nobody")];
  return (
    <Confirm
      title={t(whole ? "stand_down.title_all" : "stand_down.title")}
      consequences={whole ? consequences : [...consequences, t("stand_down.others")]}
      action={t(whole ? "stand_down.do" : "stand_down.button_one")}
      busy={action.busy}
      problem={action.problem}
      onNo={props.onNo}
      onYes={() =>
        action.run(async () => {
          if (whole) await post("incidents/" + whole.id + "/steps", { step: "stand_down" });
          else await post("callouts/" + board.id + "/steps", { step: "stand_down" });
          props.onNo();
        })
      }
    />
  );
}

/** Whether the stand-down of the board is that of the whole incident: it is about the only need. */
export function ends_all(incident: IncidentFull): boolean {
  const running = incident.needs.filter((need) => ["open", "filled", "met", "short"].includes(need.state)).length;
  return running <= 1 && (incident.next?.steps ?? []).includes("stand_down");
}

function Actions(props: { board: Board; incident: IncidentFull; now: number; primary: boolean }): JSX.Element {
  const { board, incident, now } = props;
  const [asked, set_asked] = useState(false);
  const action = useAction();
  const whole = ends_all(incident) ? incident : null;
  const is_met = board.lines.every((line) => line.on_scene >= line.count);
  return (
    <div class="row wrap actions">
      {board.state === "active" && <NextWave board={board} now={now} />}
      {board.state !== "active" && <State group="callout" state={board.state} />}
      <span class="push" />
      {["filled", "standing_down"].includes(board.state) && incident.state === "active" && (
        <button type="button" disabled={action.busy} onClick={() => action.run(() => post("callouts/" + board.id + "/steps", { step: "resume" }))}>{t("board.resume")}</button>
      )}
      {(whole || ["active", "filled"].includes(board.state)) && incident.state === "active" && (
        <button type="button" class={props.primary && is_met ? "primary" : ""} onClick={() => set_asked(true)}>{t(whole ? "stand_down.button" : "stand_down.button_one")}</button>
      )}
      {asked && <StandDown board={board} whole={whole} onNo={() => set_asked(false)} />}
      <Trouble problem={action.problem} />
    </div>
  );
}

function Funnel(props: { board: Board; who: string; onWho: (key: string) => void }): JSX.Element {
  const { board } = props;
  const rest = REST.filter((key) => (board.funnel[key] ?? 0) > 0);
  return (
    <div class="funnel" role="group" aria-label={t("board.funnel")}>
      {[...FUNNEL, ...rest].map((key) => (
        <button key={key} type="button" aria-pressed={props.who === key} onClick={() => props.onWho(props.who === key ? "" : key)}>
          <span>{t(("funnel." + key) as Key)}</span> <strong>{board.funnel[key] ?? 0}</strong>
        </button>
      ))}
    </div>
  );
}

const ANSWERABLE = new Set(["pending", "no_answer", "limited", "declined", "late"]);

function OnBehalf(props: { alert: Alert; onDone: () => void }): JSX.Element {
  const [reason, set_reason] = useState("");
  const action = useAction();
  const { phone } = props.alert;
  const send = (answer: string) =>
    action.run(async () => {
      await post("alerts/" + props.alert.id + "/replies", { answer, reason: reason.trim() });
      props.onDone();
    });
  return (
    <div class="behalf">
      {phone && <p>{t("col.phone")} <a href={"tel:" + phone}>{phone}</a></p>}
      <label class="field">
        <span>{t("behalf.reason", { number: props.alert.number })}</span>
        <input maxLength={500} value={reason} placeholder={t("behalf.hint")} onInput={(e) => set_reason(e.currentTarget.value)} />
      </label>
      <div class="row wrap">
        <button type="button" disabled={action.busy || !reason.trim()} onClick={() => send("accept")}>{t("behalf.accept")}</button>
        <button type="button" disabled={action.busy || !reason.trim()} onClick={() => send("decline")}>{t("behalf.decline")}</button>
      </div>
      <Trouble problem={action.problem} />
    </div>
  );
}

function Who(props: { alerts: Alert[]; board: Board; which: string; focus: string }): JSX.Element {
  const [open, set_open] = useState(0);
  const [all, set_all] = useState(false);
  const by_number = new Map(props.board.assignments.map((one) => [one.number, one]));
  const kept = props.alerts.filter((alert) => is_in(alert, props.which, by_number.get(alert.number)));
  const shown = all ? kept : kept.slice(0, SHOWN);
  return (
    <section class="who">
      <h3>{t(("funnel." + props.which) as Key)} · {kept.length}</h3>
      {!kept.length && <p class="small">{t("who.nobody")}</p>}
      {kept.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("who.table")}>
          <table>
            <thead>
              <tr>
                <th>{t("col.name")}</th><th>{t("col.state")}</th><th class="figure">{t("col.away")}</th><th>{t("col.alerted_answered")}</th><th>{t("col.why")}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((alert) => (
                <>
                  <tr key={alert.id} class={props.focus === alert.number ? "chosen" : ""}>
                    <th scope="row">{alert.name}{alert.name && <br />}<span class="small">{alert.number}</span></th>
                    <td>
                      <State group="person" state={by_number.get(alert.number)?.state ?? alert.state} />
                      {ANSWERABLE.has(alert.state) && (
                        <button type="button" class="quiet" aria-expanded={open === alert.id} onClick={() => set_open(open === alert.id ? 0 : alert.id)}>{t("behalf.title")}</button>
                      )}
                    </td>
                    <td class="figure">{prime(alert.seconds)}</td>
                    <td class="times-of">{seconds_text(alert.alerted_at)}{alert.answered_at && <><br />{seconds_text(alert.answered_at)}</>}</td>
                    <td class="small">{t("col.wave")} {alert.wave} · {word("reason", alert.reason)}</td>
                  </tr>
                  {open === alert.id && (
                    <tr key={"b" + alert.id}><td colSpan={5}><OnBehalf alert={alert} onDone={() => set_open(0)} /></td></tr>
                  )}
                </>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {kept.length > SHOWN && <button type="button" class="quiet" onClick={() => set_all(!all)}>{all ? t("plan.fewer") : t("plan.all", { n: kept.length })}</button>}
    </section>
  );
}

const ORDER = ["lost_contact", "on_scene", "working", "en_route", "assigned", "reported", "disputed", "released", "verified"];
function by_urgency(a: Assignment, b: Assignment, helped: Helped): number {
  const rank = (one: Assignment) => (one.sos ? -2 : in_hand(one, helped) ? -1 : ORDER.indexOf(one.state) < 0 ? 99 : ORDER.indexOf(one.state));
  return rank(a) - rank(b) || (a.eta_seconds ?? 0) - (b.eta_seconds ?? 0) || a.id - b.id;
}

/** Nothing is sent while nothing changes: who is under way comes nearer all the same. */
function as_of(board: Board, later_s: number): Board {
  const nearer = (one: Assignment) => (one.state === "en_route" && one.eta_seconds !== undefined ? { ...one, eta_seconds: Math.max(0, one.eta_seconds - later_s) } : one);
  return { ...board, assignments: board.assignments.map(nearer) };
}

type Tab = "people" | "timeline" | "why" | "table";
const TABS: Tab[] = ["people", "timeline", "why", "table"];

export function BoardView(props: { incident: IncidentFull; need: Need; callout: number; primary: boolean }): JSX.Element {
  const { incident, callout } = props;
  const app = useApp();
  const now = useNow(app.offset_ms);
  const board = useLoaded(() => get<Board>("callouts/" + callout), "board" + callout, incident.id);
  const alerts = useLoaded(() => get_all<Alert>("callouts/" + callout + "/alerts?limit=1000", ALERTS_MAX), "alerts" + callout, incident.id);
  const { events } = useEvents(incident.id);
  const [tab, set_tab] = useState<Tab>("people");
  const [who, set_who] = useState("");
  const [focus, set_focus] = useState("");
  const [open, set_open] = useState(0);
  const received = useMemo(() => Date.now() + app.offset_ms, [board.data]);
  const data = board.data && as_of(board.data, (now - received) / 1000);
  const list = alerts.data ?? [];
  const helped = useMemo(() => helped_of(events), [events]);
  const people = useMemo(() => (data ? map_people(data, list, props.need.at, helped) : []), [board.data, alerts.data, helped]);
  const show_person = (number: string) => {
    const one = data?.assignments.find((each) => each.number === number);
    set_focus(number);
    set_tab(one ? "people" : "table");
    if (one) set_open(one.id);
    window.setTimeout(() => bring_into_view(document.getElementById(one ? "assignment-" + one.id : "on-map-" + number)), 50);
  };
  const alarmed = useEver(people.filter((one) => one.alarm).map((one) => one.key)); // the camera moves for a new one only
  useEffect(() => {
    if (!data) return;
    publish_map({
      ...EMPTY_MAP,
      incidents: [{ id: incident.id, at: props.need.at, label: incident.title || word("kind", incident.kind), exercise: incident.exercise, current: true }],
      people,
      fit: alerts.data ? "board-" + callout + alarmed.join() : "",
      onPerson: show_person,
    });
  }, [board.data, alerts.data, helped]);
  if (!data) return board.problem ? <Trouble problem={board.problem} retry={board.reload} /> : <Skeleton rows={8} />;
  const names = new Map([...list, ...data.assignments].flatMap((one) => (one.name ? [[one.number, one.name] as const] : [])));
  return (
    <section class="board" aria-label={t("board.title")}>
      <StateLine board={data} need={props.need} now={now} onWho={set_who} />
      <Actions board={data} incident={incident} now={now} primary={props.primary} />
      <Trouble problem={board.problem} retry={board.reload} />
      <Funnel board={data} who={who} onWho={set_who} />
      {who && <Who alerts={list} board={data} which={who} focus={focus} />}
      <Tabs label={t("board.views")} chosen={tab} choose={set_tab} choices={TABS.map((key) => [key, word("tab", key)])} />
      {tab === "people" && (
        <>
          {!data.assignments.length && <p class="panel lead">{t("board.nobody_yet")}</p>}
          <ul class="assignments">
            {[...data.assignments].sort((a, b) => by_urgency(a, b, helped)).map((one) => (
              <AssignmentRow key={one.id} one={one} lines={data.lines} roll_call_at={incident.roll_call_at} over={incident.state === "closed"} helped={in_hand(one, helped)} open={open === one.id} toggle={() => set_open(open === one.id ? 0 : one.id)} />
            ))}
          </ul>
          <LastEvents events={events} names={names} onAll={() => set_tab("timeline")} />
        </>
      )}
      {tab === "timeline" && <Timeline incident={incident.id} names={names} />}
      {tab === "why" && <Why callout={callout} incident={incident.id} left_out={data.left_out ?? 0} />}
      {tab === "table" && <PeopleTable people={people} focus={focus} />}
    </section>
  );
}
