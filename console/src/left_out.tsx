// SPDX-License-Identifier: Apache-2.0
// Whom a plan leaves out: how many for each reason, and pressed, who.
import type { JSX } from "preact";

import { count_text, t, word } from "./i18n";

const NUMBERS_SHOWN = 500;

/** OPEN: the reason that is pressed; NUMBERS: whom it leaves out, as far as they are known; ONOPEN null: nobody is known. */
export function LeftOut(props: { counts: [string, number][]; open: string; numbers: unknown[]; onOpen: ((reason: string) => void) | null }): JSX.Element {
  const { counts, open, onOpen } = props;
  const all = counts.find(([reason]) => reason === open)?.[1] ?? 0, shown = props.numbers.slice(0, NUMBERS_SHOWN);
  return (
    <div class="excluded">
      {counts.map(([reason, count]) => (
        <button key={reason} type="button" class="quiet" disabled={!onOpen} aria-pressed={open === reason} onClick={() => onOpen?.(open === reason ? "" : reason)}>
          {word("excluded", reason)} <strong>{count_text(count)}</strong>
        </button>
      ))}
      {shown.length > 0 && <p class="small numbers">{shown.join(", ")}{all > shown.length && " " + t("import.more_lines", { n: all - shown.length })}</p>}
    </div>
  );
}
