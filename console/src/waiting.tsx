// SPDX-License-Identifier: Apache-2.0
// Which of many running incidents wait for a hand: how many of each kind, and those alone, the
// most urgent first.
import type { JSX } from "preact";

import { count_text, t, word } from "./i18n";
import type { MapIncident } from "./map_model";
import type { Incident } from "./types";

/** The most urgent first. */
const WAITS = ["sos", "lost", "missing", "escalated", "reported", "to_verify"] as const;
export type Wait = (typeof WAITS)[number];

const FROM = 10; // so many can be looked through

const IS: Record<Wait, (one: Incident) => boolean> = {
  sos: (one) => !!one.alarms?.length,
  lost: (one) => !!one.lost?.length,
  missing: (one) => !!one.missing || !!one.late,
  escalated: (one) => !!one.escalated_at && (!!one.missing || !!one.late),
  reported: (one) => one.state === "reported",
  to_verify: (one) => !!one.to_verify,
};
/** What is wanted first, or waits longest, comes first. */
const FIRST: Record<Wait, (one: Incident) => string> = {
  sos: (one) => one.alarms?.[0]?.at ?? "",
  lost: (one) => one.reported_at,
  missing: (one) => one.missing_by ?? "",
  escalated: (one) => one.escalated_at ?? "",
  reported: (one) => one.reported_at,
  to_verify: (one) => one.reported_at,
};

/** INCIDENTS as they come, or those alone that wait so. */
export function waiting(incidents: Incident[], wait: Wait | null): Incident[] {
  if (!wait) return incidents;
  const at = (one: Incident): number => Date.parse(FIRST[wait](one)) || 0;
  return incidents.filter(IS[wait]).sort((a, b) => at(a) - at(b));
}
/** How the map marks it. */
export function mark_of_wait(one: Incident): MapIncident["waits"] {
  return (["sos", "missing", "reported"] as const).find((wait) => IS[wait](one));
}

/** Nothing while the list is short. */
export function Waiting(props: { incidents: Incident[]; chosen: Wait | null; choose: (wait: Wait | null) => void }): JSX.Element | null {
  const { incidents, chosen, choose } = props;
  if (incidents.length <= FROM && !chosen) return null;
  const choice = (wait: Wait | null, text: string, n: number): JSX.Element => (
    <button key={wait} type="button" class={(wait === "sos" || wait === "lost") && n ? "quiet alarm-text" : "quiet"} aria-pressed={chosen === wait} onClick={() => choose(wait)}>
      {text} <strong>{count_text(n)}</strong>
    </button>
  );
  return (
    <div class="wait-kinds" role="group" aria-label={t("waiting.title")}>
      {choice(null, t("waiting.all"), incidents.length)}
      {WAITS.map((wait) => [wait, incidents.filter(IS[wait]).length] as const).map(([wait, n]) => (n || chosen === wait ? choice(wait, word("waiting", wait), n) : null))}
    </div>
  );
}
