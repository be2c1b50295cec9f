// SPDX-License-Identifier: Apache-2.0
// What is needed: lines of skills and counts, by when. Nobody is alerted by this.
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useState } from "preact/hooks";

import { post } from "./api";
import { place_text, skill_name, useApp } from "./app";
import { useAction } from "./hooks";
import { current_language, local_of, minutes_text, moment_of, t, word } from "./i18n";
import { keep, kept } from "./kept";
import { EMPTY_MAP, publish_map } from "./map_model";
import { changes_of, NO_NOTES, NotesFields, type Notes } from "./notes";
import { Fault, faulty, NumberField, refused, Trouble, submit } from "./parts";
import { PlacePicker } from "./place_picker";
import type { Id, IncidentFull, Point } from "./types";

export interface DraftLine {
  skills: string[];
  count: number;
}
export interface NeedDraft {
  lines: DraftLine[];
  minutes: number;
  by?: string | null; // the moment, if it was set by hand
  notes?: Notes;
  at?: Point | null;
}
/** By incident what is half filled in, until it is sent: whoever looks at another incident meanwhile, or reloads the page, finds it again. */
export function keep_draft(incident: Id, need: NeedDraft | undefined): void {
  keep("need of " + incident, need);
}
function draft_of(incident: Id): NeedDraft | undefined {
  return kept("need of " + incident);
}
/** It goes on in INTO, which keeps what is filled in there; whether there was something to move. */
export function move_draft(from: Id, into: Id): boolean {
  const need = draft_of(from);
  if (!need || draft_of(into)) return false;
  keep_draft(from, undefined);
  keep_draft(into, need);
  return true;
}
const BLANK: NeedDraft = { lines: [{ skills: ["first-aid"], count: 3 }], minutes: 12 };
const LINES_MAX = 8;
const COUNT_MAX = 5000;
/** Asked for most often; the rest is behind the search field. */
const COMMON = ["first-aid", "cpr-aed", "boat", "driver", "nurse", "logistics"];
const COMMON_SET = new Set(COMMON);

function SkillPicker(props: { id: string; chosen: string[]; set: (skills: string[]) => void }): JSX.Element {
  const app = useApp();
  const [text, set_text] = useState("");
  const { chosen } = props;
  const toggle = (code: string) => props.set(chosen.includes(code) ? chosen.filter((one) => one !== code) : [...chosen, code]);
  const shown = [...app.skills.filter((one) => COMMON_SET.has(one.code)), ...app.skills.filter((one) => chosen.includes(one.code) && !COMMON_SET.has(one.code))];
  const rest = app.skills.filter((one) => !COMMON_SET.has(one.code) && !chosen.includes(one.code));
  const take = (value: string) => {
    const wanted = value.trim().toLowerCase();
    const found = app.skills.find((one) => [one.zh, one.en, one.code].some((name) => name.toLowerCase() === wanted));
    set_text(found ? "" : value);
    if (found && !chosen.includes(found.code)) toggle(found.code);
  };
  const enter = (event: JSX.TargetedKeyboardEvent<HTMLInputElement>) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    event.currentTarget.reportValidity();
  };
  return (
    <div class="skills" role="group" aria-label={t("need.skills")}>
      {shown.map((one) => (
        <button key={one.code} type="button" class="pick" aria-pressed={chosen.includes(one.code)} onClick={() => toggle(one.code)}>
          {skill_name(app, one.code)}
        </button>
      ))}
      <input ref={refused(text.trim() && t("need.no_skill"))} list={"skills-" + props.id} value={text} placeholder={t("need.more_skills")} aria-label={t("need.more_skills")} onInput={(e) => take(e.currentTarget.value)} onKeyDown={enter} />
      <datalist id={"skills-" + props.id}>
        {rest.map((one) => (
          <option key={one.code} value={skill_name(app, one.code)} />
        ))}
      </datalist>
    </div>
  );
}

function LineFields(props: { index: number; line: DraftLine; set: (line: DraftLine) => void; remove: (() => void) | null }): JSX.Element {
  const { line, set } = props;
  const step = (by: number) => set({ ...line, count: Math.min(COUNT_MAX, Math.max(1, line.count + by)) });
  return (
    <fieldset class="line">
      <legend>{t("need.line", { n: props.index + 1 })}</legend>
      <div class="row">
        <div class="count">
          <button type="button" aria-label={t("need.fewer")} onClick={() => step(-1)}>−</button>
          <NumberField label={t("need.count")} min={1} max={COUNT_MAX} value={line.count} set={(count) => set({ ...line, count })} />
          <button type="button" aria-label={t("need.more")} onClick={() => step(1)}>+</button>
        </div>
        <span>{t("need.people_with")}</span>
        {props.remove && (
          <button type="button" class="quiet push" onClick={props.remove}>{t("need.remove_line")}</button>
        )}
      </div>
      <SkillPicker id={String(props.index)} chosen={line.skills} set={(skills) => set({ ...line, skills })} />
      {!line.skills.length && <p class="small">{t("need.anybody")}</p>}
    </fieldset>
  );
}

/** All lines, and a button for one more. */
export function LinesFields(props: { lines: DraftLine[]; set: (lines: DraftLine[]) => void }): JSX.Element {
  const { lines, set } = props;
  return (
    <>
      {lines.map((line, index) => (
        <LineFields
          key={index}
          index={index}
          line={line}
          set={(next) => set(lines.map((old, i) => (i === index ? next : old)))}
          remove={lines.length > 1 ? () => set(lines.filter((_, i) => i !== index)) : null}
        />
      ))}
      {lines.length < LINES_MAX && (
        <button type="button" class="quiet" onClick={() => set([...lines, { skills: [], count: 1 }])}>
          {t("need.add_line")}
        </button>
      )}
    </>
  );
}

export const SLIDER_MINUTES = 120; // longer ones are set by hand
export function MinutesField(props: { minutes: number; set: (minutes: number) => void }): JSX.Element {
  return (
    <label class="field slider">
      <span>{t("need.within", { time: minutes_text(props.minutes) })}</span>
      <input type="range" min={5} max={SLIDER_MINUTES} step={1} value={props.minutes} onInput={(e) => props.set(e.currentTarget.valueAsNumber)} />
    </label>
  );
}

const AHEAD_MINUTES = 4320; // what the server takes
/** The same by the clock: half a day, tomorrow at 8:00. MINUTES: from now, shown while nothing is typed. SET: the moment, and how far off it is. */
export function ByField(props: { by?: string | null; minutes: number; set: (by: string, minutes: number) => void }): JSX.Element {
  const app = useApp();
  const [typed, set_typed] = useState<string | null>(null);
  const now_ms = Date.now() + app.offset_ms;
  const [is_wrong, set_wrong] = useState(false);
  const ahead = (minutes: number) => local_of(new Date(now_ms + minutes * 60000).toISOString());
  const type = (text: string): void => {
    set_typed(text);
    const by = text && moment_of(text), minutes = by ? Math.round((Date.parse(by) - now_ms) / 60000) : 0;
    const fits = minutes >= 1 && minutes <= AHEAD_MINUTES;
    set_wrong(!fits);
    if (fits) props.set(by, minutes);
  };
  const wrong = is_wrong ? t("need.by_wrong") : undefined;
  return (
    <label class="field by">
      <span>{t("need.by")}</span>
      <input type="datetime-local" name="by" required min={ahead(1)} max={ahead(AHEAD_MINUTES)} value={typed ?? (props.by ? local_of(props.by) : ahead(props.minutes))} onInput={(e) => type(e.currentTarget.value)} onBlur={() => is_wrong || set_typed(null)} {...faulty("by", wrong)} />
      <Fault field="by" text={wrong} />
    </label>
  );
}

/** Where they are to come: the incident's place, or another one (AT), by name or on the map. */
function WhereFields(props: { incident: IncidentFull; at: Point | null; set: (at: Point | null) => void }): JSX.Element {
  const app = useApp();
  const { incident, at, set } = props;
  useEffect(() => {
    publish_map({
      ...EMPTY_MAP,
      incidents: [{ id: incident.id, at: incident.at, label: incident.title || word("kind", incident.kind), exercise: incident.exercise, current: true }],
      pick: at,
      onPick: set,
      fit: "incident-" + incident.id,
    });
  }, [incident.id, at, current_language()]);
  return (
    <details>
      <summary>{t("need.where", { place: place_text(app, at ?? incident.at) })}</summary>
      <p class="small">{t("need.where_how")}</p>
      <PlacePicker onPick={set} />
      {at && <button type="button" class="quiet" onClick={() => set(null)}>{t("need.where_incident")}</button>}
    </details>
  );
}

/** ONTOUCH: something was filled in; from then on it must not go away by itself. */
export function NeedForm(props: { incident: IncidentFull; primary: boolean; onTouch: () => void; onDone: (need: number) => Promise<void>; onCancel: (() => void) | null }): JSX.Element {
  const { id } = props.incident;
  const [draft] = useState(() => draft_of(id) ?? BLANK);
  const [lines, set_lines] = useState(draft.lines);
  const [minutes, set_minutes] = useState(draft.minutes);
  const [by, set_by] = useState(draft.by ?? null);
  const [notes, set_notes] = useState(draft.notes ?? NO_NOTES);
  const [at, set_at] = useState(draft.at ?? null);
  const action = useAction();
  const is_touched = lines !== BLANK.lines || minutes !== BLANK.minutes || by !== null || notes !== NO_NOTES || at !== null;
  useEffect(() => {
    if (is_touched) props.onTouch();
  }, [is_touched]);
  useLayoutEffect(() => {
    if (is_touched) keep_draft(id, { lines, minutes, by, notes, at });
  }, [lines, minutes, by, notes, at]);
  const set_within = (next: number, moment: string | null) => {
    set_minutes(next);
    set_by(moment);
  };
  const cancel = () => {
    keep_draft(id, undefined);
    props.onCancel?.();
  };
  const send = () =>
    action.run(async () => {
      const { lat, lon } = at ?? props.incident.at;
      const made = await post<{ id: number }>("incidents/" + id + "/needs", {
        at: { lat, lon },
        ...(by ? { by } : { within_minutes: minutes }),
        lines: lines.map(({ skills, count }) => ({ skills, count })),
        reserve: "auto",
        target: 0.95,
        ...changes_of(NO_NOTES, notes),
      });
      keep_draft(id, undefined);
      await props.onDone(made.id);
    });
  return (
    <form class="panel" onSubmit={submit(send)}>
      <h2>{t("need.title")}</h2>
      <p class="small">{t("need.lead")}</p>
      <LinesFields lines={lines} set={set_lines} />
      <MinutesField minutes={minutes} set={(next) => set_within(next, null)} />
      <ByField by={by} minutes={minutes} set={(moment, next) => set_within(next, moment)} />
      <WhereFields incident={props.incident} at={at} set={set_at} />
      <details>
        <summary>{t("notes.title")}</summary>
        <p class="small">{t("notes.lead")}</p>
        <NotesFields notes={notes} set={set_notes} />
      </details>
      <Trouble problem={action.problem} />
      <div class="row end">
        {props.onCancel && <button type="button" onClick={cancel}>{t("back")}</button>}
        <button class={props.primary ? "primary" : ""} disabled={action.busy}>{t("need.plan")}</button>
      </div>
    </form>
  );
}
