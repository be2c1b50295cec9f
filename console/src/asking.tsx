// SPDX-License-Identifier: Apache-2.0
// Why somebody has not been asked lately, in one place: what stands against it just now, how often they
// were asked within a week and how often they still may be, which of their skills do not count.
import type { JSX } from "preact";

import { skills_text, useApp } from "./app";
import { day_text, t, word } from "./i18n";
import type { Person } from "./types";

/** Nothing where that is not for this account. */
export function AskingNow(props: { person: Person }): JSX.Element | null {
  const app = useApp();
  const { asking, not_counted = [] } = props.person;
  if (!asking) return null;
  const { reason, alerted_at, alerts_left } = asking;
  const times = alerted_at.map((at) => day_text(at)).join(t("handover.comma"));
  return (
    <section class="asking" aria-labelledby="asking-title">
      <h2 id="asking-title">{t("asking.title")}</h2>
      <p class={reason ? "wait-text" : "ok-text"}>{reason ? t("asking.not_now", { why: reason === "committed" ? t("asking.committed") : word("excluded", reason) }) : t("asking.now")}</p>
      <p>{times ? t("asking.asked", { n: alerted_at.length, times }) : t("asking.not_asked")} {t("asking.left", { n: alerts_left })}</p>
      {not_counted.length > 0 && <p>{t("asking.not_counted", { skills: skills_text(app, not_counted) })}</p>}
      <p class="small">{t("asking.where", { tab: word("tab", "why") })}</p>
    </section>
  );
}
