// SPDX-License-Identifier: Apache-2.0
// Several open needs at once: by priority who would cover each, nobody twice, and what
// stays uncovered; a call-out of one need then leaves the people of the others alone.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { lines_text, useApp } from "./app";
import { useAction, useLoaded } from "./hooks";
import { due_text, prime, probability_text, t } from "./i18n";
import { Skeleton, Trouble } from "./parts";
import type { IncidentFull, JointNeed, JointPlan, Need } from "./types";

const EXCLUDE_MAX = 2000; // of one call-out, as the server takes them

/** The people of all other needs: whom a call-out of this one leaves alone. */
function others_of(plan: JointPlan, need: number): string[] {
  return plan.needs.filter((one) => one.need !== need).flatMap((one) => one.people.map((person) => person.number)).slice(0, EXCLUDE_MAX);
}

function Row(props: { plan: JointPlan; one: JointNeed; need: Need; most: number; set: (priority: number) => void; onStarted: (need: number) => Promise<void> }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const { one, need, plan } = props;
  const uncovered = one.lines.reduce((sum, line) => sum + line.uncovered, 0);
  const what = lines_text(app, need.lines);
  const running = need.callouts.length > 0 && need.callouts[need.callouts.length - 1]!.state !== "ended";
  const start = () =>
    action.run(async () => {
      await post("needs/" + need.id + "/callouts", { exclude: others_of(plan, need.id) });
      await props.onStarted(need.id);
    });
  const last = one.people.reduce((most, person) => Math.max(most, person.seconds), 0);
  return (
    <li class="joint-need">
      <p class="row wrap">
        <label>
          <span class="small">{t("joint.priority")}</span>{" "}
          <select value={one.priority} onChange={(event) => props.set(Number(event.currentTarget.value))}>
            {Array.from({ length: Math.max(props.most, one.priority) }, (_, i) => <option key={i} value={i + 1}>{i + 1}</option>)}
          </select>
        </label>
        <strong>{what}</strong>
        <span class="small">{t("needs.by", { at: due_text(need.by, Date.now() + app.offset_ms) })}</span>
      </p>
      <p class={one.target_reached ? "ok-text" : "wait-text"}>
        {t("joint.people", { n: one.people.length, p: probability_text(one.probability) })}
        {one.people.length > 0 && " · " + t("joint.last", { time: prime(last) })}
        {!one.target_reached && one.alone.target_reached && " · " + t("joint.alone", { n: one.alone.alerts, p: probability_text(one.alone.probability) })}
      </p>
      {uncovered > 0 && <p class="wait-text">{t("joint.uncovered", { n: uncovered })}</p>}
      {one.people.length > 0 && (
        <details>
          <summary>{t("joint.who")}</summary>
          <p class="small">{one.people.map((person) => person.number + " " + prime(person.seconds)).join(" · ")}</p>
        </details>
      )}
      {running ? <p class="small">{t("joint.running")}</p> : (
        <button type="button" disabled={action.busy || !one.people.length} onClick={start}>{t("joint.start", { n: one.people.length })}</button>
      )}
      <Trouble problem={action.problem} />
    </li>
  );
}

function Joint(props: { incident: IncidentFull; onStarted: (need: number) => Promise<void> }): JSX.Element {
  const { incident } = props;
  const [chosen, set_chosen] = useState<Record<number, number>>({});
  const open = incident.needs.filter((need) => need.state === "open" || need.state === "short");
  const wishes = open.filter((need) => chosen[need.id]).map((need) => ({ need: need.id, priority: chosen[need.id] }));
  const key = "joint" + incident.id + JSON.stringify(wishes) + open.map((need) => need.id).join();
  const loaded = useLoaded(() => post<JointPlan>("incidents/" + incident.id + "/plan", wishes.length ? { needs: wishes } : {}), key, incident.id);
  const plan = loaded.data;
  if (!plan) return loaded.problem ? <Trouble problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={4} />;
  return (
    <>
      <p class="small">{t(plan.shared ? "joint.shared" : "joint.apart", { n: plan.shared })}</p>
      <ol class="joint">
        {plan.needs.map((one) => {
          const need = open.find((candidate) => candidate.id === one.need);
          return need && <Row key={one.need} plan={plan} one={one} need={need} most={open.length} set={(priority) => set_chosen({ ...chosen, [one.need]: priority })} onStarted={props.onStarted} />;
        })}
      </ol>
    </>
  );
}

/** Folded, so that it plans only when somebody looks. */
export function JointView(props: { incident: IncidentFull; onStarted: (need: number) => Promise<void> }): JSX.Element {
  const [seen, set_seen] = useState(false);
  return (
    <details class="panel" onToggle={(event) => set_seen(event.currentTarget.open)}>
      <summary>{t("joint.title")}</summary>
      {seen && <Joint incident={props.incident} onStarted={props.onStarted} />}
    </details>
  );
}
