// SPDX-License-Identifier: Apache-2.0
// When the next wave comes, and sending it at once: who does not want to wait for answers
// is told first how many people that disturbs and what it gains.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { post } from "./api";
import { useAction } from "./hooks";
import { probability_text, span_text, t } from "./i18n";
import { Confirm, Trouble } from "./parts";
import type { Board, Plan } from "./types";

/** What sending it means beside WAITING for answers, and whether there is anything to send. */
function consequences(plan: Plan, waiting: Plan): { lines: string[]; sends: boolean } {
  const asked = plan.waves[0]?.people.length ?? 0;
  const limited = plan.ask_limited ?? 0;
  const p = probability_text(plan.probability);
  if (asked + limited === 0) return { lines: [t(plan.target_reached ? "next_wave.enough" : "next_wave.nobody", { p })], sends: false };
  const lines = [t("next_wave.gains", { p })];
  if (limited > 0) lines.unshift(t("next_wave.limited", { n: limited }));
  if (asked > 0) lines.unshift(t("next_wave.asks", { n: asked }));
  const later = Math.ceil(waiting.expected_alerts);
  if (later < asked) lines.push(later > 0 ? t("next_wave.wait", { n: later }) : t("next_wave.wait_nobody"));
  return { lines, sends: true };
}

/** Whether a call-out waits for nobody: nobody is still to answer, and no wave is to come. */
export function nobody_answers(board: Board): boolean {
  return board.state === "active" && !board.next_wave_at && !board.funnel.pending;
}

export function NextWave(props: { board: Board; now: number; acts: boolean; onWhy: () => void }): JSX.Element {
  const { board, now } = props;
  const [told, set_told] = useState<ReturnType<typeof consequences> | null>(null);
  const look = useAction();
  const send = useAction(told);
  const plan = (at_once: boolean) => post<Plan>("needs/" + board.need + "/plan", { at_once });
  const look_first = async () => set_told(consequences(...(await Promise.all([plan(true), plan(false)]))));
  const next = board.next_wave_at ? (Date.parse(board.next_wave_at) - now) / 1000 : null;
  return (
    <>
      <button type="button" class={nobody_answers(board) ? "number wait" : "number"} onClick={props.onWhy}>{next !== null && next > 0 ? t("board.next_wave", { in: span_text(next) }) : t(nobody_answers(board) ? "board.nobody_answers" : "board.no_next_wave", { n: board.waves })}</button>
      {props.acts && (
        <button
          type="button"
          class={nobody_answers(board) ? "primary" : ""}
          disabled={look.busy}
          onClick={() => {
            send.clear();
            look.run(look_first);
          }}
        >
          {t("next_wave.button")}
        </button>
      )}
      <Trouble problem={look.problem} />
      {told && (
        <Confirm
          title={t("next_wave.title")}
          consequences={told.lines}
          action={told.sends ? t("next_wave.do") : null}
          busy={send.busy}
          problem={send.problem}
          onNo={() => set_told(null)}
          onYes={() =>
            send.run(async () => {
              await post("callouts/" + board.id + "/steps", { step: "next_wave" });
              set_told(null);
            })
          }
        />
      )}
    </>
  );
}
