// SPDX-License-Identifier: Apache-2.0
// What a time came to, for the yearly report: an area and those below it, by month or by
// kind, on paper and as a file. Exercises stand in a table of their own.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";

import { get } from "./api";
import { useApp } from "./app";
import { statistics_link } from "./areas";
import { useLoaded } from "./hooks";
import { hours_text } from "./hours_text";
import { count_text, date_text, span_text, t, word } from "./i18n";
import { Skeleton, Tabs, Trouble, WideTable } from "./parts";
import { Path } from "./readiness";
import { SaveCsv } from "./save_csv";
import { useTitle } from "./title";
import type { Statistics, StatisticsRow } from "./types";

type By = "areas" | "months" | "kinds";
type Figure = (row: StatisticsRow) => number | undefined;

interface Column {
  key: string;
  of: Figure;
  text?: (figure: number) => string;
  unit?: string; // in a file
}
interface Table {
  key: string;
  columns: Column[];
}

function worked_text(minutes: number): string {
  return minutes ? hours_text(minutes) : "0";
}

const TABLES: Table[] = [
  {
    key: "actual",
    columns: [
      { key: "incidents", of: (row) => row.actual.incidents },
      { key: "cancelled", of: (row) => row.actual.cancelled },
      { key: "needs", of: (row) => row.actual.needs },
      { key: "in_time", of: (row) => row.actual.in_time },
      { key: "alerts", of: (row) => row.actual.alerts },
      { key: "answered", of: (row) => row.actual.answered },
      { key: "came", of: (row) => row.actual.came },
      { key: "people", of: (row) => row.actual.people },
      { key: "minutes", of: (row) => row.actual.minutes, text: worked_text, unit: "min" },
      { key: "alert_s", of: (row) => row.actual.alert_s, text: span_text, unit: "s" },
      { key: "scene_s", of: (row) => row.actual.scene_s, text: span_text, unit: "s" },
    ],
  },
  {
    key: "exercise",
    columns: [
      { key: "exercises", of: (row) => row.exercise.incidents },
      { key: "alerts", of: (row) => row.exercise.alerts },
      { key: "came", of: (row) => row.exercise.came },
      { key: "people", of: (row) => row.exercise.people },
      { key: "minutes", of: (row) => row.exercise.minutes, text: worked_text, unit: "min" },
    ],
  },
  {
    key: "quiet",
    columns: [
      { key: "on_record", of: (row) => row.on_record },
      { key: "callable", of: (row) => row.callable },
      { key: "courses", of: (row) => row.courses },
      { key: "passed", of: (row) => row.passed },
      { key: "noted", of: (row) => row.noted },
      { key: "checked", of: (row) => row.checked },
    ],
  },
];

function has_any(row: StatisticsRow): boolean {
  const { actual, exercise } = row;
  return actual.incidents + actual.cancelled + actual.alerts + actual.minutes + exercise.incidents + exercise.alerts + exercise.minutes + row.courses + row.noted + row.checked > 0;
}
function name_of(row: StatisticsRow): string {
  return row.area?.name ?? row.month ?? (row.kind ? word("kind", row.kind) : t("statistics.own"));
}
/** Those below the area, and what lies in none of them if there is anything. */
function rows_of(data: Statistics, by: By): StatisticsRow[] {
  if (by !== "areas") return data[by];
  return data.areas.length && has_any(data.own) ? [...data.areas, data.own] : data.areas;
}
/** Courses and findings are of no kind of incident, people on record of no month. */
function shown(table: Table, by: By): Column[] {
  if (table.key !== "quiet") return table.columns;
  if (by === "kinds") return [];
  return table.columns.filter((one) => by === "areas" || (one.key !== "on_record" && one.key !== "callable"));
}

/** A line for every row there is; times in seconds and minutes, for sums. */
function file_rows(data: Statistics): (string | number)[][] {
  const line = (group: string, name: string, row: StatisticsRow) => [group, name, ...TABLES.flatMap((table) => table.columns.map((one) => one.of(row) ?? ""))];
  const head = TABLES.flatMap((table) => table.columns.map((one) => word("statistics_table", table.key) + " – " + word("statistics_col", one.key) + word("statistics_unit", one.unit)));
  const groups: By[] = ["areas", "months", "kinds"];
  return [
    [t("statistics.of"), t("statistics.name"), ...head],
    line(t("hours.total"), data.area.name, data.total),
    ...groups.flatMap((by) => rows_of(data, by).map((row) => line(word("statistics_by", by), name_of(row), row))),
  ];
}

function Cells(props: { columns: Column[]; row: StatisticsRow }): JSX.Element {
  return (
    <>
      {props.columns.map(({ key, of, text }) => {
        const figure = of(props.row);
        return <td key={key} class="figure">{figure === undefined ? "–" : (text ?? count_text)(figure)}</td>;
      })}
    </>
  );
}

function Figures(props: { table: Table; data: Statistics; by: By }): JSX.Element | null {
  const { table, data, by } = props;
  const columns = shown(table, by);
  if (!columns.length) return null;
  const title = word("statistics_table", table.key);
  const below = (row: StatisticsRow) => row.area && row.area.level !== "village";
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      <WideTable label={title} class="statistics" head={<><th>{word("statistics_by", by)}</th>{columns.map((one) => <th key={one.key} class="figure">{word("statistics_col", one.key)}</th>)}</>} foot={<tr><th scope="row">{t("hours.total")}</th><Cells columns={columns} row={data.total} /></tr>}>
        {rows_of(data, by).map((row) => (
          <tr key={name_of(row)}>
            <th scope="row">{below(row) ? <a href={statistics_link(row.area!.code)} data-go>{name_of(row)}</a> : name_of(row)}</th>
            <Cells columns={columns} row={row} />
          </tr>
        ))}
      </WideTable>
    </section>
  );
}

function Days(props: { from: string; to: string; change: (next: { from?: string; to?: string }) => void }): JSX.Element {
  const { from, to, change } = props;
  const year = (one: number) => String(one) + "-01-01";
  const app = useApp();
  const today = date_text(Date.now() + app.offset_ms), this_year = Number(today.slice(0, 4));
  return (
    <div class="row wrap fields no-print">
      <button type="button" aria-pressed={from === year(this_year)} onClick={() => change({ from: year(this_year), to: today })}>{t("statistics.this_year")}</button>
      <button type="button" aria-pressed={from === year(this_year - 1)} onClick={() => change({ from: year(this_year - 1), to: this_year - 1 + "-12-31" })}>{t("statistics.last_year")}</button>
      <label class="field">
        <span>{t("hours.from")}</span>
        <input name="from" type="date" value={from} onInput={(e) => change({ from: e.currentTarget.value })} />
      </label>
      <label class="field">
        <span>{t("hours.to")}</span>
        <input name="to" type="date" value={to} onInput={(e) => change({ to: e.currentTarget.value })} />
      </label>
    </div>
  );
}

function Said(props: { data: Statistics; from: string; to: string }): JSX.Element {
  const { data, from, to } = props;
  const [by, set_by] = useState<By>(data.areas.length ? "areas" : "months");
  const rows = useMemo(() => file_rows(data), [data]);
  return (
    <>
      <p class="row wrap no-print">
        <SaveCsv rows={rows} names={["statistics", data.area.name, from, to]} label={t("hours.save")} />
        <button type="button" onClick={() => window.print()}>{t("handover.print")}</button>
      </p>
      <p class="lead">{t("statistics.of_days", { area: data.area.name, from, to })}</p>
      <Tabs label={t("board.views")} chosen={by} choose={set_by} choices={[...(data.areas.length ? [["areas", word("statistics_by", "areas")] as [By, string]] : []), ["months", word("statistics_by", "months")], ["kinds", word("statistics_by", "kinds")]]} />
      {TABLES.map((table) => <Figures key={table.key} table={table} data={data} by={by} />)}
      <p class="small">{t("statistics.means")} {data.people_day && t("statistics.people_day", { day: data.people_day })}</p>
    </>
  );
}

/** AREA is a code as it stands in the path; undefined: the highest that the account sees. */
export function StatisticsView(props: { area?: string }): JSX.Element {
  useTitle(t("statistics.title"));
  const app = useApp();
  const today = date_text(Date.now() + app.offset_ms);
  const [days, set_days] = useState({ from: today.slice(0, 4) + "-01-01", to: today });
  const is_whole = days.from !== "" && days.from <= days.to;
  const query = new URLSearchParams({ ...days, ...(props.area ? { area: decodeURIComponent(props.area) } : {}) }).toString();
  const loaded = useLoaded(() => (is_whole ? get<Statistics>("statistics?" + query) : Promise.resolve(null)), query);
  const data = loaded.data;
  return (
    <section class="panel wide-panel" aria-labelledby="statistics-title">
      <h1 id="statistics-title">{t("statistics.title")}</h1>
      {data && <Path code={data.area.code} link={statistics_link} />}
      <Days {...days} change={(next) => set_days((old) => ({ ...old, ...next }))} />
      {!is_whole && <p class="wait-text" role="status">{t("hours.no_days")}</p>}
      <Trouble problem={loaded.problem} retry={loaded.reload} />
      {is_whole && !data && !loaded.problem && <Skeleton rows={8} />}
      {data && <Said key={data.area.code} data={data} {...days} />}
    </section>
  );
}
