// SPDX-License-Identifier: Apache-2.0
// Who is behind a number of the board, and an answer given by telephone.
import { Fragment, type JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { skills_text, useApp } from "./app";
import { FindField, holding, useFirst } from "./find";
import { useAction } from "./hooks";
import { moment_text, prime, t, word } from "./i18n";
import { State, Trouble, WideTable } from "./parts";
import type { Alert, Assignment, Board } from "./types";

const SHOWN = 60;

/** Which people a number counts: how far they are, a word of "funnel"; of one LINE, or of all. */
export interface Whom {
  step: string;
  line?: number;
}
export function is_same(a: Whom | null, b: Whom): boolean {
  return a?.step === b.step && a.line === b.line;
}

const SEATLESS = new Set(["withdrawn", "no_show", "stood_down", "turned_back", "lost_contact"]);
const TO_COME = new Set(["assigned", "en_route"]);

/** As the server counts: whoever answers by themselves has read it, and whoever has read it has got it. */
function has_read(alert: Alert): boolean {
  return alert.seen_at !== undefined || (alert.answered_at !== undefined && !alert.on_behalf);
}
function has_got(alert: Alert): boolean {
  return has_read(alert) || (alert.channels ?? []).some((one) => ["delivered", "read"].includes(one.state));
}
function is_at(step: string, alert: Alert, assignment: Assignment | undefined): boolean {
  switch (step) {
    case "alerted":
      return true;
    case "delivered":
      return has_got(alert);
    case "read":
      return has_read(alert);
    case "en_route":
    case "lost_contact":
      return assignment?.state === step;
    case "on_scene":
      return assignment?.state === step || assignment?.state === "working";
    case "seated":
      return assignment !== undefined && !SEATLESS.has(assignment.state);
    case "to_come":
      return TO_COME.has(assignment?.state ?? "");
    case "reached":
      return assignment?.on_scene_at !== undefined;
    default:
      return alert.state === step;
  }
}
function is_in(alert: Alert, whom: Whom, assignment: Assignment | undefined): boolean {
  return (whom.line === undefined || (assignment?.line ?? alert.line) === whom.line) && is_at(whom.step, alert, assignment);
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

/** A call for help before all else, as in the rows of those who come. */
function state_of(alert: Alert, assignment: Assignment | undefined): string {
  return assignment?.sos ? "sos" : (assignment?.state ?? alert.state);
}

/** The people behind a number; CUT: of so many that not all ALERTS are here. */
export function Who(props: { alerts: Alert[]; cut: boolean; board: Board; whom: Whom; focus: string }): JSX.Element {
  const app = useApp();
  const { whom } = props;
  const [open, set_open] = useState(0);
  const [text, find] = useState("");
  const by_number = new Map(props.board.assignments.map((one) => [one.number, one]));
  const kept = props.alerts.filter((alert) => alert.id === open || is_in(alert, whom, by_number.get(alert.number))); // whose answer is being typed stays in view
  const named = new Set(holding(kept, text, (alert) => [alert.name, alert.number, alert.phone]));
  const found = kept.filter((alert) => alert.id === open || named.has(alert));
  const { shown, more } = useFirst(found, SHOWN, (alert) => alert.id === open || alert.number === props.focus);
  return (
    <section class="who">
      <h2>
        {whom.line !== undefined && skills_text(app, props.board.lines[whom.line]?.skills) + " · "}
        {word("funnel", whom.step)} · {kept.length}
      </h2>
      {props.cut && <p class="small">{t("who.cut", { n: props.alerts.length, all: props.board.funnel["alerted"] ?? 0 })}</p>}
      <FindField label={t("who.find")} of={kept.length > SHOWN ? kept.length : 0} text={text} onFind={find} />
      {!found.length && <p class="small">{t(kept.length ? "who.none_found" : "who.nobody")}</p>}
      {found.length > 0 && (
        <WideTable label={t("who.table")} head={<><th>{t("col.name")}</th><th>{t("col.state")}</th><th class="figure">{t("col.away")}</th><th>{t("col.alerted_answered")}</th><th>{t("col.why")}</th></>}>
          {shown.map((alert) => (
            <Fragment key={alert.id}>
              <tr class={props.focus === alert.number ? "chosen" : ""}>
                <th scope="row">{alert.name}{alert.name && <br />}<span class="small">{alert.number}</span></th>
                <td>
                  <State group="person" state={state_of(alert, by_number.get(alert.number))} />
                  {ANSWERABLE.has(alert.state) && (
                    <button type="button" class="quiet" aria-expanded={open === alert.id} onClick={() => set_open(open === alert.id ? 0 : alert.id)}>{t("behalf.title")}</button>
                  )}
                </td>
                <td class="figure">{prime(alert.seconds)}</td>
                <td class="times-of">{moment_text(alert.alerted_at)}{alert.answered_at && <><br />{moment_text(alert.answered_at)}</>}</td>
                <td class="small">{t("col.wave", { n: alert.wave })} · {word("reason", alert.reason)}</td>
              </tr>
              {open === alert.id && (
                <tr>
                  <td colSpan={5}>
                    {ANSWERABLE.has(alert.state) ? <OnBehalf alert={alert} onDone={() => set_open(0)} /> : <p class="small" role="status">{t("behalf.answered", { state: word("person", alert.state) })}</p>}
                  </td>
                </tr>
              )}
            </Fragment>
          ))}
        </WideTable>
      )}
      {more}
    </section>
  );
}
