// SPDX-License-Identifier: Apache-2.0
import { count_text, t } from "./i18n";

/** Minutes that were credited, as people read them. */
export function hours_text(minutes: number): string {
  return t("hours.length", { h: count_text(Math.floor(minutes / 60)), min: minutes % 60 });
}
