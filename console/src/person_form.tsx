// SPDX-License-Identifier: Apache-2.0
// A person, new or to be changed: name, telephone, birth and home, what was learned (a course passed
// today is two clicks), until when the certificates hold, when and how the person can be called.
// Bound to what was read: who changed it meanwhile is not overwritten. A home is set by a press
// on the map and never shown again.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

import { del, get, get_tagged, patch, post, type Problem, type Tagged } from "./api";
import { can, day_in_months, place_text, skill_name, useApp, type App } from "./app";
import { useApplicants } from "./applicants";
import { AskingNow } from "./asking";
import { AreaPicker } from "./area_picker";
import { area_choices, TRAINS } from "./areas";
import { go_on_at, useAction, useLoaded } from "./hooks";
import { hours_code, hours_example, hours_text } from "./week_hours";
import { t, word } from "./i18n";
import { PlacePicker } from "./place_picker";
import { EMPTY_MAP, publish_map } from "./map_model";
import { Confirm, Empty, Fault, faulty, Skeleton, Trouble, submit } from "./parts";
import { fault_text } from "./people_file";
import { SameWarnings, SavedPerson, type Saved } from "./person_saved";
import { ServicePaper } from "./service";
import { useTitle } from "./title";
import type { Applicant, Person, PersonWarning, Point, Skill } from "./types";

const MODES = ["foot", "bike", "car"];
const QUIET_KINDS = ["usual", "none", "own"] as const;

interface Draft {
  name: string;
  phone: string;
  email: string;
  birth: string; // the day; "" = not known, an adult
  organisations: string; // ";" between
  area: string; // code; "" = where the home lies
  home: Point | null; // null: as it is
  skills: string[];
  certificates: Record<string, string>; // code: last valid day
  mode: string;
  duty: string; // as people read it
  quiet_kind: (typeof QUIET_KINDS)[number];
  quiet: string; // of an own one
  paused: string; // the day until which; "" = not
  suspended: boolean;
}

function draft_of(person: Person): Draft {
  return {
    name: person.name ?? "",
    phone: person.phone ?? "",
    email: person.email ?? "",
    birth: person.birth ?? "",
    organisations: (person.organisations ?? []).join("; "),
    area: person.area ?? "",
    home: null,
    skills: person.skills,
    certificates: Object.fromEntries((person.certificates ?? []).map((one) => [one.code, one.until])),
    mode: person.mode,
    duty: hours_text(typeof person.duty === "string" ? person.duty : ""),
    quiet_kind: !person.quiet ? "usual" : person.quiet === "none" ? "none" : "own",
    quiet: person.quiet && person.quiet !== "none" ? hours_text(person.quiet) : "",
    paused: person.paused_until?.slice(0, 10) ?? "",
    suspended: person.suspended,
  };
}

function quiet_of(draft: Draft): string {
  return draft.quiet_kind === "usual" ? "" : draft.quiet_kind === "none" ? "none" : hours_code(draft.quiet);
}

/** As the server takes it: full-width digits, a dash of any length, and what copying brings along. */
function plain_phone(text: string): string {
  return text.normalize("NFKC").replace(/[\u2010-\u2015\u2212]/g, "-").replace(/\p{Cf}/gu, "");
}

function organisations_of(draft: Draft): string[] {
  return draft.organisations.split(/[;；]/).map((one) => one.trim()).filter(Boolean);
}

/** Days are those of the server's zone; it gives every time with its offset. */
function body_of(app: App, before: Draft, draft: Draft): Record<string, unknown> {
  const changed = <T,>(one: T, other: T): boolean => JSON.stringify(one) !== JSON.stringify(other);
  const body: Record<string, unknown> = {};
  for (const key of ["name", "phone", "email", "birth", "area"] as const) if (before[key] !== draft[key]) body[key] = (key === "phone" ? plain_phone(draft.phone) : draft[key]).trim();
  if (changed(organisations_of(before), organisations_of(draft))) body.organisations = organisations_of(draft);
  if (draft.home) body.home = draft.home;
  if (changed(before.skills, draft.skills)) body.skills = draft.skills;
  if (changed(before.certificates, draft.certificates)) body.certificates = Object.entries(draft.certificates).map(([code, until]) => code + ":" + until);
  if (before.mode !== draft.mode) body.mode = draft.mode;
  if (before.duty !== draft.duty) body.duty = hours_code(draft.duty);
  if (quiet_of(before) !== quiet_of(draft)) body.quiet = quiet_of(draft);
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

/** "/organisations/0": its field. */
function field_of(pointer: string): string {
  return pointer.split("/")[1] ?? "";
}

/** What is wrong, by field; a field that was changed since it was sent has nothing wrong. */
type Faults = Partial<Record<string, string>>;
const HOURS = new Set(["duty", "quiet"]);
function faults_of(problem: Problem | null, sent: Draft | null, draft: Draft): Faults {
  const faults: Faults = {};
  for (const { pointer, detail } of problem?.errors ?? []) {
    const field = field_of(pointer);
    if (sent && field in draft && sent[field as keyof Draft] !== draft[field as keyof Draft]) continue;
    faults[field] = HOURS.has(field) ? t("edit.wrong_hours", { what: fault_text(detail), example: hours_example() }) : fault_text(detail);
  }
  return faults;
}
/** Fields that show what is wrong with them themselves. */
const SHOWN = new Set(["number", "name", "phone", "email", "birth", "home", "organisations", ...HOURS]);

/** Who it is and where they live; with a home the map shows where, and before it the NEAR place that they named. */
function Identity(props: { draft: Draft; faults: Faults; is_new: boolean; near?: { at: Point; label: string }; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { draft, faults, near, change } = props;
  const app = useApp();
  const [choices] = useState(() => area_choices(app, TRAINS));
  useEffect(() => {
    publish_map({ ...EMPTY_MAP, pick: draft.home, sites: near ? [near] : [], fit: near?.label ?? "", onPick: (home) => change({ home }) });
  });
  useEffect(() => () => publish_map(EMPTY_MAP), []);
  const text = (key: "name" | "phone" | "email", label: string, type: string, most: number): JSX.Element => (
    <label class="field grow">
      <span>{label}</span>
      <input name={key} type={type} autocomplete="off" maxLength={most} required={key === "name"} value={draft[key]} onInput={(e) => change({ [key]: e.currentTarget.value })} {...faulty(key, faults[key])} />
      <Fault field={key} text={faults[key]} />
    </label>
  );
  return (
    <fieldset>
      <legend>{t("edit.identity")}</legend>
      <div class="row fields">
        {text("name", t("edit.name"), "text", 60)}
        {text("phone", t("edit.phone"), "tel", 31)}
        {text("email", t("edit.email"), "email", 127)}
      </div>
      <label class="field">
        <span>{t("edit.birth")}</span>
        <input name="birth" type="date" value={draft.birth} onInput={(e) => change({ birth: e.currentTarget.value })} {...faulty("birth", faults.birth)} />
        <small>{t("edit.birth_why")}</small>
        <Fault field="birth" text={faults.birth} />
      </label>
      <label class="field">
        <span>{t("edit.organisations")}</span>
        <input name="organisations" maxLength={520} autocomplete="off" value={draft.organisations} onInput={(e) => change({ organisations: e.currentTarget.value })} {...faulty("organisations", faults.organisations)} />
        <small>{t("edit.organisations_why")}</small>
        <Fault field="organisations" text={faults.organisations} />
      </label>
      <div class="row fields">
        <PlacePicker label={t("edit.home")} onPick={(home) => change({ home })} />
        <AreaPicker name="area" label={t("col.area")} choices={choices} value={draft.area} none={props.is_new ? t("edit.area_of_home") : undefined} onChange={(area) => change({ area })} />
      </div>
      <p class="small">{draft.home ? t("edit.home_at", { place: place_text(app, draft.home) }) : t(props.is_new ? "edit.home_press" : "edit.home_kept")}</p>
      <Fault field="home" text={faults.home} />
    </fieldset>
  );
}

function Hours(props: { name: "duty" | "quiet"; label: string; draft: Draft; faults: Faults; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { name, draft, faults, change } = props;
  return (
    <label class="field grow">
      <span>{props.label}</span>
      <input name={name} type="text" placeholder={hours_example()} maxLength={255} value={draft[name]} onInput={(e) => change({ [name]: e.currentTarget.value })} {...faulty(name, faults[name])} />
      <Fault field={name} text={faults[name]} />
    </label>
  );
}

/** How and when the person can be called. */
function Calling(props: { draft: Draft; faults: Faults; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { draft, faults, change } = props;
  return (
    <>
      <div class="row fields">
        <label class="field">
          <span>{t("col.mode")}</span>
          <select name="mode" value={draft.mode} onChange={(e) => change({ mode: e.currentTarget.value })}>
            {MODES.map((mode) => <option key={mode} value={mode}>{word("mode", mode)}</option>)}
          </select>
        </label>
        <label class="field">
          <span>{t("edit.paused")}</span>
          <input name="paused" type="date" value={draft.paused} onInput={(e) => change({ paused: e.currentTarget.value })} />
        </label>
      </div>
      <Hours name="duty" label={t("edit.duty")} draft={draft} faults={faults} change={change} />
      <div class="row fields">
        <label class="field">
          <span>{t("edit.quiet")}</span>
          <select name="quiet_kind" value={draft.quiet_kind} onChange={(e) => change({ quiet_kind: e.currentTarget.value as Draft["quiet_kind"] })}>
            {QUIET_KINDS.map((kind) => <option key={kind} value={kind}>{word("quiet", kind)}</option>)}
          </select>
        </label>
        {draft.quiet_kind === "own" && <Hours name="quiet" label={t("edit.quiet_own")} draft={draft} faults={faults} change={change} />}
      </div>
      <label class="check">
        <input type="checkbox" checked={draft.suspended} onChange={(e) => change({ suspended: e.currentTarget.checked })} />
        <span>{t("edit.suspend")}</span>
      </label>
    </>
  );
}

/** The fields say what is wrong with them; anything else, and what happened at all, is said here. */
function FormTrouble(props: { problem: Problem | null; faults: Faults }): JSX.Element | null {
  const { problem } = props;
  if (problem?.status === 412) return <div class="trouble" role="alert"><p>{t("edit.meanwhile")}</p></div>;
  const errors = problem?.errors ?? [];
  if (problem?.status !== 422 || !errors.length || !errors.every(({ pointer }) => SHOWN.has(field_of(pointer)))) return <Trouble problem={problem} />;
  return Object.keys(props.faults).length ? <div class="trouble" role="alert"><p>{t("edit.wrong_fields")}</p></div> : null;
}

const NOBODY: Person = { number: "", mode: "foot", skills: [], suspended: false };

/** PERSON undefined: a new one, who is given the number that the server suggests or another one; an APPLICANT's words are its first draft. */
function Fields(props: { person?: Person; tag?: string; applicant?: Applicant }): JSX.Element {
  const { person, tag = "", applicant } = props;
  const app = useApp();
  const done = (): void => app.go(applicant ? "/applicants" : "/people");
  const action = useAction();
  const before = draft_of(person ?? NOBODY);
  const [draft, set_draft] = useState<Draft>(applicant ? { ...before, name: applicant.name, phone: applicant.phone, area: applicant.area.code, mode: applicant.mode, skills: applicant.skills } : before);
  const at = app.tree.by_code.get(applicant?.area.code ?? "")?.at;
  const free = useLoaded(() => (person ? Promise.resolve("") : get<{ number: string }>("people/new/number").then((answer) => answer.number)), "number");
  const [own_number, set_own_number] = useState<string | null>(null); // null: as suggested
  const number = own_number ?? free.data ?? "";
  const [sent, set_sent] = useState<Draft | null>(null);
  const [saved, set_saved] = useState<Saved | null>(null);
  const form = useRef<HTMLFormElement>(null);
  const change = (next: Partial<Draft>): void => set_draft((old) => ({ ...old, ...next }));
  const faults = faults_of(action.problem, sent, draft);
  useEffect(() => form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus(), [action.problem]);
  const body = body_of(app, before, draft);
  const is_enough = person ? Object.keys(body).length > 0 : !!(number.trim() && draft.name.trim() && draft.home);
  const store = (): Promise<{ warnings?: PersonWarning[] }> =>
    person
      ? patch("people/" + encodeURIComponent(person.number), body, tag)
      : post<{ warnings?: PersonWarning[] }>("people", { ...body, number: number.trim(), ...(applicant ? { applicant: applicant.id } : {}) }).catch((problem) => {
          free.reload(); // somebody may have taken it meanwhile
          throw problem;
        });
  const save = (): void => {
    set_sent(draft);
    action.run(async () => {
      const warnings = (await store()).warnings ?? [];
      if (warnings.length) set_saved({ number: person?.number ?? number.trim(), name: draft.name, is_new: !person, warnings });
      else done();
    });
  };
  if (saved) return <SavedPerson saved={saved} done={done} />;
  return (
    <form ref={form} class="person-form" onSubmit={submit(save)}>
      {!person && (
        <label class="field">
          <span>{t("col.number")}</span>
          <input name="number" maxLength={32} autocomplete="off" required value={number} onInput={(e) => set_own_number(e.currentTarget.value)} {...faulty("number", faults.number)} />
          <small>{t("edit.number_next")}</small>
          <Fault field="number" text={faults.number} />
        </label>
      )}
      <Identity draft={draft} faults={faults} is_new={!person} near={applicant && at ? { at, label: applicant.area.name } : undefined} change={change} />
      <fieldset>
        <legend>{t("edit.learned")}</legend>
        <ul class="plain-list skill-list">
          {app.skills.map((skill) => <SkillRow key={skill.code} skill={skill} draft={draft} change={change} />)}
        </ul>
      </fieldset>
      <Calling draft={draft} faults={faults} change={change} />
      <FormTrouble problem={action.problem} faults={faults} />
      <p class="row">
        <button class="primary" disabled={action.busy || !is_enough}>{t("edit.save")}</button>
        <button type="button" class="quiet" onClick={done}>{t("back")}</button>
      </p>
    </form>
  );
}

const HAS_LEFT = "has left; whoever looks after the people of the area can take them back";

function path_of(number: string): string {
  return "people/" + encodeURIComponent(number);
}

/** What ends by DELETE, after its consequences were read. DONE: what is said then, where the page stays. */
function Ending(props: { path: string; title: string; why: string; now: string; done?: string; ended: () => Promise<void> }): JSX.Element {
  const action = useAction();
  const [sure, set_sure] = useState(false), [done, set_done] = useState(false);
  const end = (): void =>
    action.run(async () => {
      await del(props.path);
      set_sure(false);
      set_done(true);
      await props.ended();
    });
  return (
    <p class="row end-link">
      <button type="button" class="quiet" onClick={() => set_sure(true)}>{props.title}</button>
      {done && props.done && <span role="status">{props.done}</span>}
      {sure && <Confirm title={props.title} consequences={[props.why]} action={props.now} busy={action.busy} problem={action.problem} onYes={end} onNo={() => set_sure(false)} />}
    </p>
  );
}

/** For handing it to the person, by whatever way the office talks to them. */
function OwnPage(props: { number: string; token: string; push?: boolean; reload: () => Promise<void> }): JSX.Element {
  return (
    <>
      <label class="field">
        <span>{t("edit.own_page")}</span>
        <input type="url" class="own-page" readOnly value={window.location.origin + "/m/" + props.token} onFocus={(e) => e.currentTarget.select()} />
        <small>{t("edit.own_page_why")}</small>
        {props.push && <small>{t("edit.push")}</small>}
      </label>
      <Ending path={path_of(props.number) + "/own-page"} title={t("edit.end_link")} why={t("edit.end_link_why")} now={t("edit.end_link_now")} done={t("edit.link_ended")} ended={props.reload} />
      <Ending path={path_of(props.number)} title={t("edit.leave")} why={t("edit.leave_why")} now={t("edit.leave_now")} ended={props.reload} />
    </>
  );
}

/** Whoever is back is reached by nobody without a telephone, and by a number that somebody else was given meanwhile perhaps wrongly. */
function CameBack(props: { person: Person; warnings: PersonWarning[] }): JSX.Element {
  const { number, phone } = props.person;
  if (!phone) return <p class="note wait" role="alert">{t("edit.back_without_phone")}</p>;
  return <SameWarnings number={number} warnings={props.warnings} />;
}

/** Who has left takes part again; by who looks after the people. */
function Return(props: { number: string; done: (warnings: PersonWarning[]) => Promise<void> }): JSX.Element | null {
  const action = useAction();
  if (!can(useApp(), "trainer")) return null;
  const take_back = () =>
    action.run(async () => {
      await props.done((await post<{ warnings: PersonWarning[] }>(path_of(props.number) + "/return", {})).warnings);
      go_on_at(() => document.getElementById("person-title"));
    });
  return (
    <>
      <p class="small">{t("edit.take_back_why")}</p>
      <p><button type="button" class="take-back" disabled={action.busy} onClick={take_back}>{t("edit.take_back")}</button></p>
      <Trouble problem={action.problem} />
    </>
  );
}

function ChangedPerson(props: { number: string }): JSX.Element {
  const read = useLoaded<Tagged<Person>>(() => get_tagged(path_of(props.number)), props.number);
  const is_gone = read.problem?.status === 404, data = is_gone ? null : read.data; // has left meanwhile: what was in view is not theirs to change
  const [back, set_back] = useState<PersonWarning[] | null>(null); // who was taken back here, and what there is to know
  const changes = can(useApp(), "trainer"), name = [data?.value.name, props.number].filter(Boolean).join(" · ");
  const has_left = read.problem?.detail === HAS_LEFT;
  return (
    <section class="panel" aria-labelledby="person-title">
      <h1 id="person-title" tabIndex={-1}>{changes ? t("edit.title", { name }) : name}</h1>
      {has_left
        ? <p class="lead" role="status">{word("detail", HAS_LEFT)}</p>
        : <Trouble problem={read.problem} retry={is_gone ? undefined : read.reload} />}
      {has_left && <Return number={props.number} done={async (warnings) => { await read.reload(); set_back(warnings); }} />}
      {back && data && <CameBack person={data.value} warnings={back} />}
      {read.problem && <p><a class="button" href="/people" data-go>{t("back")}</a></p>}
      {!data && !read.problem && <Skeleton rows={8} />}
      {data && <AskingNow person={data.value} />}
      {data && (changes ? <Fields person={data.value} tag={data.tag} /> : <p><a class="button" href="/people" data-go>{t("back")}</a></p>)}
      {data?.value.own_page && <OwnPage number={props.number} token={data.value.own_page} push={data.value.push} reload={read.reload} />}
      {(data || has_left) && <ServicePaper number={props.number} />}
    </section>
  );
}

/** Beside the map; NUMBER undefined: a new one. */
export function PersonView(props: { number?: string }): JSX.Element {
  const app = useApp();
  useTitle(props.number ? t("edit.title", { name: props.number }) : t("edit.new_title")); // names are for no list of tabs
  if (props.number !== undefined) return <ChangedPerson key={props.number} number={props.number} />;
  return (
    <section class="panel" aria-labelledby="person-title">
      <h1 id="person-title">{t("edit.new_title")}</h1>
      {can(app, "trainer") ? <Fields /> : <Empty title={t("edit.not_yours")}><p><a class="button" href="/people" data-go>{t("back")}</a></p></Empty>}
    </section>
  );
}

/** Somebody who wants to join: what they said is looked at, their home is pressed on the map. */
export function ApplicantView(props: { id: number }): JSX.Element {
  useTitle(t("applicants.take_on_title"));
  const list = useApplicants(null);
  const one = list.data?.find((other) => other.id === props.id);
  return (
    <section class="panel" aria-labelledby="person-title">
      <h1 id="person-title">{t("applicants.take_on_title")}</h1>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={8} />}
      {list.data && !one && <Empty title={t("applicants.gone")}><p><a class="button" href="/applicants" data-go>{t("back")}</a></p></Empty>}
      {one && <p class="lead">{t("applicants.check", { area: one.area.name })}</p>}
      {one && <Fields applicant={one} />}
    </section>
  );
}
