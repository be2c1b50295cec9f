// SPDX-License-Identifier: Apache-2.0
// What was found wrong and is followed up until a second person has checked it: the list of
// an area, and that of one incident. What may be done stands in `can`.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { get, post } from "./api";
import { may_note_findings, useApp, type App } from "./app";
import { area_label, area_path, readiness_link, with_root } from "./areas";
import { FindingForm, type Noting } from "./finding_form";
import { focus_on, useAction, useLoaded, type Loaded } from "./hooks";
import { date_text, t, word } from "./i18n";
import { Empty, Skeleton, State, Tabs, Trouble, submit } from "./parts";
import { SaveCsv } from "./save_csv";
import type { AreaName, Finding, Id, Incident } from "./types";

const LIST_MAX = 500; // of the server
const REASON_MAX = 1000;
/** What is told with a sentence: the next one has to know. */
const REASONED = new Set(["solve", "drop", "reopen"]);

function ReasonForm(props: { step: string; busy: boolean; send: (reason: string) => void; onCancel: () => void }): JSX.Element {
  const [reason, set_reason] = useState("");
  return (
    <form class="finding-form" onSubmit={submit(() => props.send(reason.trim()))}>
      <label class="field">
        <span>{word("finding_why", props.step)}</span>
        <textarea ref={focus_on} rows={2} required maxLength={REASON_MAX} value={reason} onInput={(e) => set_reason(e.currentTarget.value)} />
      </label>
      <p class="row">
        <button disabled={props.busy || !reason.trim()}>{word("finding_step", props.step)}</button>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </p>
    </form>
  );
}

function Steps(props: { one: Finding; onStep: (one: Finding, state: string) => Promise<void> }): JSX.Element | null {
  const { one } = props;
  const action = useAction(one.state);
  const [asked, set_asked] = useState("");
  const send = (step: string, reason?: string): void =>
    action.run(async () => {
      const { state } = await post<{ state: string }>("findings/" + one.id + "/steps", reason ? { step, reason } : { step });
      await props.onStep(one, state);
      set_asked("");
    });
  if (!one.can.length) return null;
  return (
    <div class="finding-steps">
      {asked ? (
        <ReasonForm step={asked} busy={action.busy} send={(reason) => send(asked, reason)} onCancel={() => set_asked("")} />
      ) : (
        <div class="row wrap">
          {one.can.map((step) => (
            <button key={step} type="button" disabled={action.busy} onClick={() => (REASONED.has(step) ? set_asked(step) : send(step))}>{word("finding_step", step)}</button>
          ))}
        </div>
      )}
      <Trouble problem={action.problem} />
    </div>
  );
}

/** Who noted, solved and checked it, and when. */
function history_text(one: Finding): string {
  return [
    t("findings.made", { by: one.made_by, at: date_text(one.made_at) }),
    one.solved_by && t("findings.solved", { by: one.solved_by, at: date_text(one.solved_at) }),
    one.checked_by && t("findings.checked", { by: one.checked_by, at: date_text(one.checked_at) }),
    one.dropped_by && t("findings.dropped", { by: one.dropped_by, at: date_text(one.dropped_at) }),
  ].filter(Boolean).join(" · ");
}

function Row(props: { one: Finding; incident?: Id; onStep: (one: Finding, state: string) => Promise<void> }): JSX.Element {
  const { one } = props;
  const app = useApp();
  const is_open = one.state === "open" || one.state === "working";
  const is_own = one.state === "solved" && one.solved_by === app.session.account;
  return (
    <li class="finding">
      <p class="row wrap">
        <strong class="title">{one.title}</strong>
        <State group="finding" state={one.state} />
        {one.overdue && <State group="finding" state="overdue" />}
      </p>
      <p class="facts">
        <span>{area_label(app, one.area.code, one.area.name)}</span>
        {one.lead && <span>{t("findings.led_by", { lead: one.lead })}</span>}
        {(one.due || is_open) && <span class={one.overdue ? "wait-text" : ""}>{t(one.due ? "findings.due" : "findings.no_due", { day: one.due_counted })}</span>}
        {one.incident && one.incident.id !== props.incident && <a href={"/incidents/" + one.incident.id} data-go>{t("findings.of_incident", { case: one.incident.case })}</a>}
        {one.indicator && <span>{t("findings.of_indicator", { name: word("indicator", one.indicator) })}</span>}
      </p>
      {one.note && <blockquote>{one.note}</blockquote>}
      <p class="small">{history_text(one)}</p>
      {is_own && <p class="small">{t("findings.own")}</p>}
      <Steps one={one} onStep={props.onStep} />
    </li>
  );
}

function said_text(title: string, state: string): string {
  return t("findings.said", { title, state: word("finding", state) });
}

/** The rows, and above them what was just done: the row itself may be elsewhere now. */
function List(props: { list: Loaded<Finding[]>; incident?: Id; none: JSX.Element; said: string; say: (text: string) => void; onChanged: () => void }): JSX.Element {
  const { list, said, say } = props;
  const items = list.data ?? [];
  const stepped = async (one: Finding, state: string): Promise<void> => {
    props.onChanged();
    await list.reload();
    say(said_text(one.title, state));
  };
  return (
    <>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      <p class="said" role="status">{said}</p>
      {list.data && !items.length && props.none}
      <ul class="list">
        {items.map((one) => <Row key={one.id} one={one} incident={props.incident} onStep={stepped} />)}
      </ul>
      {items.length >= LIST_MAX && <p class="small">{t("findings.more", { n: LIST_MAX })}</p>}
    </>
  );
}

/** The button, and in its place the form. */
function Note(props: Omit<Noting, "onCancel"> & { primary: boolean }): JSX.Element {
  const [noting, set_noting] = useState(false);
  const done = async (title: string): Promise<void> => {
    await props.onDone(title);
    set_noting(false);
  };
  if (noting) return <FindingForm {...props} onDone={done} onCancel={() => set_noting(false)} />;
  return <button type="button" class={props.primary ? "primary note-finding" : "note-finding"} onClick={() => set_noting(true)}>{t("findings.note")}</button>;
}

type Which = "todo" | "check" | "overdue" | "all";
const FOLLOWED_UP = ["open", "working", "solved"];
const STATES: Record<Which, string[]> = { todo: ["open", "working"], check: ["solved"], overdue: FOLLOWED_UP, all: [""] };

function Nothing(props: { which: Which; may_note: boolean }): JSX.Element {
  const { which } = props;
  if (which === "check") return <Empty title={t("findings.none_check")}><p>{t("findings.check_first")}</p></Empty>;
  if (which === "overdue") return <Empty title={t("findings.none_overdue")} />;
  return <Empty title={t(which === "all" ? "findings.none_came" : "findings.none")}>{props.may_note && <p>{t("findings.first")}</p>}</Empty>;
}

/** What is due first; the newest first among equals. */
function by_due(one: Finding, other: Finding): number {
  return one.due_counted.localeCompare(other.due_counted) || other.id - one.id;
}

/** Of what is done with too, the newest first. */
async function load(area: string, which: Which): Promise<Finding[]> {
  const answers = await Promise.all(STATES[which].map((state) => get<{ items: Finding[] }>("findings?" + new URLSearchParams(state ? { area, state } : { area }).toString())));
  const items = answers.flatMap((one) => one.items).sort(which === "all" ? (one, other) => other.id - one.id : by_due);
  return which === "overdue" ? items.filter((one) => one.overdue) : items;
}

/** As it goes to the departments that answer for them. */
function file_rows(app: App, items: Finding[]): string[][] {
  const head = [t("findings.file_title"), t("col.area"), t("findings.lead"), t("findings.due_by"), t("col.state"), t("findings.file_of"), t("findings.file_note"), t("findings.file_history")];
  const of = (one: Finding) => (one.incident ? one.incident.case : one.indicator ? word("indicator", one.indicator) : "");
  return [head, ...items.map((one) => [one.title, area_label(app, one.area.code, one.area.name), one.lead ?? "", one.due ?? "", word("finding", one.overdue ? "overdue" : one.state), of(one), one.note ?? "", history_text(one)])];
}

/** NOTED: the title of what was noted before the list came into view. */
export function FindingsView(props: { area: AreaName; noted: string; onChanged: () => void }): JSX.Element {
  const { area } = props;
  const app = useApp();
  const [which, set_which] = useState<Which>("todo");
  const [said, say] = useState(props.noted && said_text(props.noted, "open"));
  const list = useLoaded(() => load(with_root(app, area.code), which), which, 0);
  const may_note = may_note_findings(app);
  const rows = useMemo(() => file_rows(app, list.data ?? []), [list.data]);
  const show = (next: Which): void => {
    set_which(next);
    say("");
  };
  const noted = async (title: string): Promise<void> => {
    set_which("todo");
    props.onChanged();
    await list.reload();
    say(said_text(title, "open"));
  };
  return (
    <section class="findings" aria-label={t("readiness.findings")}>
      <div class="row wrap findings-head">
        <Tabs label={t("findings.which")} chosen={which} choose={show} choices={[["todo", t("findings.todo")], ["check", t("findings.to_check")], ["overdue", t("findings.overdue")], ["all", t("findings.all")]]} />
        {may_note && <Note area={area.code} primary onDone={noted} />}
        {rows.length > 1 && (
          <span class="row">
            <SaveCsv rows={rows} names={["findings", area.name, date_text(Date.now() + app.offset_ms)]} label={t("hours.save")} />
            <button type="button" onClick={() => window.print()}>{t("handover.print")}</button>
          </span>
        )}
      </div>
      <List
        key={which}
        list={list}
        none={<Nothing which={which} may_note={may_note} />}
        said={said}
        say={say}
        onChanged={props.onChanged}
      />
    </section>
  );
}

/** What came of one incident or exercise: lessons are kept where they are followed up. */
export function IncidentFindings(props: { id: Id; case: string }): JSX.Element {
  const app = useApp();
  const list = useLoaded(() => get<{ items: Finding[] }>("findings?incident=" + props.id).then((answer) => answer.items), "findings" + props.id, 0);
  const incident = useLoaded(() => get<Incident>("incidents/" + props.id), "incident" + props.id).data;
  const [said, say] = useState("");
  return (
    <section class="findings" aria-labelledby="incident-findings">
      <h2 id="incident-findings">{t("findings.came_of")}</h2>
      <List list={list} incident={props.id} none={<p class="lead">{t("findings.none_came")}</p>} said={said} say={say} onChanged={() => undefined} />
      {incident && may_note_findings(app) && <div class="row"><Note area={incident.area.code} incident={{ id: props.id, case: props.case }} primary={false} onDone={list.reload} /></div>}
    </section>
  );
}

/** The town that CODE is or lies in; CODE itself above the towns. */
function town_of(app: App, code: string): string {
  return area_path(app, code).find((one) => one.level === "town")?.code ?? code;
}

/** For who leads an exercise: what was found wrong there before, and has not been put right. */
export function FindingsBefore(props: { id: Id; area: string }): JSX.Element | null {
  const app = useApp();
  const town = town_of(app, props.area);
  const list = useLoaded(() => load(town, "todo"), "before" + town, 0);
  const items = (list.data ?? []).filter((one) => one.incident?.id !== props.id);
  if (!items.length) return null;
  return (
    <details class="findings-before" open={items.length <= 3}>
      <summary>{t("findings.before", { n: items.length, area: area_label(app, town) })}</summary>
      <ul>
        {items.map((one) => (
          <li key={one.id}>
            {one.title} {one.overdue && <State group="finding" state="overdue" />} <span class="small">{[one.lead, one.incident?.case].filter(Boolean).join(" · ")}</span>
          </li>
        ))}
      </ul>
      <a href={readiness_link(town)} data-go>{t("nav.readiness")}</a>
    </details>
  );
}
