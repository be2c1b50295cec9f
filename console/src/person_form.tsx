// SPDX-License-Identifier: Apache-2.0
// Changing a person: what was learned (a course passed today is two clicks), until when the
// certificates hold, when and how the person can be called. Bound to what was read: who
// changed it meanwhile is not overwritten.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_tagged, patch, type Tagged } from "./api";
import { day_in_months, skill_name, useApp, type App } from "./app";
import { useAction, useLoaded } from "./hooks";
import { t, word } from "./i18n";
import { Skeleton, Trouble } from "./parts";
import type { Person, Skill } from "./types";

const MODES = ["foot", "bike", "car"];

interface Draft {
  skills: string[];
  certificates: Record<string, string>; // code: last valid day
  mode: string;
  duty: string;
  paused: string; // the day until which; "" = not
  suspended: boolean;
}

function draft_of(person: Person): Draft {
  return {
    skills: person.skills,
    certificates: Object.fromEntries((person.certificates ?? []).map((one) => [one.code, one.until])),
    mode: person.mode,
    duty: typeof person.duty === "string" ? person.duty : "",
    paused: person.paused_until?.slice(0, 10) ?? "",
    suspended: person.suspended,
  };
}

/** Days are those of the server's zone; it gives every time with its offset. */
function body_of(app: App, before: Draft, draft: Draft): Record<string, unknown> {
  const changed = <T,>(one: T, other: T): boolean => JSON.stringify(one) !== JSON.stringify(other);
  const body: Record<string, unknown> = {};
  if (changed(before.skills, draft.skills)) body.skills = draft.skills;
  if (changed(before.certificates, draft.certificates)) body.certificates = Object.entries(draft.certificates).map(([code, until]) => code + ":" + until);
  if (before.mode !== draft.mode) body.mode = draft.mode;
  if (before.duty !== draft.duty) body.duty = draft.duty;
  if (before.paused !== draft.paused) body.paused_until = draft.paused ? draft.paused + "T00:00:00" + (/([+-]\d\d:\d\d|Z)$/.exec(app.instance.now)?.[1] ?? "Z") : null;
  if (before.suspended !== draft.suspended) body.suspended = draft.suspended;
  return body;
}

const MONTHS_USUAL = 24; // as long as certificates usually hold

function SkillRow(props: { skill: Skill; draft: Draft; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { skill, draft, change } = props;
  const app = useApp();
  const has = draft.skills.includes(skill.code), name = skill_name(app, skill.code);
  const until = skill.certificate ? (draft.certificates[skill.certificate] ?? "") : "";
  const certify = (day: string): void => {
    const { [skill.certificate ?? ""]: _, ...others } = draft.certificates;
    change({ certificates: day ? { ...others, [skill.certificate ?? ""]: day } : others });
  };
  return (
    <li>
      <label class="check">
        <input
          type="checkbox"
          checked={has}
          onChange={(e) => change({ skills: e.currentTarget.checked ? [...draft.skills, skill.code] : draft.skills.filter((code) => code !== skill.code) })}
        />
        <span>{name}</span>
      </label>
      {has && skill.certificate && (
        <div class="row fields">
          <label class="field">
            <span>{t("edit.until", { skill: name })}</span>
            <input type="date" value={until} onInput={(e) => certify(e.currentTarget.value)} />
          </label>
          <button type="button" onClick={() => certify(day_in_months(app, skill.months || MONTHS_USUAL))}>
            {t("edit.passed", { months: skill.months || MONTHS_USUAL })}
          </button>
        </div>
      )}
    </li>
  );
}

function Fields(props: { person: Person; tag: string; done: () => void }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const before = draft_of(props.person);
  const [draft, set_draft] = useState(before);
  const change = (next: Partial<Draft>): void => set_draft({ ...draft, ...next });
  const body = body_of(app, before, draft);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        action.run(async () => {
          await patch("people/" + encodeURIComponent(props.person.number), body, props.tag);
          props.done();
        });
      }}
    >
      <fieldset>
        <legend>{t("edit.learned")}</legend>
        <ul class="plain-list skill-list">
          {app.skills.map((skill) => <SkillRow key={skill.code} skill={skill} draft={draft} change={change} />)}
        </ul>
      </fieldset>
      <div class="row fields">
        <label class="field">
          <span>{t("col.mode")}</span>
          <select value={draft.mode} onChange={(e) => change({ mode: e.currentTarget.value })}>
            {MODES.map((mode) => <option key={mode} value={mode}>{word("mode", mode)}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{t("edit.paused")}</span>
          <input type="date" value={draft.paused} onInput={(e) => change({ paused: e.currentTarget.value })} />
        </label>
        <label class="field grow">
          <span>{t("edit.duty")}</span>
          <input type="text" placeholder="Mo-Fr 18:00-22:00" maxLength={255} value={draft.duty} onInput={(e) => change({ duty: e.currentTarget.value })} />
        </label>
      </div>
      <label class="check">
        <input type="checkbox" checked={draft.suspended} onChange={(e) => change({ suspended: e.currentTarget.checked })} />
        <span>{t("edit.suspend")}</span>
      </label>
      {action.problem?.status === 412 ? <div class="trouble" role="alert"><p>{t("edit.meanwhile")}</p></div> : <Trouble problem={action.problem} />}
      <p class="row">
        <button class="primary" disabled={action.busy || !Object.keys(body).length}>{t("edit.save")}</button>
        <button type="button" class="quiet" onClick={props.done}>{t("back")}</button>
      </p>
    </form>
  );
}

/** In place of the list; DONE leads back to it. */
export function PersonForm(props: { number: string; done: () => void }): JSX.Element {
  const read = useLoaded<Tagged<Person>>(() => get_tagged("people/" + encodeURIComponent(props.number)), props.number);
  return (
    <section class="panel wide-panel" aria-labelledby="person-title">
      <h1 id="person-title">{t("edit.title", { name: [read.data?.value.name, props.number].filter(Boolean).join(" · ") })}</h1>
      <Trouble problem={read.problem} retry={read.reload} />
      {!read.data && !read.problem && <Skeleton rows={8} />}
      {read.data && <Fields person={read.data.value} tag={read.data.tag} done={props.done} />}
    </section>
  );
}
