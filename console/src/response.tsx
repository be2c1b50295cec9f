// SPDX-License-Identifier: Apache-2.0
// The header's response level: the highest that runs in the account's areas or above them, and
// those that run below if one of them is higher.
import type { JSX } from "preact";

import { useApp } from "./app";
import { area_label, area_path, within_single } from "./areas";
import { t } from "./i18n";
import { LEVELS, useResponses, type Response } from "./responses";

const NAMED_MAX = 20;

function by_height(one: Response, other: Response): number {
  return LEVELS.indexOf(other.level) - LEVELS.indexOf(one.level);
}

/** The area is named unless it is the account's own. */
export function ResponseLevel(): JSX.Element {
  const app = useApp();
  const begun = useResponses("running").data ?? [];
  const running = begun.filter((one) => !one.to || Date.parse(one.to) > Date.now() + app.offset_ms); // that a level ends by itself is no event
  const own = new Set(app.session.roles.map((one) => within_single(app, one.area)));
  const holding = new Set([...own].flatMap((code) => area_path(app, code).map((one) => one.code)));
  const [highest] = running.filter((one) => holding.has(one.area.code)).sort(by_height);
  const below = running.filter((one) => !holding.has(one.area.code) && area_path(app, one.area.code).some((area) => own.has(area.code))).sort(by_height);
  const text = !highest ? t("response.ordinary") : own.size === 1 && own.has(within_single(app, highest.area.code)) ? t("response.level", { level: highest.level }) : t("response.level_of", { level: highest.level, area: highest.area.name });
  const is_told = below.length > 0 && (!highest || by_height(highest, below[0]!) > 0);
  const which = below.slice(0, NAMED_MAX).map((one) => area_label(app, one.area.code, one.area.name) + " " + one.level);
  if (below.length > NAMED_MAX) which.push("…");
  return (
    <a href="/response" data-go class={highest || is_told ? "response" : "response ordinary"} title={is_told ? which.join("\n") : t("response.title")}>
      {is_told ? (highest ? text + " · " : "") + t("response.below", { n: below.length, level: below[0]!.level }) : text}
    </a>
  );
}
