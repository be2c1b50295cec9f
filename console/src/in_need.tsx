// SPDX-License-Identifier: Apache-2.0
// Who calls for help or is out of contact is on the map under every view, whatever need is
// in view: pressed, theirs is.
import { useEffect } from "preact/hooks";

import { get } from "./api";
import { useApp } from "./app";
import { useLoaded } from "./hooks";
import { publish_in_need, type MapPerson } from "./map_model";
import { map_people } from "./places";
import type { Board, Incident, IncidentFull, InNeed } from "./types";

const ANEW_MS = 5000;

/** Whoever nobody has in hand yet. */
export function in_need_of(incident: Incident): InNeed[] {
  return [...(incident.alarms ?? []), ...(incident.lost ?? [])];
}

interface Found {
  person: MapPerson;
  path: string; // where the person's need is in view
}

/** Those of one incident where their boards say that they are. */
async function find(incident: Incident): Promise<Found[]> {
  const ids = new Set(in_need_of(incident).map((one) => one.need));
  const { needs } = await get<IncidentFull>("incidents/" + incident.id);
  const found = await Promise.all(
    needs.filter((need) => ids.has(need.id)).map(async (need) => {
      const boards = await Promise.all(need.callouts.map(({ id }) => get<Board>("callouts/" + id)));
      const people = boards.flatMap((board) => map_people(board, [], need.at, new Map()));
      return people.filter((person) => person.alarm).map((person) => ({ person, path: "/incidents/" + incident.id + "/needs/" + need.id }));
    }),
  );
  return found.flat();
}

export function InNeedOnMap(props: { incidents: Incident[]; language: string }): null {
  const app = useApp();
  const incidents = props.incidents.filter((one) => in_need_of(one).length);
  const who = incidents.flatMap(in_need_of).map((one) => one.assignment).join();
  const found = useLoaded(() => Promise.all(incidents.map(find)).then((all) => all.flat()), "in need", null, ANEW_MS);
  useEffect(() => void found.reload(), [who, props.language]);
  useEffect(() => {
    const all = who ? (found.data ?? []) : [];
    const go = (key: string): void => {
      const one = all.find(({ person }) => person.key === key);
      if (one) app.go(one.path);
    };
    publish_in_need({ in_need: all.map(({ person }) => person), onInNeed: go });
  }, [found.data, who]);
  useEffect(() => () => publish_in_need({ in_need: [], onInNeed: null }), []);
  return null;
}
