// SPDX-License-Identifier: Apache-2.0
// The live board of one call-out: what is missing, big; then the people; then the rest.
import type { JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";

import { get, get_changed, post, type Known } from "./api";
import { may_see_record, skills_text, useApp } from "./app";
import { AssignmentRow } from "./assignment";
import { bring_into_view, useAction, useEver, useLoaded, useNow, useSaid, useSteady } from "./hooks";
import { current_language, due_text, prime, probability_text, span_text, t, word } from "./i18n";
import { EMPTY_MAP, publish_map } from "./map_model";
import { nobody_answers, NextWave } from "./next_wave";
import { Skeleton, State, Tabs, Trouble, type Tone } from "./parts";
import { helped_of, in_hand, map_people, PeopleTable, type Helped } from "./places";
import { EndCallout, StandDown } from "./stand_down";
import { LastEvents, Timeline, useEvents } from "./timeline";
import type { Alert, Assignment, Board, IncidentFull, Line, Need } from "./types";
import { is_same, Who, type Whom } from "./who";
import { Why } from "./why";

const ALERTS_MAX = 20000, ALERTS_MS = 1000;
const THERE = new Set(["on_scene", "working"]);

/** The funnel in the order in which people pass it; each figure can be pressed. */
const FUNNEL = ["alerted", "delivered", "read", "pending", "accepted", "en_route", "on_scene"] as const;
const REST = ["limited", "late", "declined", "no_answer", "void", "stood_down"] as const;

/** Seats of one line are no help to another: a fourth driver is no nurse. */
function counts_of(board: Board): { count: number; accepted: number; spare: number; there: number; reached: number; seats: number } {
  const sum = (of: (line: Line) => number) => board.lines.reduce((all, line) => all + of(line), 0);
  return {
    count: sum((line) => line.count),
    accepted: sum((line) => Math.min(line.count, line.accepted)),
    spare: sum((line) => Math.max(0, line.accepted - line.count)),
    there: sum((line) => Math.min(line.count, line.on_scene)),
    reached: sum((line) => line.on_scene),
    seats: sum((line) => line.count + (line.reserve ?? 0)),
  };
}

/** What the board says biggest, and whom it shows when it is pressed. */
interface Headline {
  text: string;
  tone: Tone;
  step: string;
}

/** Who reached the place stays counted; the words say whether they are still there. */
function arrived_text(board: Board): string {
  const n = counts_of(board).reached;
  const m = board.assignments.filter((one) => THERE.has(one.state)).length;
  if (!m) return t("board.all_left", { n });
  return m < n ? t("board.came", { n, m }) : t("board.all_there", { n });
}

/** How many come, but by the ways of now not by the deadline; 0 if a line has enough without them. */
function late_of(board: Board, now: number): number {
  const left_s = (Date.parse(board.deadline) - now) / 1000;
  const late = board.assignments.filter((one) => ["assigned", "en_route"].includes(one.state) && (one.eta_seconds === undefined || one.eta_seconds > left_s));
  return board.lines.reduce((all, line, index) => {
    const n = late.filter((one) => one.line === index).reduce((sum, one) => sum + (one.count ?? 1), 0);
    return all + (line.accepted - n < line.count ? n : 0);
  }, 0);
}

function headline_of(board: Board, need: Need, late: number): Headline {
  const { count, accepted, spare, there } = counts_of(board);
  const lost = board.assignments.filter((one) => one.state === "lost_contact").length;
  if (lost) return { text: t("board.lost", { n: lost }), tone: "alarm", step: "lost_contact" };
  if (need.state === "cancelled") return { text: t("board.cancelled"), tone: "quiet", step: "seated" };
  if (there >= count) return { text: arrived_text(board), tone: "ok", step: "reached" };
  if (is_over(board, need)) return { text: t("board.over", { n: there }), tone: "quiet", step: "reached" };
  if (accepted < count) return { text: t("board.missing", { n: count - accepted }), tone: "wait", step: "seated" };
  if (late) return { text: t("board.some_late", { n: late, count: accepted + spare }), tone: "wait", step: "to_come" };
  return is_unsure(board) ? { text: t("board.unsure", { n: accepted, count }), tone: "wait", step: "seated" } : { text: t("board.filled"), tone: "ok", step: "seated" };
}

/** The people it had were sent home: nobody is missing any more. */
function is_over(board: Board, need: Need): boolean {
  const { count, accepted } = counts_of(board);
  return accepted < count && ["standing_down", "ended"].includes(board.state) && need.state === "filled";
}

/** As many as wanted have said yes, and the call-out goes on: that is not enough. */
function is_unsure(board: Board): boolean {
  const { count, accepted, there } = counts_of(board);
  return board.state === "active" && accepted >= count && there < count;
}

function StateLine(props: { board: Board; need: Need; now: number; onWho: (whom: Whom) => void; onWhy: () => void }): JSX.Element {
  const { board, now } = props;
  const { count, accepted, spare, there, seats } = counts_of(board);
  const missing = count - accepted;
  const is_cancelled = props.need.state === "cancelled", over = is_over(board, props.need);
  const headline = headline_of(board, props.need, late_of(board, now));
  const said = useSaid(headline.text);
  const full = count + spare; // the bar is full when nobody is missing
  const etas = board.assignments.filter((one) => ["assigned", "en_route"].includes(one.state) && one.eta_seconds !== undefined).map((one) => one.eta_seconds!);
  const left = (Date.parse(board.deadline) - now) / 1000;
  return (
    <section class="stateline" aria-label={t("board.state")}>
      <h2 class="hidden">{t("board.state")}</h2>
      <p class="hidden" role="status">{said}</p>
      <div class="row wrap">
        <button type="button" class={"number big " + headline.tone} onClick={() => props.onWho({ step: headline.step })}>{headline.text}</button>
        {etas.length > 0 && <button type="button" class="number figure" onClick={() => props.onWho({ step: "to_come" })}>{t(there ? "board.eta_next" : "board.eta", { first: prime(Math.min(...etas)), last: prime(Math.max(...etas)) })}</button>}
        <span class="push figure">
          {t("board.deadline", { at: due_text(board.deadline, now) })}{" "}
          {board.state !== "ended" && !is_cancelled && !over && <strong class={left < 0 && missing ? "alarm-text" : ""}>{left >= 0 ? t("board.left", { in: span_text(left) }) : t("board.passed")}</strong>}
        </span>
      </div>
      {!over && (
        <div class="row">
          <div class="bar" role="img" aria-label={t("board.bar", { n: accepted, count, seats })}>
            <span class="there" style={{ width: (100 * there) / full + "%" }} />
            <span class="yes" style={{ width: (100 * (accepted + spare - there)) / full + "%" }} />
            {full > count && <i style={{ left: (100 * count) / full + "%" }} />}
          </div>
          <button type="button" class="number" onClick={() => props.onWho({ step: "seated" })}>{t("board.accepted", { n: accepted, count })}{spare > 0 && " " + t("board.spare", { n: spare })}</button>
          {there < count && !is_cancelled && board.state !== "ended" && (
            <button type="button" class={"number figure " + (board.target_reached ? "ok" : "wait")} title={t("board.target", { p: board.target.toFixed(2) })} onClick={props.onWhy}>
              {t("board.probability", { p: probability_text(board.probability) })}
            </button>
          )}
        </div>
      )}
      {!!props.need.late && <p class="small wait-text">{t("board.late_told")}</p>}
      {board.lines.length > 1 && <Lines board={board} onWho={props.onWho} />}
    </section>
  );
}

function Lines(props: { board: Board; onWho: (whom: Whom) => void }): JSX.Element {
  const app = useApp();
  return (
    <ul class="plain-list lines-of">
      {props.board.lines.map((line, index) => (
        <li key={index}>
          {skills_text(app, line.skills)}{" "}
          <button type="button" class="number" onClick={() => props.onWho({ step: "seated", line: index })}>{t("board.accepted", { n: line.accepted, count: line.count })}</button>{" "}
          <button type="button" class="number" onClick={() => props.onWho({ step: "reached", line: index })}>{t("board.there", { n: line.on_scene })}</button>
        </li>
      ))}
    </ul>
  );
}

/** Whether calling on would end at once: the seats are taken, or who has them reaches the target. HELD: seats of a line. */
function is_full(board: Board, need: Need, held: (line: Line, index: number) => number): boolean {
  const fixed = need.reserve !== "auto";
  return (board.target_reached || fixed) && board.lines.every((line, index) => held(line, index) >= line.count + (board.target_reached || !fixed ? 0 : (line.reserve ?? 0)));
}
/** The same if it is opened again: whoever has left by then holds no seat any more. */
export function stays_full(board: Board, need: Need): boolean {
  const stays = board.assignments.filter((one) => ["assigned", "en_route", "on_scene", "working"].includes(one.state));
  return is_full(board, need, (_, index) => stays.filter((one) => one.line === index).reduce((sum, one) => sum + (one.count ?? 1), 0));
}

/** Whether the stand-down of the board is that of the whole incident: it is about the only need. */
export function ends_all(incident: IncidentFull): boolean {
  const running = incident.needs.filter((need) => ["open", "filled", "met", "short"].includes(need.state)).length;
  return running <= 1 && (incident.next?.steps ?? []).includes("stand_down");
}

/** ACTS: whoever only looks sees how it stands, and no buttons. */
function Actions(props: { board: Board; need: Need; incident: IncidentFull; now: number; acts: boolean; primary: boolean; onWhy: () => void }): JSX.Element {
  const { board, incident, now, acts } = props;
  const [asked, set_asked] = useState<"" | "one" | "all">(""); // an open question stays what it was
  const action = useAction(board.state);
  const whole = ends_all(incident);
  const is_met = board.lines.every((line) => line.on_scene >= line.count);
  const resumes = acts && ["filled", "standing_down"].includes(board.state) && incident.state === "active" && props.need.state !== "cancelled";
  const full = is_full(board, props.need, (line) => line.accepted);
  return (
    <div class="row wrap actions">
      {board.state === "active" && <NextWave board={board} now={now} acts={acts} onWhy={props.onWhy} />}
      {!["active", "filled"].includes(board.state) && <State group="callout" state={board.state} />}
      {resumes && full && !is_met && <span class="small">{t(board.target_reached ? "board.enough" : "board.full")}</span>}
      <span class="push" />
      {resumes && !full && (
        <button type="button" disabled={action.busy} onClick={() => action.run(() => post("callouts/" + board.id + "/steps", { step: "resume" }))}>{t("board.resume")}</button>
      )}
      {acts && (whole || ["active", "filled"].includes(board.state)) && incident.state === "active" && (
        <button type="button" class={props.primary && is_met ? "primary" : ""} onClick={() => set_asked(whole ? "all" : "one")}>{t(whole ? "stand_down.button" : "stand_down.button_one")}</button>
      )}
      {asked === "all" && <StandDown incident={incident} onNo={() => set_asked("")} />}
      {asked === "one" && <EndCallout board={board} onNo={() => set_asked("")} />}
      <Trouble problem={action.problem} />
    </div>
  );
}

function Funnel(props: { board: Board; whom: Whom | null; onWho: (whom: Whom) => void }): JSX.Element {
  const { board } = props;
  const rest = REST.filter((key) => (board.funnel[key] ?? 0) > 0);
  return (
    <div class="funnel" role="group" aria-label={t("board.funnel")}>
      {[...FUNNEL, ...rest].map((step) => (
        <button key={step} type="button" aria-pressed={is_same(props.whom, { step })} onClick={() => props.onWho({ step })}>
          <span>{word("funnel", step)}</span> <strong>{board.funnel[step] ?? 0}</strong>
        </button>
      ))}
    </div>
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
const TABS_OF_VIEWER: Tab[] = ["people", "table"];

/** WANTED: an assignment whose row is to come into view; 0: none. */
export function BoardView(props: { incident: IncidentFull; need: Need; callout: number; acts: boolean; primary: boolean; wanted: number; onShown: () => void }): JSX.Element {
  const { incident, callout } = props;
  const app = useApp();
  const reads = may_see_record(app);
  const now = useNow(app.offset_ms);
  const board = useLoaded(() => get<Board>("callouts/" + callout), "board" + callout, incident.id);
  const known = useMemo<Known<Alert>>(() => ({ items: new Map(), position: 0 }), [callout]);
  const alerts = useLoaded(async () => (reads ? await get_changed<Alert>("callouts/" + callout + "/alerts?limit=1000", ALERTS_MAX, known) : []), "alerts" + callout, reads ? incident.id : undefined, ALERTS_MS);
  const spoken = useEvents(incident.id, false, reads);
  const { events } = spoken;
  const [tab, set_tab] = useState<Tab>("people");
  const [whom, set_whom] = useState<Whom | null>(null);
  const [focus, set_focus] = useState("");
  const [open, set_open] = useState(0);
  const show_whom = (next: Whom) => set_whom(is_same(whom, next) ? null : next);
  const received = useMemo(() => Date.now() + app.offset_ms, [board.data]);
  const data = board.data && as_of(board.data, (now - received) / 1000);
  const list = alerts.data ?? [];
  const helped = useMemo(() => helped_of(events), [events]);
  const rows = useSteady([...(data?.assignments ?? [])].sort((a, b) => by_urgency(a, b, helped)));
  const people = useMemo(() => (data ? map_people(data, list, props.need.at, helped) : []), [board.data, alerts.data, helped, current_language()]);
  const show_person = (number: string) => {
    const one = data?.assignments.find((each) => each.number === number);
    set_focus(number);
    set_tab(one ? "people" : "table");
    if (one) set_open(one.id);
    window.setTimeout(() => bring_into_view(document.getElementById(one ? "assignment-" + one.id : "on-map-" + number)), 50);
  };
  useEffect(() => {
    const one = data?.assignments.find((each) => each.id === props.wanted);
    if (!one) return;
    props.onShown();
    show_person(one.number);
    window.setTimeout(() => document.querySelector<HTMLElement>("#assignment-" + one.id + " .assignment-head")?.focus({ preventScroll: true }), 50);
  }, [props.wanted, !data]);
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
  }, [people]);
  if (!data) return board.problem ? <Trouble problem={board.problem} retry={board.reload} /> : <Skeleton rows={8} />;
  return (
    <section class="board" aria-label={t("board.title")}>
      <StateLine board={data} need={props.need} now={now} onWho={show_whom} onWhy={() => set_tab("why")} />
      <Actions board={data} need={props.need} incident={incident} now={now} acts={props.acts} primary={props.primary} onWhy={() => set_tab("why")} />
      <Trouble problem={board.problem} retry={board.reload} />
      <h2 class="hidden">{t("board.funnel")}</h2>
      <Funnel board={data} whom={whom} onWho={show_whom} />
      {whom && <Who alerts={list} cut={list.length >= ALERTS_MAX} board={data} whom={whom} focus={focus} />}
      <Tabs label={t("board.views")} chosen={tab} choose={set_tab} choices={(reads ? TABS : TABS_OF_VIEWER).map((key) => [key, word("tab", key)])} />
      <h2 class="hidden">{word("tab", tab)}</h2>
      {tab === "people" && (
        <>
          {!data.assignments.length && <p class="panel lead">{t(data.state !== "active" ? "board.nobody_did" : nobody_answers(data) ? "board.nobody_will" : "board.nobody_yet")}</p>}
          <ul ref={rows.list} class="assignments" onPointerMove={rows.pointing} onPointerLeave={rows.left}>
            {rows.steady.map((one) => (
              <AssignmentRow key={one.id} one={one} lines={data.lines} roll_call_at={incident.roll_call_at} over={incident.state === "closed"} helped={in_hand(one, helped)} open={open === one.id} toggle={() => set_open(open === one.id ? 0 : one.id)} />
            ))}
          </ul>
          {reads && <LastEvents events={events} onAll={() => set_tab("timeline")} />}
        </>
      )}
      {tab === "why" && !reads && <p class="panel lead">{t("board.only_progress")}</p>}
      {tab === "timeline" && <Timeline incident={incident.id} spoken={spoken} />}
      {tab === "why" && reads && <Why callout={callout} incident={incident.id} left_out={data.left_out ?? 0} />}
      {tab === "table" && <PeopleTable people={people} focus={focus} />}
    </section>
  );
}
