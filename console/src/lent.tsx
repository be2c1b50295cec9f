// SPDX-License-Identifier: Apache-2.0
// Own people who are out on incidents that this account does not see: who, how far they are and in
// whose area, and nothing of the incident.
import type { JSX } from "preact";

import { get_all } from "./api";
import { may_see_people, useApp } from "./app";
import { area_label } from "./areas";
import { useLoaded } from "./hooks";
import { due_text, t } from "./i18n";
import { State } from "./parts";
import type { Out } from "./types";

const ANEW_MS = 5000;

/** The last that is known of them, and when. */
function since_text(one: Out, now: number): string {
  if (one.on_scene_at) return t("lent.arrived", { at: due_text(one.on_scene_at, now) });
  return one.en_route_at ? t("lent.left", { at: due_text(one.en_route_at, now) }) : t("lent.said_yes", { at: due_text(one.assigned_at, now) });
}
/** Who calls for help or is out of contact comes first. */
function rank(one: Out): number {
  return one.sos ? 0 : one.state === "lost_contact" ? 1 : 2;
}

function OutRow(props: { one: Out }): JSX.Element {
  const { one } = props;
  const app = useApp();
  return (
    <li class="row wrap">
      <State group="person" state={one.sos ? "sos" : one.state} />
      <a href={"/people/" + encodeURIComponent(one.number)} data-go>{one.name ?? one.number}</a>
      {one.phone && <a href={"tel:" + one.phone}>{one.phone}</a>}
      <span class="small">{area_label(app, one.area.code, one.area.name)} · {since_text(one, Date.now() + app.offset_ms)}</span>
      {one.exercise && <span class="tag hatched">{t("exercise.tag")}</span>}
    </li>
  );
}

/** Nothing while there are none. OPEN: all of them are in view. */
export function Lent(props: { open?: boolean }): JSX.Element | null {
  const app = useApp();
  const sees = may_see_people(app);
  const list = useLoaded(async () => (sees ? await get_all<Out>("assignments?elsewhere=true&limit=1000") : []), "lent", sees ? null : undefined, ANEW_MS);
  const people = [...(list.data ?? [])].sort((a, b) => rank(a) - rank(b));
  if (!people.length) return null;
  const calls = people.filter((one) => rank(one) < 2).length;
  return (
    <details class="lent" open={props.open || calls > 0}>
      <summary class={calls ? "alarm-text" : ""}>{t("lent.title", { n: people.length })}{calls > 0 && " · " + t("lent.calls", { n: calls })}</summary>
      <p class="small">{t("lent.lead")}</p>
      <ul class="plain-list">{people.map((one) => <OutRow key={one.number} one={one} />)}</ul>
    </details>
  );
}
