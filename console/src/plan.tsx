// SPDX-License-Identifier: Apache-2.0
// The plan before anybody is alerted: how many are disturbed, with what probability, who,
// when and why; sliders re-plan at once; then the start.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { post, type Problem } from "./api";
import { skills_text, useApp } from "./app";
import { Curve } from "./chart";
import { CutOff } from "./closures";
import { useFirst } from "./find";
import { bring_into_view, problem_from, useAction, useEver, useHeardAgain, useStill } from "./hooks";
import { current_language, due_text, minutes_text, prime, probability_text, t, told, word } from "./i18n";
import { keep, kept } from "./kept";
import { LeftOut } from "./left_out";
import { EMPTY_MAP, publish_map } from "./map_model";
import { ModelView } from "./model";
import { ByField, SLIDER_MINUTES } from "./need_form";
import { Skeleton, Trouble, WideTable } from "./parts";
import type { IncidentFull, Need, Plan, Planned } from "./types";

interface Wishes {
  minutes: number | null; // null = as the need says
  target: number;
  reserve: "auto" | number;
  exclude: string[];
  force: string[];
  lift: string[];
  reason: string;
}
function wishes_of(need: Need): Wishes {
  return { minutes: null, target: need.target, reserve: need.reserve, exclude: [], force: [], lift: [], reason: "" };
}
const SHOWN = 12;
const AGES_MS = 30000; // a plan on the screen is made anew after that
const MINUTES_LEAST = 3;
const REASON_MAX = 500;

function options_of(wishes: Wishes): Record<string, unknown> {
  const body: Record<string, unknown> = { target: wishes.target, reserve: wishes.reserve };
  if (wishes.minutes !== null) body["within_minutes"] = wishes.minutes;
  if (wishes.exclude.length) body["exclude"] = wishes.exclude;
  if (wishes.force.length) body["force"] = wishes.force;
  if (wishes.lift.length) body["lift"] = wishes.lift;
  if (wishes.reason.trim() && (wishes.lift.length || wishes.force.length)) body["reason"] = wishes.reason.trim();
  return body;
}

/** The preview takes a reason with force and lift too; a stand-in until one is written. */
function preview_of(wishes: Wishes): Record<string, unknown> {
  const body = options_of(wishes);
  if ((wishes.lift.length || wishes.force.length) && !body["reason"]) body["reason"] = t("plan.preview_reason");
  return body;
}

/** WHO: the reason for which it says whom it leaves out; "": none. Re-plans 150 ms after the last change, and when the plan has aged; a newer wish cancels an older request. */
function usePlan(need: Need, wishes: Wishes, who: string): { plan: Plan | null; problem: Problem | null; busy: boolean; again: () => void } {
  const [plan, set_plan] = useState<Plan | null>(null);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [busy, set_busy] = useState(false);
  const [round, set_round] = useState(0);
  const wanted = JSON.stringify({ ...preview_of(wishes), ...(who && { who }) });
  useEffect(() => {
    const stop = new AbortController();
    set_busy(true);
    const timer = window.setTimeout(
      () => {
        post<Plan>("needs/" + need.id + "/plan", JSON.parse(wanted), stop.signal).then(
          (answer) => {
            set_plan(answer);
            set_problem(null);
            set_busy(false);
          },
          (error) => {
            if (stop.signal.aborted) return;
            set_problem(problem_from(error));
            set_busy(false);
          },
        );
      },
      plan ? 150 : 0,
    );
    return () => {
      window.clearTimeout(timer);
      stop.abort();
    };
  }, [need.id, wanted, round]);
  useEffect(() => {
    const timer = window.setInterval(() => set_round((old) => old + 1), AGES_MS);
    return () => window.clearInterval(timer);
  }, []);
  const again = () => set_round((old) => old + 1);
  useHeardAgain(problem, again);
  return { plan, problem, busy, again };
}

function PlannedRow(props: { one: Planned; wave: number; chosen: boolean; several_lines: boolean; onExclude: () => void }): JSX.Element {
  const app = useApp();
  const { one } = props;
  return (
    <tr class={props.chosen ? "chosen" : ""} id={"planned-" + one.number}>
      <th scope="row">{one.number}</th>
      <td>
        {skills_text(app, one.skills)}{props.several_lines && <span class="small"> · {t("plan.line", { n: one.line + 1 })}</span>}
        {one.sentence && <div class="small">{told(one.sentence)}</div>}
      </td>
      <td class="figure">{prime(one.seconds)} <span class="small">{word("mode", one.mode ?? "foot")}</span></td>
      <td class="figure">{probability_text(one.p_accept)}</td>
      <td class="figure">{probability_text(one.p_in_time)}</td>
      <td class="small">{word("reason", one.reason)}</td>
      <td>
        <button type="button" class="quiet" aria-label={t("plan.leave_out_one", { number: one.number })} onClick={props.onExclude}>
          {t("plan.leave_out")}
        </button>
      </td>
    </tr>
  );
}

function WaveTable(props: { index: number; wave: Plan["waves"][number]; chosen: string; several_lines: boolean; onExclude: (number: string) => void }): JSX.Element {
  const { wave, index } = props;
  const { shown, more } = useFirst(wave.people, SHOWN, (one) => one.number === props.chosen);
  return (
    <section>
      <h3>{t(index ? "plan.wave_later" : "plan.wave_now", { wave: index + 1, n: wave.people.length, minutes: Math.round(wave.after_s / 60) })}</h3>
      {index > 0 && <p class="small">{t("plan.wave_if")}</p>}
      <WideTable
        label={t("plan.wave_table", { wave: index + 1 })}
        head={
          <>
            <th>{t("col.number")}</th>
            <th>{t("col.skills")}</th>
            <th class="figure">{t("col.away")}</th>
            <th class="figure" title={t("col.p_accept.long")}>{t("col.p_accept")}</th>
            <th class="figure" title={t("col.p_in_time.long")}>{t("col.p_in_time")}</th>
            <th>{t("col.why")}</th>
            <th><span class="hidden">{t("plan.leave_out")}</span></th>
          </>
        }
      >
        {shown.map((one) => (
          <PlannedRow key={one.number} one={one} wave={index} chosen={props.chosen === one.number} several_lines={props.several_lines} onExclude={() => props.onExclude(one.number)} />
        ))}
      </WideTable>
      {more}
    </section>
  );
}

function Sliders(props: { need: Need; wishes: Wishes; plan: Plan | null; set: (change: Partial<Wishes>) => void; now_minutes: number }): JSX.Element {
  const { wishes, set, plan } = props;
  const minutes = wishes.minutes ?? props.now_minutes;
  const resolved = plan?.seats?.reduce((sum, seat) => sum + seat.reserve, 0);
  return (
    <div class="sliders">
      <label class="field slider">
        <span>{t("plan.deadline", { time: minutes_text(minutes) })}</span>
        <input type="range" min={MINUTES_LEAST} max={Math.max(SLIDER_MINUTES, props.now_minutes)} value={minutes} onInput={(e) => set({ minutes: e.currentTarget.valueAsNumber })} />
      </label>
      <label class="field slider">
        <span>{t("plan.target", { p: wishes.target.toFixed(2) })}</span>
        <input type="range" min={50} max={99} value={Math.round(wishes.target * 100)} onInput={(e) => set({ target: e.currentTarget.valueAsNumber / 100 })} />
      </label>
      <label class="field slider">
        <span>{wishes.reserve === "auto" ? t("plan.reserve_auto", { n: resolved ?? "–" }) : t("plan.reserve", { n: wishes.reserve })}</span>
        <input type="range" min={-1} max={10} value={wishes.reserve === "auto" ? -1 : wishes.reserve} onInput={(e) => set({ reserve: e.currentTarget.valueAsNumber < 0 ? "auto" : e.currentTarget.valueAsNumber })} />
      </label>
    </div>
  );
}

const LIFTS = ["quiet", "duty", "cap"];

function Lifts(props: { plan: Plan; wishes: Wishes; set: (change: Partial<Wishes>) => void }): JSX.Element | null {
  const { plan, wishes, set } = props;
  const ever = useEver(LIFTS.filter((kind) => wishes.lift.includes(kind) || (plan.lifts?.[kind] ?? 0) > 0)); // the box in the hand does not go away
  const kinds = LIFTS.filter((kind) => ever.includes(kind));
  const adds = (kind: string): number => (wishes.lift.includes(kind) ? 0 : (plan.lifts?.[kind] ?? 0));
  if (!kinds.length) return null;
  return (
    <fieldset class="lifts">
      <legend>{t("plan.lifts")}</legend>
      <p class="small">{t("plan.lifts_how")}</p>
      {kinds.map((kind) => (
        <label key={kind} class="check">
          <input type="checkbox" checked={wishes.lift.includes(kind)} onChange={(e) => set({ lift: e.currentTarget.checked ? [...wishes.lift, kind] : wishes.lift.filter((one) => one !== kind) })} />
          <span>{word("lift", kind)} {adds(kind) > 0 && <strong>{t("plan.lift_adds", { n: adds(kind) })}</strong>}</span>
        </label>
      ))}
      {wishes.lift.length > 0 && (
        <label class="field">
          <span>{t("plan.lift_reason")}</span>
          <input maxLength={REASON_MAX} value={wishes.reason} onInput={(e) => set({ reason: e.currentTarget.value })} />
        </label>
      )}
    </fieldset>
  );
}

/** What comes after this wave, and what it would take at once. */
function LaterWave(props: { plan: Plan }): JSX.Element | null {
  const { plan } = props;
  const later = plan.waves[1];
  if (!later) return null;
  return (
    <p class="small" id="plan-later">
      {t("plan.look", { minutes: Math.round(later.after_s / 60), chance: probability_text(later.chance ?? 1), likely: later.likely ?? later.people.length, most: later.people.length })}
      {plan.at_once !== undefined && plan.at_once > plan.expected_alerts && " " + t("plan.at_once", { n: plan.at_once })}
    </p>
  );
}

/** The cheapest change, in one sentence, and the button that makes it. */
function Change(props: { plan: Plan; onLater: (minutes: number) => void }): JSX.Element | null {
  const { change, expected_alerts } = props.plan;
  if (!change) return null;
  const minutes = Math.round(change.later_s / 60);
  const from = Math.round(expected_alerts), to = Math.round(change.alerts);
  const likely = !change.reaches && !props.plan.target_reached; // nobody can be in time, and then somebody can
  if (!change.reaches && !likely && to >= from) return null; // saves nobody who could be counted
  return (
    <p class="row" id="plan-change">
      <span>{t(change.reaches ? "plan.change_reaches" : likely ? "plan.change_likely" : "plan.change", { minutes, from, to, p: probability_text(change.probability) })}</span>
      <button type="button" class="quiet" onClick={() => props.onLater(minutes)}>{t("plan.change_do", { minutes })}</button>
    </p>
  );
}

function Headline(props: { plan: Plan; busy: boolean; onWho: () => void; onFirst: () => void; onCurve: () => void }): JSX.Element {
  const { plan } = props;
  const all = plan.waves[0]?.people ?? [];
  const now = all.length;
  const later = plan.waves.length > 1;
  const first = plan.first_on_scene_s ?? (all.length ? Math.min(...all.map((one) => one.seconds)) : undefined);
  return (
    <div class={"headline" + (props.busy ? " waiting" : "")} role="status">
      <p class="big">
        <button type="button" class="number" onClick={props.onWho}>{t(later ? "plan.disturbs_now" : "plan.disturbs", { n: now })}</button>
        <button type="button" class={"number " + (plan.target_reached ? "ok" : "wait")} onClick={props.onCurve}>
          {t("plan.probability", { p: probability_text(plan.probability) })}
        </button>
        <button type="button" class="number" onClick={props.onFirst}>{t("plan.first", { n: first === undefined ? "–" : Math.ceil(first / 60) })}</button>
      </p>
      <p class="small">{t("plan.expected", { alerts: Math.round(plan.expected_alerts), messages: Math.round(plan.expected_messages) })}</p>
      <LaterWave plan={plan} />
    </div>
  );
}

const HOPE_MIN = 0.05; // below it people are asked who will be late (decision 0079)

function Short(props: { plan: Plan; need: Need; target: number }): JSX.Element | null {
  const app = useApp();
  const { plan, need } = props;
  if (plan.target_reached) return null;
  return (
    <div class="note wait">
      <strong>{t("plan.not_reached", { target: props.target.toFixed(2), p: probability_text(plan.probability) })}</strong>
      {plan.shortfall.map((one) => (
        <p key={one.line}>{t("plan.shortfall", { skills: skills_text(app, need.lines[one.line]?.skills), have: one.have, want: one.want })}</p>
      ))}
      {plan.most !== undefined && plan.most > plan.probability && <p>{t("plan.most", { p: probability_text(plan.most) })}</p>}
      <p>{t(!plan.waves[0]?.people.length ? "plan.what_now_nobody" : (plan.most ?? plan.probability) < HOPE_MIN ? "plan.what_now_late" : "plan.what_now")}</p>
    </div>
  );
}

function Excluded(props: { plan: Plan; wishes: Wishes; set: (change: Partial<Wishes>) => void; who: string; onWho: (reason: string) => void }): JSX.Element {
  const { plan, wishes, set } = props;
  const reasons = Object.entries(plan.excluded).filter(([, count]) => count > 0);
  return (
    <details>
      <summary>{t("plan.excluded", { n: reasons.reduce((sum, [, count]) => sum + count, 0) })}</summary>
      <LeftOut counts={reasons} open={props.who} numbers={plan.who?.[props.who] ?? []} onOpen={props.onWho} />
      {wishes.exclude.map((number) => (
        <p key={number} class="row">
          {t("plan.left_out", { number })}
          <button type="button" class="quiet" onClick={() => set({ exclude: wishes.exclude.filter((one) => one !== number) })}>{t("plan.take_back")}</button>
        </p>
      ))}
    </details>
  );
}

/** How long it was given. */
function minutes_of(need: Need): number {
  return Math.max(MINUTES_LEAST, Math.round((Date.parse(need.by) - Date.parse(need.stated_at ?? need.by)) / 60000));
}

export function PlanView(props: { incident: IncidentFull; need: Need; onStarted: (need: number) => Promise<void> }): JSX.Element {
  const { incident, need } = props;
  const app = useApp();
  const [chosen_wishes, set_wishes] = useState(() => kept<Wishes>("plan of " + need.id) ?? wishes_of(need));
  useLayoutEffect(() => keep("plan of " + need.id, chosen_wishes), [chosen_wishes]);
  const set = (change: Partial<Wishes>) => set_wishes((old) => ({ ...old, ...change }));
  const [chosen, set_chosen] = useState("");
  const [who, show_who] = useState("");
  const [confirmed, set_confirmed] = useState(false); // by the button of this plan; the incident may not have been loaded since
  const late = need.state === "short"; // its time has passed: it wants as long again
  const wishes = late && chosen_wishes.minutes === null ? { ...chosen_wishes, minutes: minutes_of(need) } : chosen_wishes;
  const { plan, problem, busy, again } = usePlan(need, wishes, who);
  const action = useAction();
  const root = useRef<HTMLElement>(null);
  useStill(root);
  const people = plan?.waves.flatMap((wave, index) => wave.people.map((one) => ({ one, index }))) ?? [];
  const now_ms = Date.now() + app.offset_ms;
  const now_minutes = Math.max(MINUTES_LEAST, Math.round((Date.parse(need.by) - now_ms) / 60000));
  const show = (number: string | undefined) => {
    if (!number) return;
    set_chosen(number);
    bring_into_view(document.getElementById("planned-" + number));
  };
  useEffect(() => {
    publish_map({
      ...EMPTY_MAP,
      incidents: [{ id: incident.id, at: need.at, label: incident.title || word("kind", incident.kind), exercise: incident.exercise, current: true }],
      people: people.filter(({ one }) => one.at_grid).map(({ one, index }) => ({ key: one.number, at: one.at_grid!, state: index < 2 ? "wave_" + (index + 1) : "wave_3", label: one.number + " " + prime(one.seconds) })),
      fit: plan ? "plan-" + need.id : "",
      onPerson: show,
    });
  }, [plan, incident.id, need.id, current_language()]);
  const first_wave = plan?.waves[0]?.people.length ?? 0;
  const unconfirmed = incident.state === "reported" && !confirmed;
  const needs_reason = wishes.lift.length > 0 && !wishes.reason.trim();
  const start = () =>
    action.run(async () => {
      if (unconfirmed) await post("incidents/" + incident.id + "/steps", { step: "confirm" });
      set_confirmed(true);
      await post("needs/" + need.id + "/callouts", options_of(wishes));
      keep("plan of " + need.id, undefined);
      await props.onStarted(need.id);
    });
  if (problem && !plan) return <Trouble problem={problem} retry={again} />;
  if (!plan) return <Skeleton rows={8} />;
  const nearest = people.reduce<Planned | undefined>((best, { one }) => (!best || one.seconds < best.seconds ? one : best), undefined);
  return (
    <section ref={root} class="panel plan" aria-labelledby="plan-title">
      <h2 id="plan-title">{t("plan.title", { by: due_text(wishes.minutes === null ? need.by : now_ms + wishes.minutes * 60000, now_ms) })}</h2>
      <Headline
        plan={plan}
        busy={busy}
        onWho={() => bring_into_view(document.getElementById("plan-people"), "start")}
        onFirst={() => show(nearest?.number)}
        onCurve={() => bring_into_view(document.getElementById("plan-curve"))}
      />
      <CutOff isolated={plan.isolated} />
      <Short plan={plan} need={need} target={wishes.target} />
      <div class="start">
        <button type="button" class="primary" disabled={action.busy || needs_reason || !people.length} onClick={start}>
          {t(unconfirmed ? "plan.confirm_start" : "plan.start", { n: first_wave })}
        </button>
        <span class="small">{needs_reason ? t("plan.reason_first") : t("plan.nobody_yet")}</span>
      </div>
      <Trouble problem={action.problem ?? problem} />
      <Change plan={plan} onLater={(more) => set({ minutes: (wishes.minutes ?? now_minutes) + more })} />
      <Lifts plan={plan} wishes={wishes} set={set} />
      <Sliders need={need} wishes={wishes} plan={plan} set={set} now_minutes={now_minutes} />
      <ByField by={wishes.minutes === null ? need.by : null} minutes={wishes.minutes ?? now_minutes} set={(_, minutes) => set({ minutes })} />
      <div id="plan-curve">
        <Curve points={plan.curve} target={wishes.target} alerts={plan.waves.length > 1 ? Math.round(plan.expected_alerts) : people.length} probability={plan.probability} />
      </div>
      <div id="plan-people">
        {plan.waves.map((wave, index) => (
          <WaveTable key={index} index={index} wave={wave} chosen={chosen} several_lines={need.lines.length > 1} onExclude={(number) => set({ exclude: [...wishes.exclude, number] })} />
        ))}
      </div>
      <Excluded plan={plan} wishes={wishes} set={set} who={who} onWho={show_who} />
      <ModelView exercise={incident.exercise} />
    </section>
  );
}
