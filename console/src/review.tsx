// SPDX-License-Identifier: Apache-2.0
// After the stand-down: who is still out, what was reported, the second person's check,
// and the close with its consequences in numbers.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { post } from "./api";
import { Checks, useAllBoards } from "./checks";
import { useAction } from "./hooks";
import { t } from "./i18n";
import { Confirm, Skeleton, Trouble } from "./parts";
import type { Assignment, Id, IncidentFull } from "./types";

const OUT = new Set(["assigned", "en_route", "on_scene", "working", "lost_contact"]);
/** Also who was on the way when told not to come, until they say that they are back. */
export function is_out(one: Assignment): boolean {
  return OUT.has(one.state) || (one.state === "stood_down" && one.en_route_at !== undefined);
}
export function owes_report(one: Assignment): boolean {
  return one.state === "released" || one.state === "disputed";
}

/** How many are not through yet; each press shows the next of them. */
function Left(props: { text: string; people: Assignment[]; show: (one: Assignment) => void }): JSX.Element {
  const next = useRef(0);
  const press = () => {
    const one = props.people[next.current++ % props.people.length];
    if (one) props.show(one);
  };
  return <button type="button" class="number" onClick={press}>{props.text}</button>;
}

/** SHOW: brings the row of somebody on a need into view. */
export function ReviewView(props: { incident: IncidentFull; show: (need: Id, assignment: Id) => void; onDone: () => Promise<void> }): JSX.Element {
  const { incident } = props;
  const boards = useAllBoards(incident);
  const action = useAction(incident.state);
  const [asked, set_asked] = useState(false);
  if (!boards.data) return boards.problem ? <Trouble problem={boards.problem} retry={boards.reload} /> : <Skeleton />;
  const all: Assignment[] = boards.data.flatMap((board) => board.assignments);
  const show = (one: Assignment) => {
    const board = boards.data?.find((each) => each.assignments.includes(one));
    if (board) props.show(board.need, one.id);
  };
  const out = all.filter(is_out);
  const unreported = all.filter(owes_report);
  const unchecked = all.filter((one) => one.state === "reported");
  const checked = all.filter((one) => one.state === "verified");
  const minutes = checked.reduce((sum, one) => sum + (one.minutes_credited ?? 0), 0);
  const ready = !out.length && !unreported.length && !unchecked.length;
  const steps = incident.next?.steps ?? [];
  const step = (word: string) =>
    action.run(async () => {
      await post("incidents/" + incident.id + "/steps", { step: word });
      await props.onDone();
      set_asked(false);
    });
  return (
    <section class="panel review" aria-labelledby="review-title">
      <h2 id="review-title" tabIndex={-1}>{t("review.title")}</h2>
      <ul class="checklist">
        <li class={out.length ? "wait-text" : "ok-text"}>{out.length ? <Left text={t("review.out", { n: out.length })} people={out} show={show} /> : t("review.all_back", { n: all.length })}</li>
        <li class={unreported.length ? "wait-text" : "ok-text"}>{unreported.length ? <Left text={t("review.unreported", { n: unreported.length })} people={unreported} show={show} /> : t("review.all_reported")}</li>
        <li class={ready ? "ok-text" : "wait-text"}>{unchecked.length ? t("review.unchecked", { n: unchecked.length }) : t("review.all_checked", { n: checked.length })}</li>
      </ul>
      {unreported.length > 0 && <p class="small">{t("review.report_how")}</p>}
      {steps.includes("review") && (
        <button type="button" class="primary" disabled={action.busy} onClick={() => step("review")}>{t("review.begin")}</button>
      )}
      {steps.includes("close") && (
        <div class="row wrap">
          <button type="button" class={ready ? "primary" : ""} disabled={!ready || action.busy} onClick={() => set_asked(true)}>{t("close.button")}</button>
          {!ready && <span class="small">{t("close.not_yet")}</span>}
        </div>
      )}
      <Checks all={all} />
      {asked ? (
        <Confirm
          title={t("close.title", { case: incident.case })}
          consequences={[t("close.people", { n: all.length, checked: checked.length }), t(incident.exercise ? "close.minutes_exercise" : "close.minutes", { n: minutes }), t("close.links"), t("close.final")]}
          action={t("close.button")}
          busy={action.busy}
          problem={action.problem}
          onYes={() => step("close")}
          onNo={() => set_asked(false)}
        />
      ) : (
        <Trouble problem={action.problem} />
      )}
    </section>
  );
}
