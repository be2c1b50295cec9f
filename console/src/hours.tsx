// SPDX-License-Identifier: Apache-2.0
// Credited hours from one day to another: the organisations, and the people of the one
// that is open; each as a file.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { get_all } from "./api";
import { useApp } from "./app";
import { PeopleTabs } from "./courses";
import { useFirst } from "./find";
import { useLoaded } from "./hooks";
import { hours_text } from "./hours_text";
import { count_text, date_text, t } from "./i18n";
import { Empty, Skeleton, Trouble, WideTable } from "./parts";
import { SaveCsv } from "./save_csv";
import { ServiceCheck } from "./service";
import { useTitle } from "./title";
import type { OrganisationHours, PersonHours } from "./types";

const PEOPLE_MAX = 1000000;
const SHOWN = 60;

interface Wish {
  from: string; // days, both counted
  to: string;
  exercise: boolean;
}

function query_of(wish: Wish, organisation?: string): string {
  const query = new URLSearchParams({ from: wish.from, to: wish.to });
  if (wish.exercise) query.set("exercise", "true");
  if (organisation !== undefined) query.set("organisation", organisation);
  return "hours?" + query.toString();
}

function name_of(organisation: string): string {
  return organisation || t("hours.of_none");
}

function Save(props: { rows: (string | number)[][]; name: string; wish: Wish; label: string }): JSX.Element {
  const { name, wish } = props;
  return <SaveCsv rows={props.rows} names={[wish.exercise ? "exercise-hours" : "hours", name, wish.from, wish.to]} label={props.label} />;
}

/** The people of one organisation, below its row. */
function People(props: { wish: Wish; organisation: string }): JSX.Element {
  const { wish, organisation } = props;
  const path = query_of(wish, organisation);
  const list = useLoaded(() => get_all<PersonHours>(path + "&limit=1000", PEOPLE_MAX), path);
  const items = useMemo(() => [...(list.data ?? [])].sort((a, b) => b.minutes - a.minutes || (a.number < b.number ? -1 : 1)), [list.data]); // who is to be thanked first
  const { shown, more } = useFirst(items, SHOWN);
  const rows = useMemo(() => [["number", "name", "minutes", "assignments"], ...items.map((one) => [one.number, one.name ?? "", one.minutes, one.assignments])], [items]);
  return (
    <div class="hours-people">
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      {items.length > 0 && (
        <>
          <table>
            <caption class="hidden">{name_of(organisation)}</caption>
            <thead>
              <tr><th>{t("col.number")}</th><th>{t("col.name")}</th><th class="figure">{t("hours.hours")}</th><th class="figure">{t("hours.assignments")}</th></tr>
            </thead>
            <tbody>
              {shown.map((one) => (
                <tr key={one.number}><th scope="row">{one.number}</th><td>{one.name ?? "–"}</td><td class="figure">{hours_text(one.minutes)}</td><td class="figure">{one.assignments}</td></tr>
              ))}
            </tbody>
          </table>
          <div class="row wrap">
            {more}
            <Save rows={rows} name={organisation || "none"} wish={wish} label={t("hours.save_people")} />
          </div>
        </>
      )}
    </div>
  );
}

/** Nobody is counted twice: the first organisation of a person reports their hours. */
function Total(props: { items: OrganisationHours[] }): JSX.Element {
  const sum = (of: (one: OrganisationHours) => number) => props.items.reduce((all, one) => all + of(one), 0);
  return (
    <tr>
      <th scope="row">{t("hours.total")}</th>
      <td class="figure">{count_text(sum((one) => one.people))}</td>
      <td class="figure">{hours_text(sum((one) => one.minutes))}</td>
      <td class="figure">{count_text(sum((one) => one.assignments))}</td>
    </tr>
  );
}

function Organisations(props: { wish: Wish; items: OrganisationHours[] }): JSX.Element {
  const { wish, items } = props;
  const [open, set_open] = useState<string | null>(null);
  return (
    <WideTable label={t("hours.title")} class="hours" head={<><th>{t("hours.organisation")}</th><th class="figure">{t("hours.people")}</th><th class="figure">{t("hours.hours")}</th><th class="figure">{t("hours.assignments")}</th></>} foot={items.length > 1 && <Total items={items} />}>
      {items.map((one) => (
        <>
          <tr key={one.organisation}>
            <th scope="row">
              <button type="button" class="quiet" aria-expanded={open === one.organisation} onClick={() => set_open(open === one.organisation ? null : one.organisation)}>{name_of(one.organisation)}</button>
            </th>
            <td class="figure">{count_text(one.people)}</td>
            <td class="figure">{hours_text(one.minutes)}</td>
            <td class="figure">{count_text(one.assignments)}</td>
          </tr>
          {open === one.organisation && (
            <tr key={"people of " + one.organisation}><td colSpan={4}><People key={query_of(wish, one.organisation)} wish={wish} organisation={one.organisation} /></td></tr>
          )}
        </>
      ))}
    </WideTable>
  );
}

/** From the first of the year to today, until something else is chosen. */
export function HoursView(): JSX.Element {
  useTitle(t("hours.title"));
  const app = useApp();
  const today = date_text(Date.now() + app.offset_ms);
  const [wish, set_wish] = useState<Wish>({ from: today.slice(0, 4) + "-01-01", to: today, exercise: false });
  const change = (next: Partial<Wish>) => set_wish((old) => ({ ...old, ...next }));
  const is_whole = wish.from !== "" && wish.from <= wish.to;
  const path = query_of(wish);
  const list = useLoaded(() => (is_whole ? get_all<OrganisationHours>(path, PEOPLE_MAX) : Promise.resolve([])), path);
  const items = list.data ?? [];
  const rows = useMemo(
    () => [["organisation", "people", "minutes", "assignments"], ...(list.data ?? []).map((one) => [one.organisation, one.people, one.minutes, one.assignments])],
    [list.data],
  );
  return (
    <section class="panel wide-panel" aria-labelledby="hours-title">
      <PeopleTabs chosen="hours" />
      <div class="row">
        <h1 id="hours-title">{t("hours.title")}</h1>
        {items.length > 0 && <Save rows={rows} name="" wish={wish} label={t("hours.save")} />}
      </div>
      <p class="small">{t("hours.lead")}</p>
      <div class="row fields">
        <label class="field">
          <span>{t("hours.from")}</span>
          <input name="from" type="date" value={wish.from} onInput={(e) => change({ from: e.currentTarget.value })} />
        </label>
        <label class="field">
          <span>{t("hours.to")}</span>
          <input name="to" type="date" value={wish.to} onInput={(e) => change({ to: e.currentTarget.value })} />
        </label>
        <label class="check">
          <input type="checkbox" checked={wish.exercise} onChange={(e) => change({ exercise: e.currentTarget.checked })} />
          <span>{t("hours.exercise")}</span>
        </label>
      </div>
      {!is_whole && <p class="wait-text" role="status">{t("hours.no_days")}</p>}
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton rows={4} />}
      {is_whole && list.data && !items.length && <Empty title={t("hours.none")}><p>{t("hours.none_why")}</p></Empty>}
      {items.length > 0 && <Organisations key={path} wish={wish} items={items} />}
      <ServiceCheck />
    </section>
  );
}
