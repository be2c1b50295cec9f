// SPDX-License-Identifier: Apache-2.0
// The report after an incident or an exercise: who was reached and came, where the time
// went, what was promised and reached, who was asked and why; and the same as a PDF.
import type { JSX } from "preact";

import { get } from "./api";
import { useExercise } from "./app";
import { area_text } from "./areas";
import { IncidentFindings } from "./findings";
import { useLoaded } from "./hooks";
import { current_language, day_text, due_text, moment_text, probability_text, span_text, t, word } from "./i18n";
import { RowsTable, ShareBar, Skeleton, State, Trouble, WideTable, type Column } from "./parts";
import { code_text, kind_text } from "./timeline";
import { useTitle } from "./title";
import type { Report, ReportNeed, ReportPerson } from "./types";

const STEPS = ["alerted", "handed_over", "delivered", "seen", "answered", "accepted", "set_out", "on_scene"];
const OTHERS = ["declined", "no_answer", "late", "stood_down", "void", "withdrawn", "no_show", "turned_back"];
const DELAYS = ["dispatcher", "channel", "reply", "turnout", "travel", "travel_excess"];
const ASSIGNED = new Set(["assigned", "en_route", "on_scene", "working", "released", "reported", "verified", "disputed", "withdrawn", "turned_back", "no_show", "lost_contact"]);

const span = (seconds: number | undefined): string => (seconds === undefined ? "" : span_text(seconds));

function Funnel(props: { report: Report }): JSX.Element {
  const { funnel } = props.report;
  const most = Math.max(1, funnel.alerted ?? 0);
  const others = OTHERS.filter((key) => (funnel[key] ?? 0) > 0);
  const alerts = funnel.alerted ?? 0, people = funnel.people ?? alerts;
  return (
    <section aria-labelledby="aar-funnel">
      <h2 id="aar-funnel">{t("aar.funnel")}</h2>
      {people < alerts && <p>{t("aar.alerted_people", { n: people, alerts })}</p>}
      <table class="aar-funnel">
        <tbody>
          {STEPS.map((key) => (
            <tr key={key}>
              <th scope="row">{word("aar", key)}</th>
              <td class="number">{funnel[key] ?? 0}</td>
              <td class="aar-bar"><ShareBar share={(funnel[key] ?? 0) / most} /></td>
            </tr>
          ))}
        </tbody>
      </table>
      {others.length > 0 && <p class="small">{others.map((key) => word("aar", key) + " " + funnel[key]).join(" · ")}</p>}
    </section>
  );
}

function Delays(props: { report: Report }): JSX.Element {
  return (
    <section aria-labelledby="aar-delays">
      <h2 id="aar-delays">{t("aar.delays")}</h2>
      <WideTable label={t("aar.delays")} head={<><th>{t("aar.step")}</th><th class="number">{t("aar.count")}</th><th class="number">{t("aar.median")}</th><th class="number">{t("aar.p90")}</th><th class="number">{t("aar.most")}</th></>}>
        {DELAYS.map((key) => {
          const delay = props.report.delays[key];
          return (
            <tr key={key}>
              <th scope="row">{word("aar", key)}</th>
              <td class="number">{delay?.count ?? 0}</td>
              <td class="number">{span(delay?.median_s)}</td>
              <td class="number">{span(delay?.p90_s)}</td>
              <td class="number">{span(delay?.most_s)}</td>
            </tr>
          );
        })}
      </WideTable>
    </section>
  );
}

const NUMBERS = { number: true };

function Needs(props: { report: Report }): JSX.Element {
  const { hours, incident: { reported_at }, needs } = props.report;
  const by = (need: ReportNeed) => (need.deadlines ?? [need.deadline]).map((at) => (at === undefined ? "–" : due_text(at, Date.parse(reported_at)))).join(" → ");
  const columns: Column<ReportNeed>[] = [
    { head: t("aar.need"), cell: (_, index) => index + 1 },
    { head: t("aar.wanted"), ...NUMBERS, cell: (need) => need.wanted },
    { head: t("aar.by"), ...NUMBERS, cell: by },
    { head: t("aar.promised"), ...NUMBERS, cell: (need) => (need.promised === undefined ? "–" : probability_text(need.promised)) },
    { head: t("aar.first_wave"), ...NUMBERS, cell: (need) => need.alerted_at_first },
    { head: t("aar.waves"), ...NUMBERS, cell: (need) => need.waves },
    { head: t("aar.alerted"), ...NUMBERS, cell: (need) => need.alerted },
    { head: t("aar.expected_yes"), ...NUMBERS, cell: (need) => need.expected_yes.toFixed(1) },
    { head: t("aar.accepted"), ...NUMBERS, cell: (need) => need.accepted },
    { head: t("aar.in_time"), ...NUMBERS, cell: (need) => need.in_time },
    { head: t("col.state"), cell: (need) => <State group="need" state={need.state} /> },
  ];
  return (
    <section aria-labelledby="aar-needs">
      <h2 id="aar-needs">{t("aar.needs")}</h2>
      <RowsTable label={t("aar.needs")} columns={columns} rows={needs} />
      <p>{t("aar.hours", { n: hours.people, minutes: hours.minutes, credited: hours.credited })}</p>
    </section>
  );
}

function state_of(one: ReportPerson): JSX.Element | string {
  return ASSIGNED.has(one.state) || word("person", one.state) ? <State group="person" state={one.state} /> : one.state;
}

function People(props: { report: Report }): JSX.Element {
  const { people, people_cut, funnel } = props.report;
  const alerts = people.length + people_cut, n = funnel.people ?? alerts;
  const columns: Column<ReportPerson>[] = [
    { head: t("col.number"), cell: (one) => one.number },
    { head: t("col.state"), cell: state_of },
    { head: t("aar.wave"), ...NUMBERS, cell: (one) => one.wave },
    { head: t("aar.way"), ...NUMBERS, cell: (one) => span(one.seconds) },
    { head: t("aar.chance"), ...NUMBERS, cell: (one) => (one.p_accept === undefined ? "" : probability_text(one.p_accept)) },
    { head: t("aar.reply_short"), ...NUMBERS, cell: (one) => span(one.reply_s) },
    { head: t("aar.turnout_short"), ...NUMBERS, cell: (one) => span(one.turnout_s) },
    { head: t("aar.travel_short"), ...NUMBERS, cell: (one) => span(one.travel_s) },
    { head: t("aar.minutes"), ...NUMBERS, cell: (one) => one.minutes },
  ];
  return (
    <details>
      <summary>{n < alerts ? t("aar.people_alerts", { n, alerts }) : t("aar.people", { n })}</summary>
      <RowsTable label={t("aar.people", { n: people.length })} columns={columns} rows={people} />
      {people_cut > 0 && <p class="small">{t("aar.cut", { n: people_cut })}</p>}
    </details>
  );
}

function Line(props: { report: Report }): JSX.Element {
  const { timeline, timeline_cut } = props.report;
  return (
    <details>
      <summary>{t("timeline.title")}</summary>
      <ol class="aar-line">
        {timeline.map((entry, index) => (
          <li key={index}>
            <span class="small">{moment_text(entry.at)}</span>{" "}
            {[kind_text(entry.kind, code_text(entry.code), entry.count ?? "", entry.area && area_text(entry.area)), entry.number].filter(Boolean).join(" · ")}
          </li>
        ))}
      </ol>
      {timeline_cut > 0 && <p class="small">{t("aar.cut", { n: timeline_cut })}</p>}
    </details>
  );
}

export function ReportView(props: { id: number }): JSX.Element {
  const loaded = useLoaded(() => get<Report>("incidents/" + props.id + "/report"), "aar" + props.id, props.id);
  const report = loaded.data;
  useExercise(report?.incident.exercise);
  useTitle(report ? t("aar.title") + " · " + report.incident.case : "");
  if (!report) return loaded.problem ? <Trouble problem={loaded.problem} retry={loaded.reload} /> : <Skeleton rows={8} />;
  const { incident } = report;
  const pdf = "/api/v1/incidents/" + props.id + "/report.pdf?lang=";
  const first = current_language();
  const second = first === "zh" ? "en" : "zh";
  return (
    <section class="panel wide-panel aar" aria-labelledby="aar-title">
      <h1 id="aar-title">{t("aar.title")}</h1>
      <p class="lead">{[incident.case, word("kind", incident.kind), incident.area && area_text(incident.area)].filter(Boolean).join(" · ")}</p>
      <p class="small">{t("aar.from_to", { from: day_text(incident.reported_at), to: day_text(incident.as_of) })} <State group="incident" state={incident.state} /></p>
      <p class="row wrap">
        <a class="button" href={pdf + first} download>{t(first === "zh" ? "aar.pdf_zh" : "aar.pdf_en")}</a>
        <a class="button quiet" href={pdf + second} download>{t(second === "zh" ? "aar.pdf_zh" : "aar.pdf_en")}</a>
        <a href={"/incidents/" + props.id} data-go>{t("aar.back")}</a>
      </p>
      <Funnel report={report} />
      <Delays report={report} />
      <Needs report={report} />
      <IncidentFindings id={props.id} case={incident.case} />
      <People report={report} />
      <Line report={report} />
    </section>
  );
}
