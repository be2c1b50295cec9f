// SPDX-License-Identifier: Apache-2.0
// What was reported and waits for a second person, one after the other: when they were asked, came and
// left, what they say, the minutes proposed. Each is a decision of its own.
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";

import { get } from "./api";
import { may_verify, ReportText, Times, VerifyForm } from "./assignment";
import { useLoaded, type Loaded } from "./hooks";
import { t } from "./i18n";
import { State, Trouble } from "./parts";
import type { Assignment, Board, Id, IncidentFull } from "./types";

/** The boards of all call-outs of INCIDENT. */
export function useAllBoards(incident: IncidentFull): Loaded<Board[]> {
  const callouts = incident.needs.flatMap((need) => need.callouts.map(({ id }) => id));
  return useLoaded(() => Promise.all(callouts.map((id) => get<Board>("callouts/" + id))), "boards" + callouts.join(), incident.id);
}

/** The row that is now where the one just checked was; else what is left to do. Not its button: a key
 * held too long must not check a report that nobody has read. */
function after_check(index: number): Element | null | undefined {
  const rows = document.querySelectorAll(".checks .assignment");
  return rows[Math.min(index, rows.length - 1)] ?? document.querySelector(".review button.primary:not(:disabled)") ?? document.getElementById("review-title") ?? document.getElementById("incident-title");
}

/** Those of ALL who wait for it. */
export function Checks(props: { all: Assignment[] }): JSX.Element | null {
  const [typing, set_typing] = useState<Id[]>([]); // whose forms hold a doubt that is not sent yet
  const shown = props.all.filter((one) => may_verify(one) || typing.includes(one.id));
  const keep = (id: Id, kept: boolean) => set_typing((ids) => [...ids.filter((one) => one !== id), ...(kept ? [id] : [])]);
  if (!shown.length) return null;
  return (
    <>
      <p class="small">{t("verify.second")} <span class="by-keyboard">{t("verify.by_keyboard")}</span></p>
      <ul class="assignments checks">
        {shown.map((one, index) => (
          <li key={one.id} class="assignment" tabIndex={-1}>
            <div class="assignment-body">
              <p class="row"><strong>{one.name ?? one.number}</strong> <State group="person" state={one.state} /></p>
              <Times one={one} />
              <ReportText one={one} />
              <VerifyForm one={one} keep={(kept) => keep(one.id, kept)} next={() => after_check(index)} />
            </div>
          </li>
        ))}
      </ul>
    </>
  );
}

function All(props: { incident: IncidentFull }): JSX.Element | null {
  const boards = useAllBoards(props.incident);
  if (boards.problem) return <Trouble problem={boards.problem} retry={boards.reload} />;
  return <Checks all={(boards.data ?? []).flatMap((board) => board.assignments)} />;
}

/** While INCIDENT still runs: in view once something has waited, and read once it was open, so that nothing typed is lost. OPEN: for whoever has nothing else to do. */
export function ChecksNow(props: { incident: IncidentFull; open: boolean }): JSX.Element | null {
  const n = props.incident.to_verify ?? 0;
  const waited = useRef(false), read = useRef(false);
  const [open, set_open] = useState(props.open);
  waited.current ||= n > 0;
  read.current ||= open;
  if (!waited.current) return null;
  return (
    <details class={n ? "panel checks-now" : "panel checks-now done"} open={open} onToggle={(e) => set_open(e.currentTarget.open)}>
      <summary>{n ? t("review.unchecked", { n }) : t("verify.none_left")}</summary>
      {read.current && <All incident={props.incident} />}
    </details>
  );
}
