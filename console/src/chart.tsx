// SPDX-License-Identifier: Apache-2.0
// The index day by day, and: people alerted -> probability of being there in time, with the target and this plan.
import type { JSX } from "preact";

import { probability_text, t } from "./i18n";

const W = 320, H = 120, LEFT = 34, RIGHT = 12, TOP = 10, BOTTOM = 24;

export function Curve(props: { points: { alerts: number; probability: number }[]; target: number; alerts: number; probability: number }): JSX.Element | null {
  const { points, target } = props;
  if (points.length < 2) return null;
  const most = Math.max(props.alerts, ...points.map((p) => p.alerts), 1);
  const x = (alerts: number) => LEFT + ((W - LEFT - RIGHT) * alerts) / most;
  const y = (p: number) => TOP + (H - TOP - BOTTOM) * (1 - p);
  const path = points.map((p, i) => (i ? "L" : "M") + x(p.alerts).toFixed(1) + " " + y(p.probability).toFixed(1)).join("");
  return (
    <figure class="curve">
      <figcaption class="small">{t("curve.title")}</figcaption>
      <svg viewBox={`0 0 ${W} ${H}`} role="img" aria-label={t("curve.says", { n: props.alerts, p: probability_text(props.probability) })}>
        <path class="axis" d={`M${LEFT} ${TOP}V${H - BOTTOM}H${W - RIGHT}`} />
        {[0, 0.5, 1].map((p) => (
          <text key={p} x={LEFT - 6} y={y(p) + 4} text-anchor="end">{p}</text>
        ))}
        <text x={LEFT} y={H - 6}>0</text>
        <text x={W - RIGHT} y={H - 6} text-anchor="end">{t("curve.people", { n: most })}</text>
        <path class="target" d={`M${LEFT} ${y(target)}H${W - RIGHT}`} />
        <path class="line" d={path} />
        <circle class="here" cx={x(props.alerts)} cy={y(props.probability)} r={5} />
      </svg>
      <details>
        <summary class="small">{t("curve.table")}</summary>
        <table>
          <thead><tr><th>{t("curve.alerted")}</th><th>{t("col.probability")}</th></tr></thead>
          <tbody>
            {points.map((p) => (
              <tr key={p.alerts}><td>{p.alerts}</td><td>{probability_text(p.probability)}</td></tr>
            ))}
          </tbody>
        </table>
      </details>
    </figure>
  );
}

const DAY_MS = 86400000;

/** Where the index goes: a line over the days, from 0 to 100, with the first and the last in words. */
export function IndexLine(props: { days: { day: string; index: number }[] }): JSX.Element | null {
  const { days } = props;
  const first = days[0], last = days[days.length - 1];
  if (!first || !last || days.length < 2) return null;
  const from = Date.parse(first.day), span = Math.max(Date.parse(last.day) - from, DAY_MS);
  const x = (day: string) => ((Date.parse(day) - from) / span) * 240;
  const path = days.map(({ day, index }, i) => (i ? "L" : "M") + x(day).toFixed(1) + " " + (52 - index / 2).toFixed(1)).join("");
  const says = t("readiness.history", { from: first.day, then: first.index.toFixed(1), to: last.day, now: last.index.toFixed(1) });
  return (
    <figure class="index-line">
      <svg viewBox="0 0 240 54" role="img" aria-label={says}>
        <path class="axis" d="M0 2H240M0 52H240" />
        <path class="line" d={path} />
      </svg>
      <figcaption class="small">{says}</figcaption>
    </figure>
  );
}
