// SPDX-License-Identifier: Apache-2.0
// Courses: the next ones first; making one; each opens in place (course.tsx).
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get, post } from "./api";
import { can, skill_name, skills_text, useApp } from "./app";
import { AreaPicker } from "./area_picker";
import { area_choices, area_label, TRAINS, within_single } from "./areas";
import { CourseDetail, PlaceField, SeatsField, TimeFields, TitleField, type Terms } from "./course";
import { FindField, holding } from "./find";
import { useAction, useLoaded } from "./hooks";
import { current_language, moment_of, t, weekday_text, word } from "./i18n";
import { Empty, ShareBar, Skeleton, Tabs, Trouble, submit } from "./parts";
import { useTitle } from "./title";
import type { Course } from "./types";

const SEATS_USUAL = 30;
const MINUTES_USUAL = 120;

/** One choice more or less. */
export function toggled(list: string[], one: string): string[] {
  return list.includes(one) ? list.filter((other) => other !== one) : [...list, one];
}

function SkillChoice(props: { chosen: string[]; choose: (next: string[]) => void }): JSX.Element {
  const app = useApp();
  return (
    <fieldset>
      <legend>{t("courses.gives")}</legend>
      <div class="row skill-choice">
        {app.skills.map((skill) => (
          <button key={skill.code} type="button" class="pick" aria-pressed={props.chosen.includes(skill.code)} onClick={() => props.choose(toggled(props.chosen, skill.code))}>
            {skill_name(app, skill.code)}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

interface Draft extends Terms {
  area: string;
  skills: string[];
}

function Fields(props: { draft: Draft; change: (next: Partial<Draft>) => void }): JSX.Element {
  const { draft, change } = props;
  const app = useApp();
  const [choices] = useState(() => area_choices(app, TRAINS));
  return (
    <>
      <TitleField draft={draft} change={change} />
      <div class="row fields">
        <TimeFields draft={draft} change={change} />
        <SeatsField draft={draft} change={change} />
      </div>
      <div class="row fields">
        <PlaceField draft={draft} change={change} />
        <AreaPicker name="area" label={t("courses.for")} choices={choices} value={draft.area} onChange={(area) => change({ area })} />
      </div>
      <SkillChoice chosen={draft.skills} choose={(skills) => change({ skills })} />
    </>
  );
}

/** What is missing before it can be saved, in words; empty: nothing. */
function lacks_of(draft: Draft): string {
  const lacks: [boolean, string][] = [
    [!draft.title.trim(), t("courses.lacks_name")],
    [!draft.starts, t("courses.lacks_starts")],
    [!draft.skills.length, t("courses.lacks_skill")],
  ];
  return lacks.filter(([is_missing]) => is_missing).map(([, what]) => what).join(current_language() === "zh" ? "、" : ", ");
}

function NewCourse(props: { done: () => Promise<void>; cancel: () => void }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const own = app.session.roles.find((role) => role.role === "admin" || role.role === "trainer")?.area ?? app.instance.root_area;
  const [draft, set_draft] = useState<Draft>({ title: "", area: within_single(app, own), skills: [], starts: "", minutes: MINUTES_USUAL, place: "", seats: SEATS_USUAL });
  const lacks = lacks_of(draft);
  const save = (): void =>
    action.run(async () => {
      const { starts, place, ...rest } = draft;
      await post("courses", { ...rest, starts_at: moment_of(starts), ...(place.trim() ? { place: place.trim() } : {}) });
      await props.done();
    });
  return (
    <form class="course-form" onSubmit={submit(save)}>
      <Fields draft={draft} change={(next) => set_draft((old) => ({ ...old, ...next }))} />
      <Trouble problem={action.problem} />
      <p class="row">
        <button class="primary" disabled={action.busy || lacks !== ""}>{t("courses.save")}</button>
        <button type="button" class="quiet" onClick={props.cancel}>{t("back")}</button>
        {lacks && <span class="small lacks">{t("courses.lacks", { what: lacks })}</span>}
      </p>
    </form>
  );
}

function CourseRow(props: { course: Course; is_open: boolean; press: () => void; changed: () => void }): JSX.Element {
  const { course } = props;
  const app = useApp();
  const is_planned = course.state === "planned";
  const is_due = course.can.includes("results") && Date.parse(course.starts_at) + course.minutes * 60000 <= Date.now() + app.offset_ms;
  return (
    <li class="course">
      <button type="button" class="opener-line" aria-expanded={props.is_open} onClick={props.press}>
        <strong>{course.title}</strong>
        <span class="small">{[weekday_text(course.starts_at), t("courses.long", { n: course.minutes }), course.place, area_label(app, course.area.code, course.area.name)].filter(Boolean).join(" · ")}</span>
        <span class="small">{skills_text(app, course.skills)}</span>
      </button>
      <p class="row course-seats">
        <span>{is_planned ? t("courses.taken", { n: course.signed_up, of: course.seats }) + (course.waiting ? " · " + t("courses.waiting", { n: course.waiting }) : "") : word("course", course.state) + (course.state === "held" ? " · " + t("courses.passed", { n: course.passed }) : "")}</span>
        {is_planned && !is_due && <ShareBar share={Math.min(1, course.signed_up / course.seats)} />}
        {is_due && <span class="wait-text">{t("courses.due")}</span>}
      </p>
      {props.is_open && <CourseDetail id={course.id} changed={props.changed} />}
    </li>
  );
}

/** People and their courses are two leaves of one page. */
export function PeopleTabs(props: { chosen: "people" | "courses" | "hours" }): JSX.Element {
  const app = useApp();
  return <Tabs label={t("courses.leaves")} chosen={props.chosen} choose={(one) => app.go("/" + one)} choices={[["people", t("courses.people")], ["courses", t("courses.title")], ["hours", t("hours.title")]]} />;
}

function List(props: { courses: Course[]; changed: () => void }): JSX.Element {
  const [open, set_open] = useState(0);
  return (
    <ul class="plain-list">
      {props.courses.map((course) => (
        <CourseRow key={course.id} course={course} is_open={open === course.id} press={() => set_open(open === course.id ? 0 : course.id)} changed={props.changed} />
      ))}
    </ul>
  );
}

/** What is over, behind a press: a row of `now` that ended meanwhile stays where it was looked at. */
function Lists(props: { items: Course[]; changed: () => void }): JSX.Element {
  const [past, show_past] = useState(false);
  const [seen] = useState(() => new Set(props.items.filter((one) => one.state === "planned").map((one) => one.id)));
  for (const one of props.items) if (one.state === "planned") seen.add(one.id);
  const over = props.items.filter((one) => !seen.has(one.id));
  return (
    <>
      <List courses={props.items.filter((one) => seen.has(one.id))} changed={props.changed} />
      {over.length > 0 && <p><button type="button" class="quiet past-courses" aria-expanded={past} onClick={() => show_past(!past)}>{t("courses.over", { n: over.length })}</button></p>}
      {past && <List courses={over} changed={props.changed} />}
    </>
  );
}

export function CoursesView(): JSX.Element {
  useTitle(t("courses.title"));
  const app = useApp();
  // Events of incident 0 are those of the instance: a course planned or held among them.
  const list = useLoaded<{ items: Course[] }>(() => get("courses"), "courses", 0);
  const [making, set_making] = useState(false);
  const [text, find] = useState("");
  const items = list.data?.items ?? [], found = holding(items, text, (one) => [one.title, area_label(app, one.area.code, one.area.name), one.place, skills_text(app, one.skills)]);
  return (
    <section class="panel wide-panel courses" aria-labelledby="courses-title">
      <PeopleTabs chosen="courses" />
      <div class="row">
        <h1 id="courses-title">{t("courses.title")}</h1>
        {can(app, "trainer") && !making && <button type="button" class="new-course" onClick={() => set_making(true)}>{t("courses.new")}</button>}
      </div>
      {making && (
        <NewCourse
          cancel={() => set_making(false)}
          done={() => list.reload().then(() => set_making(false))}
        />
      )}
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={4} />}
      {list.data && !items.length && !making && <Empty title={t("courses.none")}><p>{t("courses.first")}</p></Empty>}
      {!making && <FindField label={t("courses.filter")} of={items.length} text={text} onFind={find} />}
      {items.length > 0 && !making && !found.length && <Empty title={t("courses.none_found")} />}
      {list.data && !making && <Lists items={found} changed={list.reload} />}
    </section>
  );
}
