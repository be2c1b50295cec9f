// SPDX-License-Identifier: Apache-2.0
// One incident on the right side: head, alarms, then by state the need, the plan, the
// board, the review. Exactly one filled button: `primary` goes to whoever has it.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { get, post } from "./api";
import { can, lines_text, may_see_record, place_text, useApp, useExercise } from "./app";
import { area_label } from "./areas";
import { BoardView, ends_all, stays_full } from "./board";
import { ChecksNow } from "./checks";
import { FindingsBefore } from "./findings";
import { bring_into_view, go_on_at, useAction, useLoaded } from "./hooks";
import { current_language, due_text, has_word, moment_text, t, word } from "./i18n";
import { ask_map, EMPTY_MAP, publish_map } from "./map_model";
import { Merge } from "./merge";
import { move_draft, NeedForm } from "./need_form";
import { NeedNotes } from "./notes";
import { Confirm, Empty, Skeleton, State, Trouble } from "./parts";
import { JointView } from "./joint";
import { PlacePicker } from "./place_picker";
import { PlanView } from "./plan";
import { ReviewView } from "./review";
import { said_of_asked, StandDown } from "./stand_down";
import { Timeline } from "./timeline";
import { useTitle } from "./title";
import type { Board, IncidentFull, Need, Point } from "./types";

const OVER = new Set(["closed", "cancelled", "merged"]);
const AFTER = new Set(["standing_down", "review"]);
/** Steps with a place of their own on the screen. */
const ELSEWHERE = new Set(["stand_down", "review", "close"]);
const RUNNING = new Set(["active", "standing_down"]);
const WITH_REASON = new Set(["cancel", "reopen"]);
/** Asked once more, with what follows. */
const GRAVE = new Set([...WITH_REASON, "stand_down", "move", "merge"]);

function sum_of(needs: Need[], key: "accepted" | "on_scene"): number {
  return needs.flatMap((need) => need.lines).reduce((sum, line) => sum + line[key], 0);
}
/** Who has accepted, and who is only asked, when NEEDS are cancelled; nothing of nobody. */
function said_of_people(needs: Need[], boards: Board[]): string[] {
  const n = sum_of(needs, "accepted");
  return [...(n ? [t("cancel.people", { n, there: sum_of(needs, "on_scene") })] : []), ...said_of_asked(boards)];
}
/** What cancelling it does, in numbers; or that it is opened again. */
function consequences_of(incident: IncidentFull, step: string, boards: Board[]): string[] {
  if (step === "reopen") return [t("reopen.consequence")];
  const n = incident.needs.filter((need) => need.state !== "cancelled").length;
  const hours = sum_of(incident.needs, "accepted") ? [t("cancel.hours")] : [];
  return [t(n ? "cancel.needs" : "cancel.only", { n }), ...said_of_people(incident.needs, boards), ...hours];
}
function useBoards(needs: Need[], asked: string): Board[] {
  const ids = needs.flatMap((need) => need.callouts).map(({ id }) => id);
  return useLoaded(() => Promise.all(asked ? ids.map((id) => get<Board>("callouts/" + id)) : []), ids.join() + asked).data ?? [];
}

/** The roll call that runs: when it was asked for, and where the answers stand. */
function RollCall(props: { incident: IncidentFull }): JSX.Element | null {
  const { incident } = props;
  if (!incident.roll_call_at || !RUNNING.has(incident.state)) return null;
  return <p class="small roll-call" role="status">{t("roll_call.since", { at: moment_text(incident.roll_call_at) })}</p>;
}

/** Where it really is, by a click on the map, a name or coordinates. */
function Move(props: { incident: IncidentFull; onDone: () => Promise<void>; close: () => void }): JSX.Element {
  const app = useApp();
  const [at, set_at] = useState<Point | null>(null);
  const action = useAction();
  useEffect(() => {
    ask_map({ pick: at, onPick: set_at });
    return () => ask_map(null);
  }, [at]);
  const send = () =>
    action.run(async () => {
      await post("incidents/" + props.incident.id + "/steps", { step: "move", at });
      await props.onDone();
      props.close();
      go_on_at(() => document.getElementById("incident-title"));
    });
  return (
    <section class="panel" aria-labelledby="move-title">
      <h2 id="move-title">{t("move.title")}</h2>
      <p class="small">{t("move.how")}</p>
      <PlacePicker onPick={set_at} />
      <Trouble problem={action.problem} />
      <div class="row end">
        <button type="button" onClick={props.close}>{t("back")}</button>
        {at && <button type="button" disabled={action.busy} onClick={send}>{t("move.do", { place: place_text(app, at) })}</button>}
      </div>
    </section>
  );
}

/** ENDS: the stand-down of the whole incident has no place below. */
function Steps(props: { incident: IncidentFull; primary: boolean; ends: boolean; onAdd: (() => void) | null; onDone: () => Promise<void> }): JSX.Element {
  const { incident } = props;
  const action = useAction(incident.state + incident.roll_call_at);
  const [asked, set_asked] = useState("");
  const [reason, set_reason] = useState("");
  const ask = (step: string) => {
    action.clear();
    set_asked(step);
  };
  const steps = (incident.next?.steps ?? []).filter((step) => (step === "stand_down" ? props.ends : !ELSEWHERE.has(step)) && has_word("incident_step", step));
  const send = (step: string) =>
    action.run(async () => {
      await post("incidents/" + incident.id + "/steps", WITH_REASON.has(step) ? { step, reason: reason.trim() } : { step });
      await props.onDone();
      set_asked("");
      go_on_at(() => document.getElementById("incident-title"));
    });
  const there = sum_of(incident.needs, "on_scene"), boards = useBoards(incident.needs, asked === "cancel" ? asked : "");
  return (
    <>
      <div class="row wrap steps">
        {steps.filter((step) => step !== "cancel").map((step) => (
          <button key={step} type="button" class={step === "confirm" && props.primary ? "primary" : "quiet"} disabled={action.busy} onClick={() => (GRAVE.has(step) ? ask(step) : send(step))}>
            {word("incident_step", step)}
          </button>
        ))}
        {RUNNING.has(incident.state) && there > 0 && (
          <button type="button" class="quiet" disabled={action.busy} onClick={() => action.run(() => post("incidents/" + incident.id + "/roll-calls", {}).then(props.onDone))}>{t("roll_call.button")}</button>
        )}
        {props.onAdd && <button type="button" class="quiet" onClick={props.onAdd}>{t("needs.add")}</button>}
        {steps.includes("cancel") && <button type="button" class="quiet push" disabled={action.busy} onClick={() => ask("cancel")}>{word("incident_step", "cancel")}</button>}
      </div>
      <RollCall incident={incident} />
      {asked === "move" ? (
        <Move incident={incident} onDone={props.onDone} close={() => ask("")} />
      ) : asked === "merge" ? (
        <Merge incident={incident} onDone={props.onDone} close={() => ask("")} />
      ) : asked === "stand_down" ? (
        <StandDown incident={incident} onDone={props.onDone} onNo={() => set_asked("")} />
      ) : asked ? (
        <Confirm
          title={word("incident_step", asked) + " · " + incident.case}
          consequences={consequences_of(incident, asked, boards)}
          action={word("incident_step", asked)}
          reason={WITH_REASON.has(asked) ? { label: t("reason"), value: reason, set: set_reason, required: true } : undefined}
          busy={action.busy}
          problem={action.problem}
          onYes={() => send(asked)}
          onNo={() => ask("")}
        />
      ) : (
        <Trouble problem={action.problem} />
      )}
    </>
  );
}

function Head(props: { incident: IncidentFull }): JSX.Element {
  const app = useApp();
  const { incident } = props;
  const { requester } = incident;
  return (
    <header class="incident-head">
      <div class="row wrap">
        <h1 id="incident-title" tabIndex={-1}>{incident.title || word("kind", incident.kind)}</h1>
        <State group="incident" state={incident.state} />
        {incident.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
      </div>
      <p class="small">
        {[incident.title ? word("kind", incident.kind) : "", area_label(app, incident.area.code, incident.area.name), incident.case, t("incident.reported_at", { at: due_text(incident.reported_at, Date.now() + app.offset_ms) })].filter(Boolean).join(" · ")}
      </p>
      {requester && (
        <p class="small">{[requester.name, requester.phone, requester.address].filter(Boolean).join(" · ")}</p>
      )}
      {incident.at_rounded && <p class="small">{t("incident.at_rounded")}</p>}
    </header>
  );
}

/** Where it goes on, for whoever reported it here. */
function MergedInto(props: { from: number; id: number }): JSX.Element | null {
  const { data, problem } = useLoaded(() => get<IncidentFull>("incidents/" + props.id), "into" + props.id);
  const [moved, set_moved] = useState(false);
  useEffect(() => {
    if (data && !OVER.has(data.state)) set_moved(move_draft(props.from, data.id));
  }, [data?.id]);
  if (data)
    return (
      <p class="to-report">
        <a href={"/incidents/" + data.id} data-go>{t("incident.merged_into", { what: data.title || word("kind", data.kind), case: data.case })}</a>
        {moved && <><br />{t("incident.draft_moved")}</>}
      </p>
    );
  return problem?.status === 404 ? <p class="to-report">{t("incident.merged_elsewhere")}</p> : null;
}

/** Whether somebody reached a place of the incident: there is something to check, even if it was cancelled. */
function was_there(incident: IncidentFull): boolean {
  return incident.needs.some((need) => need.lines.some((line) => line.on_scene > 0));
}

export function missing_of(need: Need): number {
  return need.lines.reduce((sum, line) => sum + Math.max(0, line.count - line.accepted), 0);
}

function Needs(props: { needs: Need[]; chosen: number; set: (id: number) => void }): JSX.Element {
  const app = useApp();
  const pressed = useRef<HTMLButtonElement>(null);
  useEffect(() => bring_into_view(pressed.current, "nearest"), [props.chosen]);
  return (
    <div class="needs" role="group" aria-label={t("needs.title")}>
      {props.needs.map((need) => (
        <button key={need.id} ref={props.chosen === need.id ? pressed : undefined} type="button" aria-pressed={props.chosen === need.id} onClick={() => props.set(need.id)}>
          <span>{lines_text(app, need.lines)}</span>
          <span class="small">{t("needs.by", { at: due_text(need.by, Date.now() + app.offset_ms) })}</span>
          <State group="need" state={need.state} />
          {["open", "short"].includes(need.state) && missing_of(need) > 0 && <span class="figure">{missing_of(need)}</span>}
          {!!need.late && <span class="small wait-text">{t("board.late", { n: need.late })}</span>}
          {need.escalated_at && (["open", "short"].includes(need.state) || !!need.late) && <span class="small wait-text">{t("needs.escalated")}</span>}
        </button>
      ))}
    </div>
  );
}

/** A need taken back, opened again, or told to the level above; each with a reason. */
function NeedSteps(props: { need: Need; onDone: () => Promise<void> }): JSX.Element {
  const { need } = props;
  const action = useAction(need.state);
  const [asked, set_asked] = useState("");
  const [reason, set_reason] = useState("");
  const ask = (step: string) => {
    action.clear();
    set_asked(step);
  };
  const boards = useBoards([need], asked);
  const again = need.callouts.length > 0 && ["filled", "met", "short"].includes(need.state);
  const wants_help = ["open", "short"].includes(need.state) && !need.escalated_at;
  const full = asked === "reopen" && boards.some((board) => board.state !== "ended" && stays_full(board, need));
  const follows: Record<string, () => string[]> = {
    cancel: () => said_of_people([need], boards),
    reopen: () => [t(full ? "need.reopen_full" : "need.reopen_consequence")],
    escalate: () => [t("need.escalate_told"), t("need.escalate_goes_on")],
  };
  const send = () =>
    action.run(async () => {
      await post("needs/" + need.id + "/steps", { step: asked, reason: reason.trim() });
      await props.onDone();
      set_asked("");
      set_reason("");
    });
  return (
    <p class="row wrap need-steps">
      {again && <button type="button" class="quiet" onClick={() => ask("reopen")}>{t("need.reopen")}</button>}
      {wants_help && <button type="button" class="quiet" onClick={() => ask("escalate")}>{t("need.escalate")}</button>}
      <button type="button" class="quiet push" onClick={() => ask("cancel")}>{t("need.cancel")}</button>
      {asked && (
        <Confirm
          title={word("need", asked)}
          consequences={follows[asked]!()}
          action={full ? null : word("need", asked)}
          reason={full ? undefined : { label: t("reason"), value: reason, set: set_reason, required: true }}
          busy={action.busy}
          problem={action.problem}
          onYes={send}
          onNo={() => ask("")}
        />
      )}
    </p>
  );
}

function kept_needs(incident: IncidentFull): Need[] {
  return incident.needs.filter((need) => need.state !== "cancelled" || need.callouts.length > 0);
}

/** The need in view: the one chosen, else the newest. */
function chosen_need(incident: IncidentFull, chosen: number): Need | null {
  const kept = kept_needs(incident);
  return kept.find((need) => need.id === chosen) ?? kept[kept.length - 1] ?? null;
}

/** NEED: the one chosen, as the address says; NaN: none. */
export function IncidentView(props: { id: number; need: number }): JSX.Element {
  const app = useApp();
  const loaded = useLoaded(() => get<IncidentFull>("incidents/" + props.id), "incident" + props.id, props.id);
  const [adding, set_adding] = useState(false);
  const [wanted, set_wanted] = useState(0); // an assignment whose row is to come into view
  const shown = useRef(0); // stays in view, whatever others state meanwhile
  const incident = loaded.data;
  const wished = props.need || 0; // NaN would be another one at every look
  const need = incident && !adding ? chosen_need(incident, wished || shown.current) : null;
  if (need) shown.current = need.id;
  const last = need?.callouts[need.callouts.length - 1];
  const callout = last?.state === "ended" && need?.state === "open" ? undefined : last; // opened again, it wants the next one
  useExercise(incident?.exercise);
  useTitle(incident ? (incident.title || word("kind", incident.kind)) + " · " + incident.case : "");
  const acts = can(app, "dispatcher", "commander") || (!!incident?.exercise && can(app, "trainer"));
  const open = !!incident && !OVER.has(incident.state);
  const after = !!incident && AFTER.has(incident.state);
  const form = open && !after && acts && !need;
  useEffect(() => {
    if (!incident || need || form) return;
    publish_map({
      ...EMPTY_MAP,
      incidents: [{ id: incident.id, at: incident.at, label: incident.title || word("kind", incident.kind), exercise: incident.exercise, current: true }],
      fit: "incident-" + incident.id,
    });
  }, [incident, need?.id, form, current_language()]);
  useEffect(() => () => publish_map(EMPTY_MAP), []);
  useEffect(() => set_adding(false), [wished]);
  if (!incident)
    return loaded.problem?.status === 404 ? (
      <Empty title={t("incident.unknown")}><p><a href="/" data-go>{t("incident.to_list")}</a></p></Empty>
    ) : loaded.problem ? <Trouble problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={8} />;
  const kept = kept_needs(incident);
  const choose = (id: number): void => {
    shown.current = id;
    set_adding(false);
    app.go("/incidents/" + incident.id + (kept.length > 1 ? "/needs/" + id : ""), true);
  };
  const show_row = (need: number, assignment: number): void => {
    choose(need);
    set_wanted(assignment);
  };
  const chosen_once_loaded = (id: number): Promise<void> => loaded.reload().then(() => choose(id));
  return (
    <section class="incident" key={incident.id}>
      <Head incident={incident} />
      {acts && <Steps incident={incident} primary={false} ends={!(need && callout && !form && ends_all(incident))} onAdd={open && !after && kept.length > 0 && !form ? () => set_adding(true) : null} onDone={loaded.reload} />}
      {!!incident.merged_into && <MergedInto from={incident.id} id={incident.merged_into} />}
      {incident.exercise && open && !after && !callout && may_see_record(app) && <FindingsBefore id={incident.id} area={incident.area.code} />}
      {(after || !open) && <p class="to-report"><a href={"/incidents/" + incident.id + "/report"} data-go>{t("aar.link")}</a></p>}
      {(after || incident.state === "closed" || (incident.state === "cancelled" && was_there(incident))) && <ReviewView incident={incident} show={show_row} onDone={loaded.reload} />}
      {open && !after && !form && <ChecksNow incident={incident} open={!acts} />}
      {kept.length > 0 && <h2 class="hidden">{t("needs.title")}</h2>}
      {kept.length > 0 && <Needs needs={kept} chosen={form ? 0 : (need?.id ?? 0)} set={choose} />}
      {open && !after && acts && incident.needs.filter((one) => one.state === "open" || one.state === "short").length > 1 && (
        <JointView
          incident={incident}
          onStarted={chosen_once_loaded}
        />
      )}
      {form && (
        <NeedForm
          incident={incident}
          primary
          onTouch={() => set_adding(true)}
          onDone={chosen_once_loaded}
          onCancel={kept.length ? () => set_adding(false) : null}
        />
      )}
      {need && !form && need.state !== "cancelled" && <NeedNotes key={"notes" + need.id} need={need} acts={acts && open && !after} onDone={loaded.reload} />}
      {need && !form && (callout ? (
        <BoardView key={callout.id} incident={incident} need={need} callout={callout.id} acts={acts} primary={!after && open} wanted={wanted} onShown={() => set_wanted(0)} />
      ) : need.state === "cancelled" || !open || after ? null : !acts ? <p>{t("handover.not_started")}</p> : (
        <PlanView
          key={need.id}
          incident={incident}
          need={need}
          onStarted={chosen_once_loaded}
        />
      ))}
      {need && !form && open && !after && acts && need.state !== "cancelled" && <NeedSteps key={"steps" + need.id} need={need} onDone={loaded.reload} />}
      {!need && !form && (may_see_record(app) ? <Timeline incident={incident.id} /> : <p>{t("handover.no_need")}</p>)}
    </section>
  );
}
