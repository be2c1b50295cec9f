// SPDX-License-Identifier: Apache-2.0
// Small parts that every view uses: state marks, problems, skeletons, the dialog for what
// cannot be undone.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import type { Problem } from "./api";
import { useLate } from "./hooks";
import { t, word, has_word } from "./i18n";

export type Tone = "ok" | "wait" | "alarm" | "accent" | "quiet";
export type Shape = "dot" | "ring" | "triangle" | "square" | "diamond" | "cross" | "dash" | "check" | "bang" | "octagon" | "question";

/** Colour, shape and (from i18n) word of every state of a person, a need, a call-out or an
 * incident. Red only for what needs a hand now. */
export const MARKS: Record<string, [Tone, Shape]> = {
  pending: ["wait", "ring"],
  accepted: ["accent", "dot"],
  limited: ["wait", "diamond"],
  late: ["quiet", "diamond"],
  declined: ["quiet", "cross"],
  no_answer: ["quiet", "ring"],
  void: ["quiet", "dash"],
  stood_down: ["quiet", "dash"],
  assigned: ["accent", "dot"],
  en_route: ["accent", "triangle"],
  on_scene: ["ok", "square"],
  working: ["ok", "square"],
  released: ["quiet", "check"],
  reported: ["wait", "check"],
  verified: ["ok", "check"],
  disputed: ["wait", "bang"],
  withdrawn: ["quiet", "cross"],
  turned_back: ["quiet", "dash"],
  no_show: ["quiet", "cross"],
  lost_contact: ["alarm", "question"],
  open: ["wait", "ring"],
  filled: ["accent", "dot"],
  met: ["ok", "check"],
  short: ["alarm", "bang"],
  cancelled: ["quiet", "cross"],
  planned: ["quiet", "ring"],
  active: ["accent", "triangle"],
  standing_down: ["wait", "dash"],
  ended: ["quiet", "check"],
  confirmed: ["accent", "ring"],
  review: ["wait", "check"],
  closed: ["quiet", "check"],
  merged: ["quiet", "dash"],
  sos: ["alarm", "octagon"],
};

/** Of what is never on the map, or is marked otherwise than a person of the same word. */
const GROUP_MARKS: Record<string, [Tone, Shape]> = {
  "incident.reported": ["wait", "ring"],
  "finding.working": ["accent", "triangle"],
  "finding.solved": ["wait", "check"],
  "finding.checked": ["ok", "check"],
  "finding.dropped": ["quiet", "cross"],
  "finding.overdue": ["wait", "bang"],
  "indicator_state.reached": ["ok", "check"],
  "indicator_state.below": ["wait", "ring"],
  "indicator_state.nothing": ["quiet", "dash"],
  "coverage.covered": ["ok", "dot"],
  "coverage.uncovered": ["wait", "triangle"],
  "coverage.site": ["accent", "diamond"],
  "coverage.proposed": ["accent", "square"],
};

const PATHS: Record<Shape, JSX.Element> = {
  dot: <circle cx="8" cy="8" r="6" fill="currentColor" />,
  ring: <circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2.5" />,
  triangle: <path d="M8 1.5 15 14H1z" fill="currentColor" />,
  square: <rect x="2" y="2" width="12" height="12" rx="1.5" fill="currentColor" />,
  diamond: <path d="M8 1 15 8 8 15 1 8z" fill="none" stroke="currentColor" stroke-width="2.2" />,
  cross: <path d="M3 3 13 13M13 3 3 13" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />,
  dash: <path d="M2 8h12" stroke="currentColor" stroke-width="3" stroke-linecap="round" />,
  check: <path d="M2 8.5 6.5 13 14 3.5" fill="none" stroke="currentColor" stroke-width="2.5" stroke-linecap="round" />,
  bang: <path d="M8 1 15.5 15H.5zM8 6v4M8 12v1" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linejoin="round" />,
  octagon: <path d="M5 .5h6L15.5 5v6L11 15.5H5L.5 11V5zM7 3.5v5h2v-5zM7 10.5v2h2v-2z" fill="currentColor" fill-rule="evenodd" />,
  question: <path d="M8 .5a7.5 7.5 0 1 0 0 15 7.5 7.5 0 0 0 0-15M5.5 6a2.5 2.5 0 1 1 3.5 2.3q-1 .5-1 1.5M8 11.5v1" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />,
};

export function mark_of(group: string, state: string): [Tone, Shape] {
  return GROUP_MARKS[group + "." + state] ?? MARKS[state] ?? ["quiet", "ring"];
}

export function Glyph(props: { shape: Shape }): JSX.Element {
  return (
    <svg class="glyph" viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      {PATHS[props.shape]}
    </svg>
  );
}

/** GROUP is incident, need, callout, person, finding: the same code has other words there; TEXT in their place. */
export function State(props: { group: string; state: string; text?: string }): JSX.Element {
  const [tone, shape] = mark_of(props.group, props.state);
  return (
    <span class={"state " + tone}>
      <Glyph shape={shape} />
      {props.text ?? word(props.group, props.state)}
    </span>
  );
}

/** A share as a bar, with a mark where it should be. The figure stands beside it. */
export function ShareBar(props: { share: number; target?: number }): JSX.Element {
  const { share, target } = props;
  const reached = target !== undefined && share >= target;
  return (
    <span class="bar share" aria-hidden="true">
      <span class={reached ? "there" : "part"} style={{ width: 100 * share + "%" }} />
      {target !== undefined && <i style={{ left: 100 * target + "%" }} />}
    </span>
  );
}

/** Words beside each other to choose one of: what a list shows, which part of a view. */
export function Tabs<T extends string>(props: { label: string; chosen: T; choose: (one: T) => void; choices: [T, string][] }): JSX.Element {
  return (
    <div class="tabs" role="group" aria-label={props.label}>
      {props.choices.map(([key, text]) => (
        <button key={key} type="button" aria-pressed={props.chosen === key} onClick={() => props.choose(key)}>{text}</button>
      ))}
    </div>
  );
}

export const MODES = ["foot", "bike", "car"];

/** One of several: [value, text], as a list that opens. */
export function Choice(props: { label: string; options: [string, string][]; value: string; onChange: (value: string) => void }): JSX.Element {
  return (
    <label class="field">
      <span>{props.label}</span>
      <select value={props.value} onChange={(e) => props.onChange(e.currentTarget.value)}>
        {props.options.map(([value, text]) => (
          <option key={value} value={value}>{text}</option>
        ))}
      </select>
    </label>
  );
}

/** What happened, why, what now, and the id to tell the administrator. */
export function Trouble(props: { problem: Problem | null; retry?: () => void }): JSX.Element | null {
  const { problem, retry } = props;
  if (!problem) return null;
  const code = String(problem.status);
  const now = problem.status === 0 && retry ? t("error.0_reading") : problem.status === 429 && problem.wait_s ? t("error.wait", { n: problem.wait_s }) : has_word("error", code) ? word("error", code) : t("error.other");
  const incident = /; incident (\S+)$/.exec(problem.detail ?? "")?.[1];
  const known = [...new Set([problem.detail?.split(/; (?:allowed: |incident )/)[0], ...(problem.errors ?? []).map((error) => error.detail)])].filter((text) => text && has_word("detail", text));
  // A part of the server that is busy says what now, and a place where one may not act: the server as a whole is well, and nothing is gone.
  const own = [404, 503].includes(problem.status) && known.length > 0;
  const what = !own && has_word("error_what", code) ? word("error_what", code) : t("error_what.other");
  return (
    <div class="trouble" role="alert">
      <strong>{what}</strong>
      {known.map((text) => (
        <p key={text}>{word("detail", text)}</p>
      ))}
      {incident && <p>{t("error.incident", { case: incident })}</p>}
      {!own && <p>{now}</p>}
      {problem.detail && !known.length && problem.status !== 404 && <p class="small" lang="en">{problem.detail}</p>}
      {!known.length && problem.errors?.map((error) => (
        <p key={error.pointer} class="small" lang="en">
          <code>{error.pointer}</code> {error.detail}
        </p>
      ))}
      {problem.instance && <p class="small">{t("error.id", { id: problem.instance })}</p>}
      {retry && (
        <button type="button" onClick={retry}>
          {t("retry")}
        </button>
      )}
    </div>
  );
}

export function Skeleton(props: { rows?: number }): JSX.Element | null {
  if (!useLate()) return null;
  return (
    <div class="skeleton" role="status" aria-label={t("loading")}>
      {Array.from({ length: props.rows ?? 4 }, (_, i) => (
        <span key={i} />
      ))}
    </div>
  );
}

export function Empty(props: { title: string; children?: ComponentChildren }): JSX.Element {
  return (
    <div class="empty">
      <p class="lead">{props.title}</p>
      {props.children}
    </div>
  );
}

/** A table that is scrolled by itself where it is too wide for the page. HEAD: the <th> of its
 * first row; FOOT: a row below the others. */
export function WideTable(props: { label: string; class?: string; head: ComponentChildren; foot?: ComponentChildren; children: ComponentChildren }): JSX.Element {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={props.label}>
      <table class={props.class}>
        <thead><tr>{props.head}</tr></thead>
        <tbody>{props.children}</tbody>
        {props.foot && <tfoot>{props.foot}</tfoot>}
      </table>
    </div>
  );
}

export interface Column<T> {
  head: string;
  number?: boolean;
  cell: (one: T, index: number) => ComponentChildren; // "" or undefined: nothing to say
}
/** A row for each of ROWS, the first column says whose it is; on a telephone one below the other, each figure with its name. */
export function RowsTable<T>(props: { label: string; columns: Column<T>[]; rows: T[] }): JSX.Element {
  const [first, ...others] = props.columns;
  const kind = (column: Column<T>) => (column.number ? "number" : undefined);
  return (
    <WideTable label={props.label} class="rows" head={props.columns.map((column) => <th key={column.head} class={kind(column)}>{column.head}</th>)}>
      {props.rows.map((one, index) => (
        <tr key={index}>
          <th scope="row" data-head={first!.head}>{first!.cell(one, index)}</th>
          {others.map((column) => <td key={column.head} class={kind(column)} data-head={column.head}>{column.cell(one, index)}</td>)}
        </tr>
      ))}
    </WideTable>
  );
}

/** Sends a form: RUN, and the page stays. */
export function submit(run: () => unknown): (event: Event) => void {
  return (event) => {
    event.preventDefault();
    run();
  };
}

/** The one modal thing: what cannot be undone, with its consequences in numbers. */
export function Confirm(props: {
  title: string;
  consequences: string[];
  action: string | null; // null: it cannot be done, and the consequences say why
  alarm?: boolean;
  reason?: { label: string; value: string; set: (value: string) => void; required?: boolean };
  busy?: boolean;
  problem?: Problem | null;
  onYes: () => void;
  onNo: () => void;
}): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
    return () => dialog.current?.close();
  }, []);
  const { reason } = props;
  return (
    <dialog
      ref={dialog}
      aria-labelledby="confirm-title"
      onCancel={(event) => {
        event.preventDefault();
        props.onNo();
      }}
    >
      <form onSubmit={submit(props.onYes)}>
        <h2 id="confirm-title">{props.title}</h2>
        <ul>
          {props.consequences.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
        {reason && (
          <label class="field">
            <span>{reason.label}</span>
            <input value={reason.value} required={reason.required} maxLength={500} onInput={(e) => reason.set(e.currentTarget.value)} />
          </label>
        )}
        <Trouble problem={props.problem ?? null} />
        <div class="row end">
          <button type="button" onClick={props.onNo}>
            {t("back")}
          </button>
          {props.action !== null && (
            <button type="submit" class="primary" disabled={props.busy}>
              {props.action}
            </button>
          )}
        </div>
      </form>
    </dialog>
  );
}

/** What is wrong with a field, under it; FAULTY goes to the field itself. */
export function Fault(props: { field: string; text?: string }): JSX.Element | null {
  return props.text ? <small class="fault" id={"fault-" + props.field}><Glyph shape="bang" /> {props.text}</small> : null;
}
export function faulty(field: string, text: string | undefined): { "aria-invalid"?: true; "aria-describedby"?: string } {
  return text ? { "aria-invalid": true, "aria-describedby": "fault-" + field } : {};
}

/** As `ref` of a field: its form is not sent while there is a WORD on what is wrong with it. */
export function refused(word: string): (field: HTMLInputElement | null) => void {
  return (field) => field?.setCustomValidity(word);
}

/** A whole number from MIN to MAX. What is being typed stays as it is; on leaving, the field
 * shows the number that was taken: nothing is MIN. */
export function NumberField(props: { name?: string; label?: string; min: number; max: number; value: number; set: (value: number) => void }): JSX.Element {
  const { name, label, min, max, value, set } = props;
  const [typed, set_typed] = useState<string | null>(null);
  const type = (field: HTMLInputElement): void => {
    set_typed(field.value);
    set(Math.min(max, Math.max(min, Math.round(field.valueAsNumber || 0))));
  };
  return <input type="number" name={name} aria-label={label} min={min} max={max} required value={typed ?? value} onInput={(e) => type(e.currentTarget)} onBlur={() => set_typed(null)} />;
}

/** Among very many people a name takes a while; typing something else ends it. */
export function Looking(props: { n: number }): JSX.Element | null {
  return useLate() ? <p class="small looking" role="status">{t("people.looking", { n: props.n })}</p> : null;
}
