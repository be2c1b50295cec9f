// SPDX-License-Identifier: Apache-2.0
// Hours of the week: the server's "Mo-Fr 18:00-22:00; Sa 08:00-20:00", and the same with the
// days in the language of the console, which may be typed too.
import { t, WEEKDAYS, word } from "./i18n";

const CHINESE_DAYS = "一二三四五六日";

/** As people read it. */
export function hours_text(hours: string): string {
  return hours.replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => word("day", day));
}

/** As the server reads it: days of either language, full-width signs, a dash of any length. */
export function hours_code(text: string): string {
  return text
    .normalize("NFKC")
    .replace(/(?:周|星期|礼拜)([一二三四五六日天])/g, (_, day: string) => WEEKDAYS[CHINESE_DAYS.indexOf(day === "天" ? "日" : day)]!)
    .replace(/每天/g, "")
    .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)[a-z]*\b/gi, (_, day: string) => day[0]!.toUpperCase() + day[1]!.toLowerCase())
    .replace(/\s*[至到~–—－]+\s*/g, "-")
    .replace(/、/g, ",")
    .replace(/。/g, "")
    .trim();
}

export function hours_example(): string {
  return t("edit.hours_example", { monday: word("day", "Mo"), friday: word("day", "Fr"), saturday: word("day", "Sa") });
}
