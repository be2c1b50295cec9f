// SPDX-License-Identifier: Apache-2.0
// One course: who signed up, somebody who telephones, and the results, given once.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get, post } from "./api";
import { skills_text, useApp } from "./app";
import { useAction, useLoaded } from "./hooks";
import { t, word } from "./i18n";
import { Confirm, Skeleton, Trouble } from "./parts";
import type { Course, Person } from "./types";

function name_of(one: { number: string; name?: string }): string {
  return one.name ? one.name + " · " + one.number : one.number;
}

/** By number or name; a press signs up. */
function SignUp(props: { course: Course; done: () => void }): JSX.Element {
  const action = useAction();
  const [text, set_text] = useState("");
  const [found, set_found] = useState<Person[] | null>(null);
  const find = (): void =>
    action.run(async () => {
      set_found((await post<{ items: Person[] }>("people/searches?limit=20", { q: text.trim() })).items);
    });
  const sign = (number: string): void =>
    action.run(async () => {
      await post("courses/" + props.course.id + "/people", { number, state: "signed_up" });
      set_text("");
      set_found(null);
      props.done();
    });
  return (
    <form
      class="sign-up"
      onSubmit={(event) => {
        event.preventDefault();
        find();
      }}
    >
      <div class="row fields">
        <label class="field grow">
          <span>{t("courses.find")}</span>
          <input name="who" type="search" value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <button disabled={action.busy || !text.trim()}>{t("courses.search")}</button>
      </div>
      <Trouble problem={action.problem} />
      {found && !found.length && <p class="small">{t("courses.nobody")}</p>}
      <p class="row">
        {found?.map((one) => <button key={one.number} type="button" class="found" onClick={() => sign(one.number)}>{t("courses.sign", { name: name_of(one) })}</button>)}
      </p>
    </form>
  );
}

type People = NonNullable<Course["people"]>;

/** Nobody is ticked at first: a result is said of each. */
function Results(props: { course: Course; people: People; done: () => void }): JSX.Element {
  const app = useApp();
  const action = useAction();
  const [passed, set_passed] = useState<string[]>([]);
  const [sure, set_sure] = useState(false);
  const { course, people } = props;
  const give = (): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/results", { passed });
      set_sure(false);
      props.done();
    });
  return (
    <div class="results">
      <h3>{t("courses.results")}</h3>
      <ul class="plain-list">
        {people.map((one) => (
          <li key={one.number}>
            <label class="check">
              <input type="checkbox" checked={passed.includes(one.number)} onChange={(e) => set_passed(e.currentTarget.checked ? [...passed, one.number] : passed.filter((other) => other !== one.number))} />
              <span>{name_of(one)}</span>
            </label>
          </li>
        ))}
      </ul>
      <p class="row">
        <button type="button" class="quiet" onClick={() => set_passed(people.map((one) => one.number))}>{t("courses.all")}</button>
        <button type="button" class="primary" disabled={!people.length} onClick={() => set_sure(true)}>{t("courses.give", { n: passed.length })}</button>
      </p>
      {sure && (
        <Confirm
          title={t("courses.give", { n: passed.length })}
          consequences={[t("courses.called", { n: passed.length, skills: skills_text(app, course.skills) }), t("courses.absent", { n: people.length - passed.length }), t("courses.once")]}
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

function Cancel(props: { course: Course; done: () => void }): JSX.Element {
  const action = useAction();
  const [sure, set_sure] = useState(false);
  const { course } = props;
  const cancel = (): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/steps", { step: "cancel" });
      set_sure(false);
      props.done();
    });
  return (
    <>
      <button type="button" class="quiet" onClick={() => set_sure(true)}>{t("courses.cancel")}</button>
      {sure && (
        <Confirm title={t("courses.cancel")} consequences={[t("courses.cancelled", { n: course.signed_up })]} action={t("courses.cancel")} busy={action.busy} problem={action.problem} onYes={cancel} onNo={() => set_sure(false)} />
      )}
    </>
  );
}

/** People with what they did; who may, takes them off again. */
function PeopleList(props: { course: Course; people: People; done: () => void }): JSX.Element {
  const action = useAction();
  const { course, people } = props;
  const off = (number: string): void =>
    action.run(async () => {
      await post("courses/" + course.id + "/people", { number, state: "withdrawn" });
      props.done();
    });
  return (
    <>
      <ul class="plain-list course-people">
        {people.map((one) => (
          <li key={one.number} class="row">
            <span class="grow">{name_of(one)}</span>
            <span class="small">{word("course_person", one.state)}</span>
            {course.can.includes("people") && one.state === "signed_up" && <button type="button" class="quiet" onClick={() => off(one.number)}>{t("courses.off")}</button>}
          </li>
        ))}
      </ul>
      <Trouble problem={action.problem} />
    </>
  );
}

export function CourseDetail(props: { id: number; changed: () => void }): JSX.Element {
  const read = useLoaded<Course>(() => get("courses/" + props.id), "course" + props.id, 0);
  const course = read.data;
  const done = (): void => {
    read.reload();
    props.changed();
  };
  if (!course) return read.problem ? <Trouble problem={read.problem} retry={read.reload} /> : <Skeleton rows={3} />;
  const people = course.people ?? [];
  const gives = course.can.includes("results");
  return (
    <div class="course-detail">
      {gives ? <Results course={course} people={people.filter((one) => one.state === "signed_up")} done={done} /> : <PeopleList course={course} people={people} done={done} />}
      {!people.length && <p class="small">{t("courses.no_people")}</p>}
      {course.can.includes("people") && <SignUp course={course} done={done} />}
      {course.can.includes("cancel") && <p class="row"><Cancel course={course} done={done} /></p>}
    </div>
  );
}
