// SPDX-License-Identifier: Apache-2.0
// One course: who signed up and what they were told, somebody who telephones, another time or
// place, and the results, given once. That it has begun is no event: the view looks again by itself.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, post } from "./api";
import { skills_text, useApp } from "./app";
import { focus_on, useAction, useLoaded } from "./hooks";
import { day_text, has_word, local_of, moment_of, t, word } from "./i18n";
import { Invite } from "./invite";
import { Confirm, NumberField, Skeleton, Trouble, submit } from "./parts";
import { name_of, usePersonSearch } from "./person_search";
import type { Course, CourseTold } from "./types";

const SEATS_MAX = 500;
type People = NonNullable<Course["people"]>;

/** By number or name; a press signs up. The office may sign up beyond the seats: it is told, not stopped. */
function SignUp(props: { course: Course; people: People; done: () => Promise<void> }): JSX.Element {
  const action = useAction(props.people);
  const search = usePersonSearch(t("courses.find"));
  const is_in = (number: string): boolean => props.people.some((one) => one.number === number && one.state === "signed_up");
  const is_full = props.course.signed_up >= props.course.seats, is_ahead = !props.course.can.includes("results");
  const waits = (number: string): boolean => props.people.some((one) => one.number === number && one.state === "waiting");
  const sign = (number: string, state: "signed_up" | "waiting"): void =>
    action.run(async () => {
      await post("courses/" + props.course.id + "/people", { number, state });
      search.clear();
      await props.done();
    });
  return (
    <div class="sign-up">
      {search.form}
      <Trouble problem={action.problem} />
      {is_full && <p class="wait-text">{t(is_ahead ? "courses.full" : "courses.full_begun")}</p>}
      <div class="row wrap">
        {search.found.flatMap((one) => [
          <button key={one.number} type="button" class="found" disabled={action.busy || is_in(one.number)} onClick={() => sign(one.number, "signed_up")}>{t(is_in(one.number) ? "courses.is_in" : "courses.sign", { name: name_of(one) })}</button>,
          is_full && is_ahead && !is_in(one.number) && !waits(one.number) && <button key={one.number + " waits"} type="button" class="quiet found-waits" disabled={action.busy} onClick={() => sign(one.number, "waiting")}>{t("courses.wait", { name: name_of(one) })}</button>,
        ])}
      </div>
    </div>
  );
}

/** Nobody is ticked at first: a result is said of each. Who passed cannot have failed. */
function Results(props: { course: Course; people: People; done: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const [said, set_said] = useState<Record<string, "passed" | "failed" | "absent">>({});
  const [sure, set_sure] = useState(false);
  const { course, people } = props;
  const of = (result: string): string[] => people.map((one) => one.number).filter((number) => (said[number] ?? "absent") === result); // not who was taken off meanwhile
  const passed = of("passed"), failed = of("failed"), absent = of("absent").length;
  const give = (): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/results", { passed, failed });
      set_sure(false);
      await props.done();
    });
  return (
    <div class="results">
      <h3>{t("courses.results")}</h3>
      <ul class="plain-list">
        {people.map((one) => (
          <li key={one.number}>
            <label class="check">
              <input type="checkbox" checked={said[one.number] === "passed"} onChange={(e) => set_said({ ...said, [one.number]: e.currentTarget.checked ? "passed" : "absent" })} />
              <span>{name_of(one)}</span>
            </label>
            {said[one.number] !== "passed" && (
              <label class="check came">
                <input type="checkbox" aria-label={name_of(one) + ": " + t("courses.came")} checked={said[one.number] === "failed"} onChange={(e) => set_said({ ...said, [one.number]: e.currentTarget.checked ? "failed" : "absent" })} />
                <span>{t("courses.came")}</span>
              </label>
            )}
          </li>
        ))}
      </ul>
      <p class="row wrap">
        <button type="button" class="quiet" onClick={() => set_said(Object.fromEntries(people.map((one) => [one.number, "passed" as const])))}>{t("courses.all")}</button>
        <button type="button" class="primary" disabled={!people.length} onClick={() => set_sure(true)}>{t("courses.give", { n: passed.length })}</button>
      </p>
      {sure && (
        <Confirm
          title={t("courses.give", { n: passed.length })}
          consequences={[passed.length ? t("courses.called", { n: passed.length, skills: skills_text(app, course.skills) }) : "", failed.length ? t("courses.failed", { n: failed.length }) : "", absent ? t("courses.absent", { n: absent }) : "", t("courses.once")].filter(Boolean)}
          action={t("courses.give", { n: passed.length })}
          busy={action.busy}
          problem={action.problem}
          onYes={give}
          onNo={() => set_sure(false)}
        />
      )}
    </div>
  );
}

function Cancel(props: { course: Course; done: () => Promise<void> }): JSX.Element {
  const action = useAction();
  const [sure, set_sure] = useState(false);
  const { course } = props;
  const cancel = (): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/steps", { step: "cancel" });
      set_sure(false);
      await props.done();
    });
  return (
    <>
      <button type="button" class="quiet" onClick={() => set_sure(true)}>{t("courses.cancel")}</button>
      {sure && (
        <Confirm title={t("courses.cancel")} consequences={[course.signed_up ? t("courses.cancelled", { n: course.signed_up }) : "", course.waiting ? t("courses.cancelled_waiting", { n: course.waiting }) : ""].filter(Boolean)} action={t("courses.cancel")} busy={action.busy} problem={action.problem} onYes={cancel} onNo={() => set_sure(false)} />
      )}
    </>
  );
}

/** What can be other afterwards, but not what passing gives: people signed up for that. STARTS: "2026-12-05T09:00", in
 * the county's zone. */
export interface Terms {
  title: string;
  starts: string;
  minutes: number;
  place: string;
  seats: number;
}
interface TermsProps {
  draft: Terms;
  change: (next: Partial<Terms>) => void;
}

/** First in its form, where one begins to type. */
export function TitleField({ draft, change }: TermsProps): JSX.Element {
  return (
    <label class="field">
      <span>{t("courses.name")}</span>
      <input name="title" ref={focus_on} required maxLength={100} value={draft.title} onInput={(e) => change({ title: e.currentTarget.value })} />
    </label>
  );
}

export function TimeFields({ draft, change }: TermsProps): JSX.Element {
  return (
    <>
      <label class="field">
        <span>{t("courses.starts")}</span>
        <input name="starts" type="datetime-local" step="any" required value={draft.starts} onInput={(e) => change({ starts: e.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("courses.minutes")}</span>
        <NumberField name="minutes" min={15} max={1440} value={draft.minutes} set={(minutes) => change({ minutes })} />
      </label>
    </>
  );
}

export function SeatsField({ draft, change }: TermsProps): JSX.Element {
  return (
    <label class="field">
      <span>{t("courses.seats")}</span>
      <NumberField name="seats" min={1} max={SEATS_MAX} value={draft.seats} set={(seats) => change({ seats })} />
    </label>
  );
}

export function PlaceField({ draft, change }: TermsProps): JSX.Element {
  return (
    <label class="field grow">
      <span>{t("courses.place")}</span>
      <input name="place" maxLength={200} value={draft.place} onInput={(e) => change({ place: e.currentTarget.value })} />
    </label>
  );
}

/** Another time, place, title, or more seats. */
function Move(props: { course: Course; done: () => Promise<void> }): JSX.Element {
  const action = useAction();
  const { course } = props;
  const before: Terms = { title: course.title, starts: local_of(course.starts_at), minutes: course.minutes, place: course.place ?? "", seats: course.seats };
  const [draft, set_draft] = useState<Terms | null>(null);
  if (!draft) return <p class="row"><button type="button" class="quiet move-course" onClick={() => set_draft(before)}>{t("courses.move")}</button></p>;
  const change = (next: Partial<Terms>): void => set_draft({ ...draft, ...next });
  const tells = draft.starts !== before.starts || draft.place.trim() !== before.place;
  const moves = tells || draft.minutes !== before.minutes || draft.seats !== before.seats || draft.title.trim() !== before.title;
  const is_few = draft.seats < course.signed_up;
  const save = (): void =>
    action.run(async () => {
      const starts_at = draft.starts !== before.starts ? { starts_at: moment_of(draft.starts) } : {};
      await post("courses/" + course.id + "/steps", { step: "move", ...starts_at, minutes: draft.minutes, place: draft.place.trim(), seats: draft.seats, title: draft.title.trim() });
      set_draft(null);
      await props.done();
    });
  return (
    <form class="course-form move-form" onSubmit={submit(save)}>
      <TitleField draft={draft} change={change} />
      <div class="row fields">
        <TimeFields draft={draft} change={change} />
        <SeatsField draft={draft} change={change} />
      </div>
      <div class="row fields"><PlaceField draft={draft} change={change} /></div>
      {is_few && <p class="wait-text">{t("courses.few_seats", { n: course.signed_up })}</p>}
      {tells && course.signed_up > 0 && <p class="small">{t("courses.move_tells", { n: course.signed_up })}</p>}
      <Trouble problem={action.problem} />
      <p class="row">
        <button class={course.can.includes("results") ? "" : "primary"} disabled={action.busy || !moves || !draft.starts || !draft.title.trim() || is_few}>{t("courses.move_save")}</button>
        <button type="button" class="quiet" onClick={() => set_draft(null)}>{t("back")}</button>
      </p>
    </form>
  );
}

/** Whether the person has heard of it: who has not is to be called. */
function Told(props: { told: CourseTold }): JSX.Element {
  const { kind, state, channel, at } = props.told;
  const by = channel && has_word("channel", channel) ? word("channel", channel) : "";
  const is_missed = state === "failed" || state === "unknown";
  const how = is_missed && !by ? t("course_told.no_way") : t(`course_told.${state}`, { way: by, at: day_text(at) });
  return <span class={is_missed ? "small told wait-text" : "small told"}>{word("course_told", kind) + t("course_told.colon") + how}</span>;
}

/** Who is to be called first, then as they stood. */
function by_call(people: People): People {
  const is_missed = (one: People[number]): boolean => one.told?.state === "failed" || one.told?.state === "unknown";
  return [...people.filter(is_missed), ...people.filter((one) => !is_missed(one))];
}

/** In their turn, with how to call them: the last day nobody moves up by itself. */
function WaitingList(props: { course: Course; people: People; busy: boolean; sign: (number: string, state: "signed_up" | "withdrawn") => void }): JSX.Element {
  const { course, busy, sign } = props;
  const may = course.can.includes("people");
  return (
    <section class="waiting">
      <h3>{t("courses.waiting", { n: props.people.length })}</h3>
      {may && <p class="small">{t("courses.waiting_how")}</p>}
      <ol class="plain-list course-people">
        {[...props.people].sort((a, b) => (a.turn ?? 0) - (b.turn ?? 0)).map((one) => (
          <li key={one.number} class="row">
            <span class="grow">{one.turn + ". " + name_of(one)}{one.passed_over && <span class="small told wait-text">{word("passed_over", one.passed_over)}</span>}{one.told && <Told told={one.told} />}</span>
            {one.phone && <a href={"tel:" + one.phone}>{one.phone}</a>}
            {may && <button type="button" class="quiet" disabled={busy} onClick={() => sign(one.number, "signed_up")}>{t("courses.seat")}</button>}
            {may && <button type="button" class="quiet" disabled={busy} onClick={() => sign(one.number, "withdrawn")}>{t("courses.wait_no_more")}</button>}
          </li>
        ))}
      </ol>
    </section>
  );
}

/** Nothing is asked of the office here: who was invited and does not answer need not. */
function InvitedList(props: { people: People }): JSX.Element {
  return (
    <details class="invited">
      <summary>{t("courses.invited", { n: props.people.length })}</summary>
      <ul class="plain-list course-people">
        {props.people.map((one) => <li key={one.number}>{name_of(one)}{one.told && <Told told={one.told} />}</li>)}
      </ul>
    </details>
  );
}

/** People with what they did; who may, takes them off again. */
function PeopleList(props: { course: Course; people: People; done: () => Promise<void> }): JSX.Element {
  const action = useAction(props.people);
  const { course } = props;
  const being = (state: string): People => props.people.filter((one) => one.state === state);
  const invited = being("invited"), waiting = course.state === "planned" ? being("waiting") : [];
  const people = props.people.filter((one) => !invited.includes(one) && !waiting.includes(one));
  const sign = (number: string, state: "signed_up" | "withdrawn"): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/people", { number, state });
      await props.done();
    });
  return (
    <>
      <ul class="plain-list course-people">
        {by_call(people).map((one) => (
          <li key={one.number} class="row">
            <span class="grow">{name_of(one)}{one.told && <Told told={one.told} />}</span>
            {one.phone && one.state === "signed_up" && <a href={"tel:" + one.phone}>{one.phone}</a>}
            <span class="small">{word("course_person", one.state)}</span>
            {course.can.includes("people") && one.state === "signed_up" && <button type="button" class="quiet" onClick={() => sign(one.number, "withdrawn")}>{t("courses.off")}</button>}
          </li>
        ))}
      </ul>
      {!people.length && <p class="small">{t("courses.no_people")}</p>}
      {waiting.length > 0 && <WaitingList course={course} people={waiting} busy={action.busy} sign={sign} />}
      {invited.length > 0 && <InvitedList people={invited} />}
      <Trouble problem={action.problem} />
    </>
  );
}

const TIMER_MS_MAX = 2 ** 31 - 1;
const LATER_MS = 500; // by what the two clocks may differ

/** Calls when the course begins: from then on something else may be done. */
function useBegin(starts_at: string | undefined, begun: () => void): void {
  const { offset_ms } = useApp();
  useEffect(() => {
    const ms = Date.parse(starts_at ?? "") - offset_ms - Date.now() + LATER_MS;
    if (!(ms > 0 && ms < TIMER_MS_MAX)) return;
    const timer = window.setTimeout(begun, ms);
    return () => window.clearTimeout(timer);
  }, [starts_at]);
}

export function CourseDetail(props: { id: number; changed: () => void }): JSX.Element {
  const read = useLoaded<Course>(() => get("courses/" + props.id), "course" + props.id, 0);
  const course = read.data;
  const done = async (): Promise<void> => {
    props.changed();
    await read.reload();
  };
  useBegin(course?.starts_at, read.reload);
  if (!course) return read.problem ? <Trouble problem={read.problem} retry={read.reload} /> : <Skeleton rows={3} />;
  const people = course.people ?? [];
  const gives = course.can.includes("results");
  return (
    <div class="course-detail">
      {gives ? <Results course={course} people={people.filter((one) => one.state === "signed_up")} done={done} /> : <PeopleList course={course} people={people} done={done} />}
      {course.can.includes("invite") && <Invite course={course} done={done} />}
      {course.can.includes("people") && <SignUp course={course} people={people} done={done} />}
      {course.can.includes("move") && <Move course={course} done={done} />}
      {course.can.includes("cancel") && <p class="row"><Cancel course={course} done={done} /></p>}
    </div>
  );
}
