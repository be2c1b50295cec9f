// SPDX-License-Identifier: Apache-2.0
// Why these people: the plan record of each wave sent, and what it says of one of them.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { get_all } from "./api";
import { may_see_people, useApp } from "./app";
import { useLoaded } from "./hooks";
import { moment_text, prime, probability_text, t, word } from "./i18n";
import { LeftOut } from "./left_out";
import { Empty, Skeleton, Trouble, WideTable } from "./parts";
import { name_of, usePersonSearch } from "./person_search";
import type { PlanRecord } from "./types";

function count_of(value: number | unknown[]): number {
  return Array.isArray(value) ? value.length : value;
}
function or_dash(p: number | undefined): string {
  return p === undefined ? "–" : probability_text(p);
}

/** A viewer is told how many, and not who. */
function Excluded(props: { by_reason: [string, number | unknown[]][] }): JSX.Element {
  const [open, set_open] = useState("");
  const who = props.by_reason.find(([reason]) => reason === open)?.[1];
  const counts = props.by_reason.map(([reason, value]): [string, number] => [reason, count_of(value)]);
  return <LeftOut counts={counts} open={open} numbers={Array.isArray(who) ? who : []} onOpen={props.by_reason.every(([, value]) => Array.isArray(value)) ? set_open : null} />;
}

const CANDIDATES_SHOWN = 100;

function Record(props: { record: PlanRecord; wave: number }): JSX.Element {
  const { record, wave } = props;
  const candidates = record.candidates ?? [];
  const alerted = candidates.filter((one) => one.decision === "alerted");
  const excluded = Object.entries(record.excluded ?? {}).filter(([, value]) => count_of(value) > 0);
  return (
    <section>
      <h3>{t("why.wave", { wave, at: moment_text(record.at), n: alerted.length })}</h3>
      <p class="small">{t("why.considered", { n: candidates.length + (record.cut ?? 0) })}</p>
      <Excluded by_reason={excluded} />
      <WideTable label={t("why.table", { wave })} head={<><th>{t("col.number")}</th><th class="figure">{t("col.away")}</th><th class="figure">{t("col.p_accept")}</th><th class="figure">{t("col.p_in_time")}</th><th>{t("col.decision")}</th></>}>
        {candidates.slice(0, CANDIDATES_SHOWN).map((one, index) => (
          <tr key={one.number ?? index}>
            <th scope="row">{one.number ?? "–"}</th>
            <td class="figure">{prime(one.seconds)}</td>
            <td class="figure">{or_dash(one.p_accept)}</td>
            <td class="figure">{or_dash(one.p_in_time)}</td>
            <td>{word("decision", one.decision)}</td>
          </tr>
        ))}
      </WideTable>
    </section>
  );
}

/** What the record of a wave says of one person. */
function said_of(record: PlanRecord, number: string): string {
  const candidate = (record.candidates ?? []).find((one) => one.number === number);
  if (candidate) {
    const values = { decision: word("decision", candidate.decision), away: prime(candidate.seconds), accept: or_dash(candidate.p_accept), in_time: or_dash(candidate.p_in_time) };
    return t("why.candidate", values);
  }
  const reason = Object.entries(record.excluded ?? {}).find(([, who]) => Array.isArray(who) && who.includes(number))?.[0];
  if (reason) return t("why.not_eligible", { reason: word("excluded", reason) });
  return t(record.cut || record.excluded_cut ? "why.not_kept" : "why.not_near");
}

/** "Why did nobody call the doctor next door?" */
function WhyOne(props: { records: Numbered[] }): JSX.Element {
  const search = usePersonSearch(t("why.find"));
  return (
    <div class="why-one">
      {search.form}
      {search.found.map((one) => (
        <div key={one.number}>
          <strong>{name_of(one)}</strong>
          <ul class="plain-list">
            {props.records.map(({ record, wave }) => <li key={wave}>{t("why.of_wave", { wave, at: moment_text(record.at), what: said_of(record, one.number) })}</li>)}
          </ul>
        </div>
      ))}
    </div>
  );
}

interface Numbered {
  record: PlanRecord;
  wave: number;
}
export function Why(props: { callout: number; incident: number; left_out: number }): JSX.Element {
  const app = useApp();
  const list = useLoaded(() => get_all<PlanRecord>("callouts/" + props.callout + "/plans"), "plans" + props.callout, props.incident);
  const records: Numbered[] = (list.data ?? []).map((record, index) => ({ record, wave: record.wave ?? index + 1 })).reverse();
  return (
    <section class="panel">
      <p class="small">{t("why.lead")}</p>
      {props.left_out > 0 && <p class="small left-out">{t("why.left_out", { n: props.left_out })}</p>}
      <Trouble problem={list.problem} retry={list.reload} />
      {!list.data && !list.problem && <Skeleton />}
      {list.data && !records.length && <Empty title={t("why.none")} />}
      {records.length > 0 && may_see_people(app) && <WhyOne records={records} />}
      {records.map(({ record, wave }) => <Record key={wave} record={record} wave={wave} />)}
    </section>
  );
}
