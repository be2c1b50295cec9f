// SPDX-License-Identifier: Apache-2.0
// What those who come are told on their page, after their yes: words for the place, whom
// to look for there, what to beware of. With a new need, or changed while it runs.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { focus_on, useAction } from "./hooks";
import { t, type Key } from "./i18n";
import { Glyph, Trouble, submit } from "./parts";
import type { Need } from "./types";

/** "" = nothing is told. */
export interface Notes {
  place: string;
  contact: string;
  warning: string;
}
export const NO_NOTES: Notes = { place: "", contact: "", warning: "" };
const LETTERS_MAX = 200;
/** In the order in which they are read on the way. */
const FIELDS: [keyof Notes, Key, Key][] = [
  ["place", "notes.place", "notes.place_example"],
  ["contact", "notes.contact", "notes.contact_example"],
  ["warning", "notes.warning", "notes.warning_example"],
];

function notes_of(need: Need): Notes {
  return { place: need.place ?? "", contact: need.contact ?? "", warning: need.warning ?? "" };
}
/** Those that are not as they were: what is sent. */
export function changes_of(before: Notes, now: Notes): Partial<Notes> {
  return Object.fromEntries(FIELDS.map(([key]) => [key, now[key].trim()] as const).filter(([key, value]) => value !== before[key]));
}

/** MEANWHILE: what somebody else has made of a field since the form was opened. */
export function NotesFields(props: { notes: Notes; set: (notes: Notes) => void; focus?: boolean; meanwhile?: Partial<Notes> }): JSX.Element {
  return (
    <>
      {FIELDS.map(([key, label, example], index) => (
        <label key={key} class="field">
          <span>{t(label)}</span>
          <input ref={props.focus && index === 0 ? focus_on : undefined} name={key} maxLength={LETTERS_MAX} placeholder={t(example)} value={props.notes[key]} onInput={(e) => props.set({ ...props.notes, [key]: e.currentTarget.value })} />
          {props.meanwhile?.[key] !== undefined && <small class="wait-text" role="status">{t("notes.meanwhile", { text: props.meanwhile[key] || "—" })}</small>}
        </label>
      ))}
    </>
  );
}

function ChangeForm(props: { need: Need; onDone: () => Promise<void>; close: () => void }): JSX.Element {
  const [before] = useState(() => notes_of(props.need));
  const [notes, set_notes] = useState(before);
  const action = useAction();
  const changes = changes_of(before, notes);
  const send = () =>
    action.run(async () => {
      if (Object.keys(changes).length) {
        await post("needs/" + props.need.id + "/notes", changes);
        await props.onDone();
      }
      props.close();
    });
  return (
    <form onSubmit={submit(send)}>
      <p class="small">{t("notes.lead_change")}</p>
      <NotesFields notes={notes} set={set_notes} focus meanwhile={changes_of(before, notes_of(props.need))} />
      <Trouble problem={action.problem} />
      <div class="row">
        <button disabled={action.busy}>{t("notes.save")}</button>
        <button type="button" class="quiet" onClick={props.close}>{t("back")}</button>
      </div>
    </form>
  );
}

/** What is told about a need, and a small form to change it for who may. */
export function NeedNotes(props: { need: Need; acts: boolean; onDone: () => Promise<void> }): JSX.Element | null {
  const [changing, set_changing] = useState(false);
  const notes = notes_of(props.need);
  const told = FIELDS.filter(([key]) => notes[key]);
  if (!told.length && !props.acts) return null;
  return (
    <section class={"notes" + (told.length || changing ? "" : " none")} aria-label={t("notes.title")}>
      {changing ? (
        <ChangeForm need={props.need} onDone={props.onDone} close={() => set_changing(false)} />
      ) : (
        <div class="row">
          <dl>
            {told.map(([key, label]) => (
              <div key={key} class={key === "warning" ? "wait-text" : ""}>
                <dt>{key === "warning" && <Glyph shape="bang" />}{t(label)}</dt>
                <dd>{notes[key]}</dd>
              </div>
            ))}
          </dl>
          {props.acts && <button type="button" class="quiet push" onClick={() => set_changing(true)}>{t(told.length ? "notes.change" : "notes.add")}</button>}
        </div>
      )}
    </section>
  );
}
