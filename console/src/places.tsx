// SPDX-License-Identifier: Apache-2.0
// Where the people of a call-out are: for the map, and the same as a table. Who shares no
// position is drawn where they should be by now, and it is said so.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { FindField, holding, useFirst } from "./find";
import { seconds_text, t, word } from "./i18n";
import type { MapPerson } from "./map_model";
import { State } from "./parts";
import type { Alert, Assignment, Board, Event, Point } from "./types";

const THERE = new Set(["on_scene", "working"]);
const OUT = new Set(["assigned", "en_route", "on_scene", "working", "lost_contact"]);
/** As long a call for help that somebody has taken in hand stays on the row and on the map: also
 * of who was told to go home, until they have said how it was. */
const AWAY = new Set([...OUT, "stood_down", "released"]);

/** The calls for help that somebody has taken in hand, by assignment: whoever pressed, or took over since. */
export type Helped = Map<number | undefined, Event>;
export function helped_of(events: Event[]): Helped {
  const helped: Helped = new Map();
  for (const event of events) {
    if (event.kind === "assignment.sos_acknowledged") helped.set(event.assignment, event);
    if (event.kind === "incident.taken_over") for (const [id, one] of helped) helped.set(id, { ...one, actor: event.actor });
  }
  return helped;
}
/** Who has this one's call for help in hand; undefined if there is none, or it is over. */
export function in_hand(one: Assignment, helped: Helped): Event | undefined {
  return !one.sos && AWAY.has(one.state) ? helped.get(one.id) : undefined;
}
/** They called for help, and their part goes on. */
export function is_in_need(one: Assignment, helped: Helped): boolean {
  return OUT.has(one.state) && (one.sos || helped.has(one.id));
}

interface Known {
  at: Point;
  known: "shared" | "estimated" | "scene" | "grid" | "need";
}

/** The best that is known; somebody in need is drawn even if nothing is. FROM: where they set
 * out, WHOLE_S seconds away; PLACE: where they are wanted. */
function known_of(one: Assignment, from: Point | undefined, place: Point, whole_s: number | undefined, in_need: boolean): Known | null {
  if (one.position) return { at: one.position, known: "shared" };
  if (in_need && (THERE.has(one.state) || one.on_scene_at)) return { at: place, known: "scene" };
  if (!from) return in_need ? { at: place, known: "need" } : null;
  if (THERE.has(one.state)) return { at: place, known: "scene" };
  if (one.state !== "en_route") return { at: from, known: "grid" };
  // As far along the straight line as the time says.
  const part = whole_s && one.eta_seconds !== undefined ? Math.min(1, Math.max(0, 1 - one.eta_seconds / whole_s)) : 0;
  return { at: { lat: from.lat + (place.lat - from.lat) * part, lon: from.lon + (place.lon - from.lon) * part }, known: "estimated" };
}

function need_of(one: Assignment, helped: Helped): MapPerson["alarm"] {
  const code = one.sos || in_hand(one, helped) ? "sos" : one.state === "lost_contact" ? "lost_contact" : null;
  return code ? { code, word: in_hand(one, helped) ? t("alarm.being_helped") : word("person", code) } : undefined;
}

function person_of(one: Assignment, alert: Alert | undefined, place: Point, helped: Helped): MapPerson | null {
  const alarm = need_of(one, helped);
  const found = known_of(one, one.at_grid ?? alert?.at_grid, place, alert?.seconds, alarm !== undefined);
  if (!found || !one.number) return null;
  const { at, known } = found;
  return { key: one.number, at, state: one.state, label: one.name ?? one.number, alarm, known: known === "shared" ? t("where.shared", { at: seconds_text(one.position_at) }) : word("where", known), estimated: known === "estimated" };
}

/** Of a call-out wanted at PLACE: who was asked, and who comes. */
export function map_people(board: Board, alerts: Alert[], place: Point, helped: Helped): MapPerson[] {
  const by_number = new Map(alerts.map((alert) => [alert.number, alert]));
  const people = new Map<string, MapPerson>();
  for (const alert of alerts) if (alert.at_grid) people.set(alert.number, { key: alert.number, at: alert.at_grid, state: alert.state, label: alert.name ?? alert.number, known: t("where.grid") });
  for (const one of board.assignments) {
    const person = person_of(one, by_number.get(one.number), place, helped);
    if (person) people.set(person.key, person);
  }
  return [...people.values()].sort((a, b) => Number(!a.alarm) - Number(!b.alarm));
}

const SHOWN = 60;

/** Everything of the map as a table: who needs a hand first. FOCUS: who was pressed on the map. */
export function PeopleTable(props: { people: MapPerson[]; focus: string }): JSX.Element {
  const { people, focus } = props;
  const [text, find] = useState("");
  const named = new Set(holding(people, text, (one) => [one.label, one.key]));
  const found = people.filter((one) => one.key === focus || named.has(one));
  const { shown, more } = useFirst(found, SHOWN, (one) => one.key === focus);
  return (
    <section class="on-map">
      <FindField label={t("table.find")} of={people.length > SHOWN ? people.length : 0} text={text} onFind={find} />
      <div class="scroll" tabIndex={0} role="region" aria-label={t("tab.table")}>
        <table class="map-table">
          <caption class="small">{t("table.lead")}</caption>
          <thead><tr><th>{t("col.name")}</th><th>{t("col.number")}</th><th>{t("col.state")}</th><th class="figure">{t("col.place")}</th></tr></thead>
          <tbody>
            {shown.map((one) => (
              <tr key={one.key} id={"on-map-" + one.key} class={focus === one.key ? "chosen" : ""}>
                <th scope="row">{one.label}</th>
                <td>{one.key}</td>
                <td>{one.alarm ? <State group="person" state={one.alarm.code} text={one.alarm.word} /> : <State group="person" state={one.state} />}</td>
                <td class="figure">{one.at.lat.toFixed(4)}, {one.at.lon.toFixed(4)}<br /><span class="small">{one.known}</span></td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {more}
    </section>
  );
}
