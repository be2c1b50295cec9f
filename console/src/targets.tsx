// SPDX-License-Identifier: Apache-2.0
// The programme: which share is wanted from which year on, and who leads. All of it is sent
// at once; an empty cell goes on with the year before.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { put } from "./api";
import { may_set_targets, useApp } from "./app";
import { useAction } from "./hooks";
import { t, word } from "./i18n";
import { refused, Trouble, submit, WideTable } from "./parts";
import type { Readiness, Target } from "./types";

interface Cell {
  percent: string; // as typed; empty: none
  lead: string;
}
type Cells = Record<string, Cell>; // by key_of

const YEARS_MAX = 20; // as many targets as the server takes, by 8
const EMPTY: Cell = { percent: "", lead: "" };
const key_of = (indicator: string, year: number): string => indicator + " " + year;

function years_of(data: Readiness): number[] {
  return [...new Set([data.year, ...data.targets.map((one) => one.year)])].sort((one, other) => one - other);
}

function cells_of(targets: Target[]): Cells {
  return Object.fromEntries(targets.map((one) => [key_of(one.indicator, one.year), { percent: percent_of(one.target), lead: one.lead ?? "" }]));
}

function percent_of(share: number): string {
  return String(Math.round(share * 1000) / 10);
}

/** What holds in YEAR if nothing is set for it: the year before's, or what holds now. */
function carried(data: Readiness, cells: Cells, years: number[], indicator: string, year: number): string {
  const before = years.filter((one) => one < year && cells[key_of(indicator, one)]?.percent).pop();
  if (before !== undefined) return cells[key_of(indicator, before)]!.percent;
  return year < data.year ? "" : percent_of(data.indicators.find((one) => one.code === indicator)?.target ?? 0);
}

function targets_of(indicators: string[], cells: Cells, years: number[]): Target[] {
  return indicators.flatMap((indicator) =>
    years.flatMap((year) => {
      const { percent, lead } = cells[key_of(indicator, year)] ?? EMPTY;
      if (!percent.trim()) return [];
      return [{ indicator, year, target: Math.round(Number(percent) * 10) / 1000, ...(lead.trim() ? { lead: lead.trim() } : {}) }];
    }),
  );
}

function Table(props: { indicators: string[]; years: number[]; cell: (indicator: string, year: number) => JSX.Element }): JSX.Element {
  return (
    <WideTable
      label={t("readiness.programme")}
      class="targets"
      head={
        <>
          <th>{t("readiness.col_indicator")}</th>
          {props.years.map((year) => <th key={year}>{t("targets.from", { year })}</th>)}
        </>
      }
    >
      {props.indicators.map((indicator) => (
        <tr key={indicator}>
          <th scope="row">{word("indicator", indicator)}</th>
          {props.years.map((year) => <td key={year}>{props.cell(indicator, year)}</td>)}
        </tr>
      ))}
    </WideTable>
  );
}

function CellFields(props: { name: string; cell: Cell; usual: string; change: (next: Cell) => void }): JSX.Element {
  const { name, cell, change } = props;
  return (
    <span class="target-fields">
      <span class="row">
        <input ref={refused(cell.lead.trim() && !cell.percent.trim() ? t("targets.lead_alone") : "")} type="number" min={1} max={100} step="any" aria-label={t("targets.percent", { name })} placeholder={props.usual} value={cell.percent} onInput={(e) => change({ ...cell, percent: e.currentTarget.value })} />
        <span aria-hidden="true">%</span>
      </span>
      <input maxLength={96} aria-label={t("targets.lead", { name })} placeholder={t("findings.lead")} value={cell.lead} onInput={(e) => change({ ...cell, lead: e.currentTarget.value })} />
    </span>
  );
}

function Form(props: { data: Readiness; onDone: () => Promise<void>; onCancel: () => void }): JSX.Element {
  const { data } = props;
  const action = useAction();
  const [years, set_years] = useState(() => years_of(data));
  const [cells, set_cells] = useState(() => cells_of(data.targets));
  const indicators = data.indicators.map((one) => one.code);
  const next = years[years.length - 1]! + 1;
  const save = (): void =>
    action.run(async () => {
      await put("readiness/targets", { targets: targets_of(indicators, cells, years) });
      await props.onDone();
    });
  return (
    <form onSubmit={submit(save)}>
      <p class="small">{t("targets.how")}</p>
      <Table
        indicators={indicators}
        years={years}
        cell={(indicator, year) => {
          const key = key_of(indicator, year);
          return <CellFields name={t("targets.cell", { name: word("indicator", indicator), year })} cell={cells[key] ?? EMPTY} usual={carried(data, cells, years, indicator, year)} change={(cell) => set_cells({ ...cells, [key]: cell })} />;
        }}
      />
      {years.length < YEARS_MAX && <p><button type="button" class="quiet" onClick={() => set_years([...years, next])}>{t("targets.add", { year: next })}</button></p>}
      <Trouble problem={action.problem} />
      <p class="row">
        <button class="primary" disabled={action.busy}>{t("targets.save")}</button>
        <button type="button" class="quiet" onClick={props.onCancel}>{t("back")}</button>
      </p>
    </form>
  );
}

/** What is carried on from the year before stands in grey. */
function Reading(props: { data: Readiness }): JSX.Element {
  const { data } = props;
  const cells = cells_of(data.targets), years = years_of(data);
  const cell = (indicator: string, year: number): JSX.Element => {
    const { percent, lead } = cells[key_of(indicator, year)] ?? EMPTY;
    if (percent) return <>{percent} % <span class="small">{lead}</span></>;
    const before = carried(data, cells, years, indicator, year);
    return <span class="small">{before ? before + " %" : "–"}</span>;
  };
  return <Table indicators={data.indicators.map((one) => one.code)} years={years} cell={cell} />;
}

export function Programme(props: { data: Readiness; onSaved: () => Promise<void> }): JSX.Element {
  const app = useApp();
  const [changing, set_changing] = useState(false);
  const may_set = may_set_targets(app);
  const saved = async (): Promise<void> => {
    await props.onSaved();
    set_changing(false);
  };
  return (
    <section class="programme" aria-label={t("readiness.programme")}>
      {changing ? <Form data={props.data} onDone={saved} onCancel={() => set_changing(false)} /> : (
        <>
          <p class="small">{t(props.data.targets.length ? "targets.grey" : "targets.none")}</p>
          <Reading data={props.data} />
          {may_set ? <p><button type="button" onClick={() => set_changing(true)}>{t("targets.change")}</button></p> : <p class="small">{t("targets.who")}</p>}
        </>
      )}
    </section>
  );
}
