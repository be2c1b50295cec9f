// SPDX-License-Identifier: Apache-2.0
// Standing down, asked once more with what follows for whom, in numbers: of one call-out,
// or of the whole incident.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";

import { get, post } from "./api";
import { useAction, useLoaded } from "./hooks";
import { t, type Key } from "./i18n";
import { Confirm } from "./parts";
import { helped_of, is_in_need, type Helped } from "./places";
import { useEvents } from "./timeline";
import type { Board, IncidentFull } from "./types";

type Fate = [Key, number];

/** Who called for help is sent home by nobody but a person; who is out of contact cannot be told. */
function fates_of_all(boards: Board[], helped: Helped): Fate[] {
  const all = boards.flatMap((board) => board.assignments);
  const others = all.filter((one) => !is_in_need(one, helped));
  const on = (...states: string[]) => others.filter((one) => states.includes(one.state)).length;
  return [
    ["stand_down.sos", all.length - others.length],
    ["stand_down.lost", on("lost_contact")],
    ["stand_down.on_scene", on("on_scene", "working")],
    ["stand_down.en_route", on("en_route")],
    ["stand_down.before", on("assigned")],
  ];
}
function fates_of_one(board: Board): Fate[] {
  return [["stand_down.stay", board.assignments.filter((one) => ["assigned", "en_route", "on_scene", "working"].includes(one.state)).length]];
}

/** Who is asked and has no seat. */
function fates_of_asked(boards: Board[]): Fate[] {
  const sum = (...keys: string[]) => boards.flatMap((board) => keys.map((key) => board.funnel[key] ?? 0)).reduce((all, n) => all + n, 0);
  return [["stand_down.waiting", sum("limited", "late")], ["stand_down.unanswered", sum("pending")]];
}

function lines_of(fates: Fate[]): string[] {
  return fates.filter(([, n]) => n > 0).map(([key, n]) => t(key, { n }));
}
function said(fates: Fate[]): string[] {
  const lines = lines_of(fates);
  return lines.length ? lines : [t("stand_down.nobody")];
}
/** What becomes of who is asked and has no seat; nothing if nobody is. */
export function said_of_asked(boards: Board[]): string[] {
  return lines_of(fates_of_asked(boards));
}

/** The end of one call-out; who has accepted goes on. */
export function EndCallout(props: { board: Board; onNo: () => void }): JSX.Element {
  const { board } = props;
  const action = useAction();
  return (
    <Confirm
      title={t("stand_down.title")}
      consequences={[...said([...fates_of_one(board), ...fates_of_asked([board])]), t("stand_down.others")]}
      action={t("stand_down.button_one")}
      busy={action.busy}
      problem={action.problem}
      onNo={props.onNo}
      onYes={() =>
        action.run(async () => {
          await post("callouts/" + board.id + "/steps", { step: "stand_down" });
          props.onNo();
        })
      }
    />
  );
}

/** The stand-down of the whole incident: of every call-out of it. */
export function StandDown(props: { incident: IncidentFull; onDone?: () => Promise<void>; onNo: () => void }): JSX.Element {
  const { incident } = props;
  const action = useAction();
  const callouts = incident.needs.flatMap((need) => need.callouts.map((callout) => callout.id));
  const boards = useLoaded(() => Promise.all(callouts.map((id) => get<Board>("callouts/" + id))), "stand-down" + callouts.join(), incident.id);
  const { events, loaded } = useEvents(incident.id);
  const helped = useMemo(() => helped_of(events), [events]);
  const fates = boards.data && loaded ? said([...fates_of_all(boards.data, helped), ...fates_of_asked(boards.data)]) : [t("loading")];
  const needs = incident.needs.filter((need) => need.state !== "cancelled").length;
  return (
    <Confirm
      title={t("stand_down.title_all")}
      consequences={[...(needs > 1 ? [t("stand_down.needs", { n: needs })] : []), ...fates]}
      action={t("stand_down.do")}
      busy={action.busy}
      problem={action.problem ?? boards.problem}
      onNo={props.onNo}
      onYes={() =>
        action.run(async () => {
          await post("incidents/" + incident.id + "/steps", { step: "stand_down" });
          await props.onDone?.();
          props.onNo();
        })
      }
    />
  );
}
