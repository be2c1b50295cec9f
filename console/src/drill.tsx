// SPDX-License-Identifier: Apache-2.0
// A response tried out before anything happens: a need at a place and an hour is played many
// times on the people on record, by our plan and by rules of thumb. Nobody is alerted.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { post, type Problem } from "./api";
import { ask_report, lines_text, place_text, useApp, useExercise } from "./app";
import { bring_into_view, problem_from } from "./hooks";
import { clock_text, current_language, next_such_hour, prime, t, weekday_and_hour, WEEKDAYS, word } from "./i18n";
import { PlacePicker } from "./place_picker";
import { EMPTY_MAP, publish_map } from "./map_model";
import { LinesFields, MinutesField, type DraftLine } from "./need_form";
import { Trouble, submit } from "./parts";
import { useTitle } from "./title";
import type { Drill, DrillPolicy, Estimate, Point } from "./types";

const RUNS = 200;
const SECONDS_MAX = 30; // the server ends it then

interface Question {
  at: Point;
  when: number; // ms
  minutes: number;
  lines: DraftLine[];
}

const wanted_of = (question: Question) => question.lines.reduce((sum, line) => sum + line.count, 0);

/** Of 100 runs; all of them only if it was all of them. */
function of_hundred(share: number | null): number {
  const rounded = Math.round((share ?? 0) * 100);
  return rounded === 100 && share! < 1 ? 99 : rounded === 0 && share! > 0 ? 1 : rounded;
}
const people_of = (alerts: Estimate) => Math.round(alerts.value ?? 0);

function policy_text(policy: DrillPolicy): string {
  const phases = policy.phases ?? [];
  switch (policy.rule) {
    case "ours": return t("drill.ours");
    case "nearest": return t("drill.nearest", { n: policy.count! });
    case "radius": return t("drill.radius", { n: Math.round(policy.way_s! / 60) });
    case "phased": return t("drill.phased", { n: phases[0]!.count, s: phases[1]!.at_s });
    case "top-up": return t("drill.top_up", { n: policy.count! });
    default: return policy.name;
  }
}

/** Of four rules one seems better by luck four times as often: their intervals are wider, for 95 % of all together (Bonferroni; normal quantiles). */
const WIDER = 2.498 / 1.96;
function is_more({ value, low }: Estimate): boolean {
  return value !== null && low !== null && value - WIDER * (value - low) > 0;
}

/** What ours is held against: a rule that does better beyond doubt, else everybody near. */
function rival_of(policies: DrillPolicy[]): DrillPolicy | undefined {
  const others = policies.filter((one) => one.rule !== "ours");
  const better = others.filter((one) => one.minus_ours && is_more(one.minus_ours.filled) && (one.minus_ours.alerts.value ?? 0) <= 0);
  better.sort((a, b) => (b.filled.value ?? 0) - (a.filled.value ?? 0));
  return better[0] ?? others.find((one) => one.rule === "radius");
}

function rival_sentence(ours: DrillPolicy, rival: DrillPolicy): string {
  const more = (rival.alerts.value ?? 0) > (ours.alerts.value ?? 0), further = (rival.minus_ours?.filled.high ?? 0) >= 0; // as far as so many runs can tell, run by run
  const values = { rule: policy_text(rival), p: of_hundred(rival.filled.value), n: people_of(rival.alerts) };
  if (further) return t(more ? "drill.rival_more_for_more" : "drill.rival_more_for_less", values);
  return t(more ? "drill.rival_less_for_more" : "drill.rival_less_for_less", values);
}

/** The share of runs in time: the figure, and its interval on a bar from 0 to 100. */
function Share(props: { share: Estimate }): JSX.Element {
  const { value, low, high } = props.share;
  const x = (share: number | null) => 100 * (share ?? 0);
  return (
    <span class="played">
      <strong>{t("drill.of_hundred", { p: of_hundred(value) })}</strong>
      <svg viewBox="0 0 100 12" preserveAspectRatio="none" role="img" aria-label={t("drill.interval", { low: of_hundred(low), high: of_hundred(high) })}>
        <rect class="all" x="0" y="4" width="100" height="4" />
        <rect class="interval" x={x(low)} y="1" width={Math.max(1, x(high) - x(low))} height="10" />
        <rect class="value" x={Math.min(98.5, Math.max(0, x(value) - 0.75))} y="0" width="1.5" height="12" />
      </svg>
    </span>
  );
}

function Policies(props: { drill: Drill }): JSX.Element {
  return (
    <table class="policies">
      <thead>
        <tr><th scope="col">{t("drill.in_time")}</th><th scope="col" class="figure">{t("drill.alerted")}</th><th scope="col" class="figure">{t("drill.first")}</th><th scope="col" class="figure">{t("drill.last")}</th></tr>
      </thead>
      {props.drill.policies.map((policy) => (
        <tbody key={policy.name} class={policy.rule === "ours" ? "ours" : undefined}>
          <tr><th colSpan={4} scope="rowgroup">{policy_text(policy)}</th></tr>
          <tr>
            <td><Share share={policy.filled} /></td>
            <td class="figure">{people_of(policy.alerts)}</td>
            <td class="figure">{prime(policy.first_s.p50.value)}</td>
            <td class="figure">{prime(policy.count_s.p50.value)}</td>
          </tr>
        </tbody>
      ))}
    </table>
  );
}

function when_text(ms: number): string {
  return word("day", WEEKDAYS[weekday_and_hour(ms).day]) + " " + clock_text(ms);
}

function Result(props: { drill: Drill; question: Question }): JSX.Element {
  const app = useApp();
  const { drill, question } = props;
  const ours = drill.policies[0]!, rival = rival_of(drill.policies);
  const sentences = [t("drill.says", { n: people_of(ours.alerts), wanted: wanted_of(question), p: of_hundred(ours.filled.value) }), rival ? rival_sentence(ours, rival) : ""];
  const says = sentences.join(current_language() === "zh" ? "" : " ");
  const as_exercise = () => {
    ask_report({ exercise: true, at: question.at, need: { lines: question.lines, minutes: question.minutes } });
    app.go("/");
  };
  return (
    <section class="drill-result" aria-labelledby="drill-result" tabIndex={-1}>
      <p><span class="tag hatched">{t("drill.tag")}</span></p>
      <h2 id="drill-result">{t("drill.result", { lines: lines_text(app, question.lines, t("drill.and")), n: question.minutes, when: when_text(question.when) })}</h2>
      <p class="says">{says}</p>
      <Policies drill={drill} />
      {drill.runs < drill.runs_asked && <p class="small fewer">{t("drill.fewer", { runs: drill.runs, asked: drill.runs_asked })}</p>}
      <p class="small">{t("drill.note", { runs: drill.runs })}</p>
      <div class="row end"><button type="button" class="as-exercise" onClick={as_exercise}>{t("drill.as_exercise")}</button></div>
    </section>
  );
}

/** Seconds since it began: the server tells nothing before the end. */
function Playing(props: { stop: () => void }): JSX.Element {
  const [seconds, set_seconds] = useState(0);
  useEffect(() => {
    const begun = Date.now();
    const timer = window.setInterval(() => set_seconds(Math.floor((Date.now() - begun) / 1000)), 500);
    return () => window.clearInterval(timer);
  }, []);
  return (
    <div class="playing">
      <p role="status">{t("drill.playing", { runs: RUNS })}</p>
      <div class="row">
        <progress class="grow" max={SECONDS_MAX} value={seconds} aria-label={t("drill.playing", { runs: RUNS })} />
        <span class="figure small">{t("drill.seconds", { n: seconds, most: SECONDS_MAX })}</span>
        <button type="button" onClick={props.stop}>{t("drill.stop")}</button>
      </div>
    </div>
  );
}

/** One question at a time; what is asked anew, or left, is broken off. */
function usePlay(): { busy: boolean; problem: Problem | null; played: { drill: Drill; question: Question } | null; play: (question: Question) => void; stop: () => void } {
  const [busy, set_busy] = useState(false);
  const [problem, set_problem] = useState<Problem | null>(null);
  const [played, set_played] = useState<{ drill: Drill; question: Question } | null>(null);
  const running = useRef<AbortController | null>(null);
  useEffect(() => () => running.current?.abort(), []);
  const play = (question: Question) => {
    const mine = (running.current = new AbortController());
    set_busy(true);
    set_problem(null);
    set_played(null);
    const body = {
      at: { lat: question.at.lat, lon: question.at.lon },
      when: new Date(question.when).toISOString().replace("Z", "+00:00"),
      within_minutes: question.minutes,
      lines: question.lines.map(({ skills, count }) => ({ skills, count })),
      runs: RUNS,
    };
    post<Drill>("drills", body, mine.signal)
      .then((drill) => set_played({ drill, question }))
      .catch((error) => !mine.signal.aborted && set_problem(problem_from(error)))
      .finally(() => set_busy(false));
  };
  return { busy, problem, played, play, stop: () => running.current?.abort() };
}

function HourChoice(props: { day: number; hour: number; set_day: (day: number) => void; set_hour: (hour: number) => void }): JSX.Element {
  return (
    <div class="row">
      <label class="field grow">
        <span>{t("drill.day")}</span>
        <select name="day" value={props.day} onChange={(e) => props.set_day(Number(e.currentTarget.value))}>
          {WEEKDAYS.map((code, i) => <option key={code} value={i}>{word("day", code)}</option>)}
        </select>
      </label>
      <label class="field grow">
        <span>{t("drill.hour")}</span>
        <select name="hour" value={props.hour} onChange={(e) => props.set_hour(Number(e.currentTarget.value))}>
          {Array.from({ length: 24 }, (_, i) => <option key={i} value={i}>{String(i).padStart(2, "0") + ":00"}</option>)}
        </select>
      </label>
    </div>
  );
}

export function DrillView(): JSX.Element {
  useTitle(t("nav.drill"));
  const app = useApp();
  const now = Date.now() + app.offset_ms;
  const [at, set_at] = useState<Point | null>(null);
  const [day, set_day] = useState(() => weekday_and_hour(now).day);
  const [hour, set_hour] = useState(() => weekday_and_hour(now).hour);
  const [lines, set_lines] = useState<DraftLine[]>([{ skills: ["first-aid"], count: 3 }]);
  const [minutes, set_minutes] = useState(12);
  const { busy, problem, played, play, stop } = usePlay();
  useExercise(true);
  useEffect(() => publish_map({ ...EMPTY_MAP, pick: at, onPick: set_at }), [at]);
  useEffect(() => () => publish_map(EMPTY_MAP), []);
  useEffect(() => {
    if (played || problem) bring_into_view(document.querySelector("#side .drill-result, #side .trouble"), "start");
  }, [played, problem]);
  return (
    <section class="panel" aria-labelledby="drill-title">
      <h1 id="drill-title">{t("drill.title")}</h1>
      <p class="lead">{t("drill.lead")}</p>
      <form class="drill-form" onSubmit={submit(() => at && play({ at, when: next_such_hour(now, day, hour), minutes, lines }))}>
        <p class={at ? "lead" : undefined}>{at ? t("report.at", { place: place_text(app, at) }) : t("report.where")}</p>
        <PlacePicker onPick={set_at} />
        <HourChoice day={day} hour={hour} set_day={set_day} set_hour={set_hour} />
        <LinesFields lines={lines} set={set_lines} />
        <MinutesField minutes={minutes} set={set_minutes} />
        {busy ? <Playing stop={stop} /> : <button class="primary" disabled={!at}>{t("drill.play", { runs: RUNS })}</button>}
      </form>
      <Trouble problem={problem} />
      {played && <Result drill={played.drill} question={played.question} />}
    </section>
  );
}
