// SPDX-License-Identifier: Apache-2.0
// People: search by number, name or telephone, by area; names only where the role allows.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";

import { get, post } from "./api";
import { skills_text, useApp } from "./app";
import { useLoaded } from "./hooks";
import { day_text, t, told, word } from "./i18n";
import { Empty, Skeleton, Trouble } from "./parts";
import type { Person } from "./types";

function status_text(person: Person): string {
  if (person.suspended) return t("people.suspended");
  if (person.paused_until) return t("people.paused", { until: day_text(person.paused_until) });
  if (person.duty === false) return t("people.off_duty");
  if (typeof person.duty === "string" && person.duty) return t("people.duty", { hours: hours_text(person.duty) });
  return t("people.available");
}

/** Duty hours stand as "Mo-We 18:00-23:00"; the days in the language of the console. */
function hours_text(hours: string): string {
  return hours.replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => word("day", day));
}

/** Exercises are told apart, and only where there were some. */
function history_text(history: NonNullable<Person["history"]>): JSX.Element {
  return (
    <>
      {told(history.sentence)}
      {history.exercise.asked > 0 && <div>{told(history.exercise_sentence)}</div>}
    </>
  );
}

export function PeopleView(): JSX.Element {
  const app = useApp();
  const [text, set_text] = useState("");
  const [find, set_find] = useState("");
  const [area, set_area] = useState("");
  useEffect(() => {
    const timer = window.setTimeout(() => set_find(text.trim()), 250);
    return () => window.clearTimeout(timer);
  }, [text]);
  const query = new URLSearchParams({ limit: "100" });
  if (area && !find) query.set("area", area);
  // A name is looked for in the body of a request: it never stands in a URL.
  const load = (): Promise<{ items: Person[] }> =>
    find ? post("people/searches?" + query.toString(), area ? { q: find, area } : { q: find }) : get("people?" + query.toString());
  const list = useLoaded(load, [query.toString(), find, area].join("|"));
  const items = list.data?.items ?? [];
  return (
    <section class="panel wide-panel" aria-labelledby="people-title">
      <h1 id="people-title">{t("people.title")}</h1>
      <div class="row fields">
        <label class="field grow">
          <span>{t("people.find")}</span>
          <input type="search" value={text} onInput={(e) => set_text(e.currentTarget.value)} />
        </label>
        <label class="field">
          <span>{t("people.area")}</span>
          <select value={area} onChange={(e) => set_area(e.currentTarget.value)}>
            <option value="">{t("people.everywhere")}</option>
            {app.areas.filter((one) => one.level !== "village").map((one) => (
              <option key={one.code} value={one.code}>{one.name}</option>
            ))}
          </select>
        </label>
      </div>
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={8} />}
      {list.data && !items.length && <Empty title={t("people.none")}><p>{t("people.first")}</p></Empty>}
      {items.length > 0 && (
        <div class="scroll" tabIndex={0} role="region" aria-label={t("people.title")}>
          <table>
            <thead>
              <tr>
                <th>{t("col.number")}</th>
                <th>{t("col.name")}</th>
                <th>{t("col.skills")}</th>
                <th>{t("col.area")}</th>
                <th>{t("col.mode")}</th>
                <th>{t("col.state")}</th>
                <th>{t("col.history")}</th>
              </tr>
            </thead>
            <tbody>
              {items.map((person) => (
                <tr key={person.number}>
                  <td>{person.number}</td>
                  <td>{person.name ?? "–"}</td>
                  <td>{person.skills.length ? skills_text(app, person.skills) : "–"}</td>
                  <td>{app.areas.find((one) => one.code === person.area)?.name ?? person.area}</td>
                  <td>{word("mode", person.mode)}</td>
                  <td>{status_text(person)}</td>
                  <td class="small">{person.history ? history_text(person.history) : "–"}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {items.length === 100 && <p class="small">{t("people.more")}</p>}
        </div>
      )}
    </section>
  );
}
