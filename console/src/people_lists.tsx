// SPDX-License-Identifier: Apache-2.0
// The lists an office works through: the people of one organisation, and whose certificates end or
// have ended, as a file, and with the courses that renew them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get, get_all, post } from "./api";
import { skill_name, skills_text, useApp, type App } from "./app";
import { area_label } from "./areas";
import { useAction, useLoaded } from "./hooks";
import { current_language, date_text, day_text, t } from "./i18n";
import { AT_ONCE_MAX } from "./invite";
import { Trouble } from "./parts";
import { save_csv } from "./save_csv";
import type { Course, Invitations, Person } from "./types";

export const LAPSES_DAYS = 60; // at first
const DAYS = [0, 30, 60, 90, 180, 365];
const DAY_MS = 86400000;
const PEOPLE_MAX = 1000000;

/** A skill whose certificate is missing (until: ""), has ended, or ends within DAYS. */
interface Lapse {
  code: string;
  until: string;
  counts: boolean; // today
}
export function lapses_of(app: App, person: Person, days: number): Lapse[] {
  const soon = date_text(Date.now() + app.offset_ms + days * DAY_MS);
  return person.skills.flatMap((code) => {
    const demanded = app.skills.find((one) => one.code === code)?.certificate;
    if (!demanded) return [];
    const until = (person.certificates ?? []).filter((one) => one.code === demanded).map((one) => one.until).sort().pop() ?? "";
    const counts = until !== "" && !person.not_counted?.includes(code);
    return !counts || until < soon ? [{ code, until, counts }] : [];
  });
}

/** Nothing where there are no organisations. */
export function OrganisationPicker(props: { value: string; disabled: boolean; choose: (name: string) => void }): JSX.Element | null {
  const list = useLoaded(() => get_all<{ name: string }>("organisations?limit=20000", PEOPLE_MAX), "organisations");
  const names = (list.data ?? []).map((one) => one.name).sort((a, b) => a.localeCompare(b, current_language()));
  if (!names.length) return null;
  return (
    <label class="field">
      <span>{t("hours.organisation")}</span>
      <select name="organisation" value={props.value} disabled={props.disabled} onChange={(e) => props.choose(e.currentTarget.value)}>
        <option value="">{t("people.any_organisation")}</option>
        {names.map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}

export function DaysPicker(props: { days: number; choose: (days: number) => void }): JSX.Element {
  return (
    <label class="field in-line">
      <span class="hidden">{t("people.lapsing")}</span>
      <select name="days" value={props.days} onChange={(e) => props.choose(Number(e.currentTarget.value))}>
        {DAYS.map((days) => <option key={days} value={days}>{days ? t("people.within", { days }) : t("people.ended")}</option>)}
      </select>
    </label>
  );
}

/** A line for each person; of lapses one for each skill, with the day on which it ends, or empty. */
function rows_of(app: App, people: Person[], lapses_days: number | null): string[][] {
  const who = (one: Person): string[] => [one.number, one.name ?? "", one.phone ?? "", one.area ? area_label(app, one.area) : "", (one.organisations ?? []).join("; ")];
  const head = ["number", "name", "phone", "area", "organisations"];
  if (lapses_days === null) return [[...head, "skills"], ...people.map((one) => [...who(one), one.skills.length ? skills_text(app, one.skills) : ""])];
  return [[...head, "skill", "until"], ...people.flatMap((one) => lapses_of(app, one, lapses_days).map(({ code, until }) => [...who(one), skill_name(app, code), until]))];
}

/** The whole list at PATH, not only what is shown of it. */
export function SaveList(props: { path: string; lapses_days: number | null; names: string[] }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const save = (): void =>
    action.run(async () => {
      const people = await get_all<Person>(props.path.replace(/limit=\d+/, "limit=1000"), PEOPLE_MAX);
      save_csv(rows_of(app, people, props.lapses_days), [props.lapses_days === null ? "people" : "certificates", ...props.names, date_text(Date.now() + app.offset_ms)]);
    });
  return (
    <>
      <button type="button" class="save-list" disabled={action.busy} onClick={save}>{t("hours.save")}</button>
      <Trouble problem={action.problem} />
    </>
  );
}

/** Who has to renew is invited first (decision 0107): so many, and nobody else. */
function InviteToRenew(props: { course: Course }): JSX.Element | null {
  const app = useApp();
  const { course } = props;
  const action = useAction();
  const read = useLoaded<Invitations>(() => get("courses/" + course.id + "/invitations"), "invitations" + course.id);
  const [sent, set_sent] = useState<number | null>(null);
  const count = Math.min(read.data?.renewing ?? 0, AT_ONCE_MAX);
  const invite = (): void =>
    action.run(async () => {
      set_sent((await post<{ invited: number }>("courses/" + course.id + "/invitations", { count })).invited);
      await read.reload();
    });
  return (
    <li class="row wrap">
      <span class="grow">
        {t("people.renew_course", { title: course.title, at: day_text(course.starts_at), area: area_label(app, course.area.code, course.area.name), skills: skills_text(app, course.skills), free: Math.max(0, course.seats - course.signed_up) })}
        {read.data && sent === null && <span class="small"> {t(count ? "people.renew_could" : "people.renew_done", { n: count })}</span>}
        <span class="small" role="status"> {sent !== null && t("courses.invite_sent", { n: sent })}</span>
      </span>
      {count > 0 && <button type="button" disabled={action.busy} onClick={invite}>{t("courses.invite_send", { n: count })}</button>}
      <Trouble problem={read.problem ?? action.problem} />
    </li>
  );
}

/** The planned courses, open for invitations, that give a skill which demands a certificate; and which skills of PEOPLE
 * lapse within DAYS and are given by none. */
export function Renew(props: { people: Person[]; days: number }): JSX.Element | null {
  const app = useApp();
  const list = useLoaded(() => get_all<Course>("courses?state=planned"), "courses");
  if (!list.data) return list.problem ? <Trouble problem={list.problem} retry={list.reload} /> : null;
  const lapses = (code: string): boolean => !!app.skills.find((one) => one.code === code)?.certificate;
  const courses = list.data.filter((one) => one.can.includes("invite") && one.skills.some(lapses));
  const lapsing = new Set(props.people.flatMap((person) => lapses_of(app, person, props.days).map((one) => one.code)));
  const lacking = [...lapsing].filter((code) => !list.data!.some((one) => one.skills.includes(code)));
  return (
    <section class="renew" aria-labelledby="renew-title">
      <h2 id="renew-title">{t("people.renew")}</h2>
      <ul class="plain-list">{courses.map((one) => <InviteToRenew key={one.id} course={one} />)}</ul>
      {lacking.length > 0 && <p>{t("people.renew_none", { skills: skills_text(app, lacking) })} <a href="/courses" data-go>{t("people.renew_plan")}</a></p>}
    </section>
  );
}
