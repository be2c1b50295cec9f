// SPDX-License-Identifier: Apache-2.0
// One person on the need: state, minutes, and behind the arrow times, telephone, the
// steps a dispatcher may take, the report, the second person's check.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { post, type Problem } from "./api";
import { skills_text, useApp } from "./app";
import { go_on_at, useAction } from "./hooks";
import { has_word, moment_text, prime, t, word } from "./i18n";
import { Confirm, NumberField, State, Trouble, submit } from "./parts";
import type { Assignment, Event, Line } from "./types";

const OUTCOMES = ["done", "partly", "not_needed", "not_possible"];
/** Steps that take somebody off the need: asked once more, with a reason. */
const GRAVE = new Set(["withdraw", "no_show", "lost"]);
const TEXT_MAX = 4000;

function Steps(props: { one: Assignment; steps: string[] }): JSX.Element {
  const { one } = props;
  const action = useAction(one.state);
  const [asked, set_asked] = useState("");
  const [reason, set_reason] = useState("");
  const send = (step: string, why?: string) =>
    action.run(async () => {
      await post("assignments/" + one.id + "/steps", why ? { step, reason: why } : { step });
      set_asked("");
      set_reason("");
    });
  return (
    <>
      <div class="row wrap">
        {props.steps.map((step) => (
          <button key={step} type="button" disabled={action.busy} onClick={() => (GRAVE.has(step) ? set_asked(step) : send(step))}>
            {word("step", step)}
          </button>
        ))}
      </div>
      {asked ? (
        <Confirm
          title={word("step", asked) + " · " + (one.name ?? one.number)}
          consequences={[t("assignment.seat_open", { n: 1 })]}
          action={word("step", asked)}
          reason={{ label: t("reason"), value: reason, set: set_reason, required: true }}
          busy={action.busy}
          problem={action.problem}
          onYes={() => send(asked, reason)}
          onNo={() => set_asked("")}
        />
      ) : (
        <Trouble problem={action.problem} />
      )}
    </>
  );
}

function ReportForm(props: { one: Assignment }): JSX.Element {
  const [outcome, set_outcome] = useState("done");
  const [text, set_text] = useState("");
  const action = useAction();
  const id = "outcome-" + props.one.id;
  return (
    <form onSubmit={submit(() => action.run(() => post("assignments/" + props.one.id + "/reports", { outcome, text })))}>
      <h4>{t("assignment.report_for")}</h4>
      <label class="field" for={id}>
        <span>{t("assignment.outcome")}</span>
        <select id={id} value={outcome} onChange={(e) => set_outcome(e.currentTarget.value)}>
          {OUTCOMES.map((code) => <option key={code} value={code}>{word("outcome", code)}</option>)}
        </select>
      </label>
      <label class="field">
        <span>{t("assignment.text")}</span>
        <textarea rows={2} maxLength={TEXT_MAX} value={text} onInput={(e) => set_text(e.currentTarget.value)} />
      </label>
      <Trouble problem={action.problem} />
      <button disabled={action.busy}>{t("assignment.report_send")}</button>
    </form>
  );
}

function own_work(problem: Problem | null): boolean {
  return problem?.status === 403;
}

/** Somebody else was quicker: what was typed is not lost. */
function Overtaken(props: { one: Assignment; typed: string; done: () => void }): JSX.Element {
  const { one } = props;
  const is_checked = one.state === "verified";
  return (
    <div class="note wait overtaken" role="status">
      <p>{is_checked ? t("verify.overtaken", { n: one.minutes_credited ?? 0 }) : t("verify.sent_back")}</p>
      {is_checked ? <Correct one={one} typed={props.typed} /> : <p>{props.typed}</p>}
      <button type="button" class="quiet" onClick={props.done}>{t("verify.seen")}</button>
    </div>
  );
}

/** NEXT: where the keyboard goes on once this form has done its work and is gone. KEEP: whether somebody is
 * typing a doubt, so that the form has to stay whatever others do. */
export function VerifyForm(props: { one: Assignment; primary?: boolean; next: () => Element | null | undefined; keep: (typing: boolean) => void }): JSX.Element {
  const { one } = props;
  const sent = useRef(false), next = useRef(props.next);
  next.current = props.next;
  useEffect(() => () => void (sent.current && go_on_at(next.current)), []);
  const [minutes, set_minutes] = useState(one.minutes ?? 0);
  const [reason, set_reason] = useState("");
  const [doubt, set_doubt] = useState(false);
  const action = useAction();
  const send = (ok: boolean) => {
    sent.current = true;
    action.run(async () => {
      await post("assignments/" + one.id + "/verifications", ok ? { ok, minutes } : { ok, reason: reason.trim() });
      props.keep(false);
    });
  };
  const type = (text: string, doubts: boolean) => {
    set_reason(text);
    set_doubt(doubts);
    props.keep(doubts && text.trim() !== "");
  };
  if (one.state !== "reported" && doubt && !action.busy) return <Overtaken one={one} typed={reason} done={() => props.keep(false)} />;
  return (
    <form class="verify" onSubmit={submit(() => send(!doubt))}>
      {doubt ? (
        <label class="field">
          <span>{t("verify.what_doubt")}</span>
          <input required maxLength={500} value={reason} onInput={(e) => type(e.currentTarget.value, true)} />
        </label>
      ) : (
        <label class="field">
          <span>{t("verify.minutes")}</span>
          <NumberField min={0} max={one.minutes ?? 10080} value={minutes} set={set_minutes} />
        </label>
      )}
      {own_work(action.problem) ? (
        <div class="note wait" role="alert"><strong>{t("verify.own")}</strong></div>
      ) : (
        <Trouble problem={action.problem} />
      )}
      <div class="row wrap">
        <button class={props.primary && !doubt ? "primary" : ""} disabled={action.busy}>{doubt ? t("verify.dispute") : t("verify.ok", { n: minutes })}</button>
        <button type="button" class="quiet" onClick={() => type(reason, !doubt)}>{t(doubt ? "back" : "verify.doubt")}</button>
      </div>
    </form>
  );
}

/** The minutes of what was checked, put right: the ledger keeps both. TYPED: why, by who was overtaken. */
function Correct(props: { one: Assignment; typed?: string }): JSX.Element {
  const { one } = props;
  const action = useAction(one.minutes_credited);
  const [open, set_open] = useState(props.typed !== undefined);
  const [minutes, set_minutes] = useState(one.minutes_credited ?? 0);
  const [reason, set_reason] = useState(props.typed ?? "");
  const send = (): void =>
    action.run(async () => {
      await post("assignments/" + one.id + "/verifications", { ok: true, minutes, reason: reason.trim() });
      set_open(false);
    });
  if (!open) return <p><button type="button" class="quiet correct" onClick={() => set_open(true)}>{t("verify.correct")}</button></p>;
  return (
    <form class="verify" onSubmit={submit(send)}>
      <label class="field">
        <span>{t("verify.minutes")}</span>
        <NumberField min={0} max={one.minutes ?? 10080} value={minutes} set={set_minutes} />
      </label>
      <label class="field">
        <span>{t("verify.why_correct")}</span>
        <input required maxLength={500} value={reason} onInput={(e) => set_reason(e.currentTarget.value)} />
      </label>
      <Trouble problem={action.problem} />
      <div class="row wrap">
        <button disabled={action.busy}>{t("verify.correct_to", { n: minutes })}</button>
        <button type="button" class="quiet" onClick={() => set_open(false)}>{t("back")}</button>
      </div>
    </form>
  );
}

export function ReportText(props: { one: Assignment }): JSX.Element | null {
  const { one } = props;
  if (!one.outcome && !one.report) return null;
  return (
    <blockquote>
      {one.outcome && <strong>{word("outcome", one.outcome)}</strong>} {one.report}
      {one.minutes !== undefined && <span class="small figure"> · {t("assignment.minutes", { n: one.minutes })}</span>}
      {one.minutes_credited !== undefined && one.state === "verified" && <span class="small"> · {t("assignment.credited", { n: one.minutes_credited })}</span>}
    </blockquote>
  );
}

const TIMES = ["alerted_at", "assigned_at", "en_route_at", "on_scene_at", "released_at", "reported_at"] as const;
/** When what happened, as far as it did; MORE: what else is told of them. */
export function Times(props: { one: Assignment; more?: JSX.Element }): JSX.Element {
  const { one } = props;
  const by = one.reported_by !== undefined && one.reported_by !== "person" && t("verify.reported_by", { who: one.reported_by });
  return (
    <dl class="times">
      {TIMES.filter((key) => one[key]).map((key) => (
        <div key={key}><dt>{word("time", key)}</dt><dd>{moment_text(one[key])}{key === "reported_at" && by}</dd></div>
      ))}
      {props.more}
    </dl>
  );
}

/** Whether the report waits for this account's check. */
export function may_verify(one: Assignment): boolean {
  return one.state === "reported" && (one.can === undefined || one.can.includes("verify"));
}

const NOT_STEPS = new Set(["report", "verify"]);

const ASKED = new Set(["on_scene", "working", "lost_contact"]);

/** Whether this person answered the roll call; undefined if they are not asked. */
function heard(one: Assignment, roll_call_at: string | undefined): boolean | undefined {
  if (!roll_call_at || !ASKED.has(one.state)) return undefined;
  if (one.on_scene_at && Date.parse(one.on_scene_at) > Date.parse(roll_call_at)) return undefined;
  return one.here_at !== undefined && Date.parse(one.here_at) >= Date.parse(roll_call_at);
}

/** Minutes to go; in words once they should be there, and while no way is open. */
function eta_text(one: Assignment): string {
  if (!["assigned", "en_route"].includes(one.state)) return "";
  if (one.eta_seconds === undefined) return t("assignment.no_way");
  return one.state === "en_route" && one.eta_seconds <= 0 ? t("assignment.due") : prime(one.eta_seconds);
}

/** Said yes by text or on the telephone and is to go somewhere that only the page shows. */
function is_told(one: Assignment): boolean {
  return one.sees_place !== false || !["assigned", "en_route"].includes(one.state);
}

/** HELPED: a call for help of theirs that somebody has in hand. */
export function AssignmentRow(props: { one: Assignment; lines: Line[]; roll_call_at?: string; over: boolean; helped?: Event; open: boolean; toggle: () => void }): JSX.Element {
  const app = useApp();
  const { one, helped } = props;
  const is_heard = heard(one, props.roll_call_at);
  const can = one.can ?? [];
  const steps = props.over ? [] : can.filter((step) => !NOT_STEPS.has(step) && has_word("step", step));
  const is_checked = one.state === "verified";
  const [typing, set_typing] = useState(false);
  const verify = !is_checked && (can.includes("verify") || (one.can === undefined && one.state === "reported"));
  return (
    <li class={one.sos ? "assignment alarm" : "assignment"} id={"assignment-" + one.id}>
      <button type="button" class="assignment-head" aria-expanded={props.open} onClick={props.toggle}>
        <strong class="name">
          {one.name ?? one.number}
          {!is_told(one) && <span class="small wait-text"> {t("assignment.not_told")}</span>}
          {is_heard !== undefined && <span class={"small " + (is_heard ? "ok-text" : "wait-text")}> {t(is_heard ? "roll_call.heard" : "roll_call.not_yet")}</span>}
        </strong>
        <span class="skills-of">{skills_text(app, props.lines[one.line]?.skills)}</span>
        <State group="person" state={one.sos ? "sos" : one.state} />
        <span class="figure">{eta_text(one)}</span>
        <span aria-hidden="true" class="arrow">{props.open ? "▾" : "▸"}</span>
      </button>
      {helped && (
        <p class="small in-hand">
          <strong class="alarm-text">{t("alarm.in_hand", { who: helped.actor ?? "–", at: moment_text(helped.at) })}</strong> {one.phone && <a href={"tel:" + one.phone}>{one.phone}</a>}
        </p>
      )}
      {props.open && (
        <div class="assignment-body">
          <Times
            one={one}
            more={
              <>
                {one.phone && <div><dt>{t("col.phone")}</dt><dd><a href={"tel:" + one.phone}>{one.phone}</a></dd></div>}
                <div><dt>{t("col.number")}</dt><dd>{one.number}</dd></div>
              </>
            }
          />
          {!is_told(one) && <p class="note wait">{t("assignment.tell_place")}</p>}
          <ReportText one={one} />
          {steps.length > 0 && <Steps one={one} steps={steps} />}
          {can.includes("report") && <ReportForm one={one} />}
          {verify && <p class="small">{t("verify.second")}</p>}
          {(verify || typing) && <VerifyForm one={one} keep={set_typing} next={() => document.querySelector("#assignment-" + one.id + " .assignment-head")} />}
          {is_checked && !typing && can.includes("verify") && (props.over ? <p class="small">{t("verify.over")}</p> : <Correct one={one} />)}
        </div>
      )}
    </li>
  );
}
