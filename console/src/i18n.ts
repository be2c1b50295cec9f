// SPDX-License-Identifier: Apache-2.0
// The texts, and how numbers and times are written. The language is a module value: the
// frame renders everything anew when it changes.
import en from "../i18n/en.json";
import zh from "../i18n/zh.json";

export type Language = "zh" | "en";
export type Key = keyof typeof zh;

const texts: Record<Language, Record<string, string>> = { zh, en };
let language: Language = "zh";
let zone = "Asia/Shanghai";
let offset_ms = 0;

export function start_language(): Language {
  const kept = localStorage.getItem("muster-language");
  language = kept === "zh" || kept === "en" ? kept : navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
  document.documentElement.lang = language === "zh" ? "zh-CN" : "en";
  return language;
}
/** What the server said in both languages, in the one of the console. */
export function told(sentence: { zh: string; en: string }): string {
  return sentence[language];
}
export function set_language(next: Language): void {
  language = next;
  localStorage.setItem("muster-language", next);
  document.documentElement.lang = next === "zh" ? "zh-CN" : "en";
}
export function current_language(): Language {
  return language;
}
/** OFFSET: the server's clock minus ours. */
export function set_zone(name: string, offset: number): void {
  zone = name;
  offset_ms = offset;
}

/** The text of KEY, its {names} replaced; {n|person|people} is the word that goes with n. */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  const text = (texts[language][key] ?? key).replace(/\{(\w+)\|([^|{}]*)\|([^|{}]*)\}/g, (_, name: string, one: string, more: string) => (Number(values[name]) === 1 ? one : more));
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => String(values[name] ?? hole));
}

/** The word for a code that comes from the server; the code itself if there is none. */
export function word(group: string, code: string | undefined | null): string {
  if (!code) return "";
  return texts[language][group + "." + code] ?? code.replaceAll("_", " ");
}
export function has_word(group: string, code: string): boolean {
  return group + "." + code in texts[language];
}

const LOCALES = { zh: "zh-CN", en: "en-GB" };
const formats = new Map<string, Intl.DateTimeFormat>();
/** Made once: making one takes as long as a hundred uses. LOCALE: of what is written the same in both languages. */
function format(options: Intl.DateTimeFormatOptions, name: string, locale = LOCALES[language]): Intl.DateTimeFormat {
  const key = name + zone + locale;
  let found = formats.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(locale, { timeZone: zone, hourCycle: "h23", ...options });
    formats.set(key, found);
  }
  return found;
}
export function clock_text(time: string | number | undefined): string {
  if (!time) return "";
  return format({ hour: "2-digit", minute: "2-digit" }, "clock").format(new Date(time));
}
export function seconds_text(time: string | undefined): string {
  if (!time) return "";
  return format({ hour: "2-digit", minute: "2-digit", second: "2-digit" }, "seconds").format(new Date(time));
}
/** When it happened, to the second: with its date, if that is not today. */
export function moment_text(time: string | undefined): string {
  if (!time || date_text(time) === date_text(Date.now() + offset_ms)) return seconds_text(time);
  return format({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit" }, "moment").format(new Date(time));
}
function is_of_other_year(time: string | number): boolean {
  return date_text(time).slice(0, 4) !== date_text(Date.now() + offset_ms).slice(0, 4);
}
/** The day and the time: with the year, if it is another one. */
export function day_text(time: string | number | undefined): string {
  if (!time) return "";
  const other = is_of_other_year(time);
  return format({ month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", ...(other ? { year: "numeric" as const } : {}) }, other ? "day-year" : "day").format(new Date(time));
}
/** A deadline as seen from NOW_MS: with its date, if that is another day. */
export function due_text(time: string | number | undefined, now_ms: number): string {
  if (!time) return "";
  return date_text(time) === date_text(now_ms) ? clock_text(time) : day_text(time);
}
/** For what is planned: the weekday, and the year if it is another one. */
export function weekday_text(time: string): string {
  const other = is_of_other_year(time);
  return format({ weekday: "short", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", ...(other ? { year: "numeric" as const } : {}) }, other ? "weekday-year" : "weekday").format(new Date(time));
}
/** A count with its thousands apart: 2,711. */
export function count_text(count: number): string {
  return new Intl.NumberFormat(LOCALES[language]).format(count);
}
/** The day alone, with its year, as days are written elsewhere: 2026-07-14. */
export function date_text(time: string | number | undefined): string {
  return time ? format({}, "date", "sv-SE").format(new Date(time)) : "";
}
/** Of the county: 0 = Monday, and the hour of the day. */
export const WEEKDAYS = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];
export function weekday_and_hour(ms: number): { day: number; hour: number } {
  const parts = format({ weekday: "short", hour: "2-digit" }, "weekday-hour", "en-GB").formatToParts(new Date(ms));
  const of = (type: string) => parts.find((part) => part.type === type)?.value ?? "";
  return { day: WEEKDAYS.indexOf(of("weekday").slice(0, 2)), hour: Number(of("hour")) };
}
/** The beginning of the next such hour from MS on, or of the present one. */
export function next_such_hour(ms: number, day: number, hour: number): number {
  const HOUR = 3600000, begin = Math.floor(ms / HOUR) * HOUR;
  for (let at = begin; at < begin + 8 * 24 * HOUR; at += HOUR) {
    const found = weekday_and_hour(at);
    if (found.day === day && found.hour === hour) return at;
  }
  return begin;
}
/** A moment from what a datetime-local field holds, which is wall time of the county. */
export function moment_of(local: string): string {
  const wall = Date.parse(local + "Z");
  const ahead = (ms: number) => Date.parse(format({ dateStyle: "short", timeStyle: "medium" }, "wall-seconds", "sv-SE").format(ms).replace(" ", "T") + "Z") - ms;
  return new Date(wall - ahead(wall - ahead(wall))).toISOString();
}
/** What a datetime-local field holds of a moment. */
export function local_of(time: string): string {
  return format({ dateStyle: "short", timeStyle: "short" }, "wall", "sv-SE").format(new Date(time)).replace(" ", "T");
}
/** How long it is given: 45 min, 2 h 30 min. */
export function minutes_text(minutes: number): string {
  const h = Math.floor(minutes / 60), min = minutes % 60;
  return minutes < 120 ? t("minutes", { n: minutes }) : min ? t("hours.length", { h, min }) : t("minutes.hours", { h });
}
/** Minutes, rounded up, with the prime of console.md: 6′. */
export function prime(seconds: number | undefined | null): string {
  if (seconds === undefined || seconds === null || seconds < 0) return "–";
  return Math.ceil(seconds / 60) + "′";
}
export function probability_text(p: number): string {
  // Never rounded up to a certainty that is not there.
  return p >= 1 ? "1.00" : (Math.floor(p * 100 + 1e-9) / 100).toFixed(2);
}
/** Never rounded up to a target that is not reached. */
export function share_text(share: number): string {
  return Math.floor(share * 1000 + 1e-9) / 10 + " %";
}
/** mm:ss until or since; hours when there are any. */
export function span_text(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const h = Math.floor(whole / 3600), m = Math.floor((whole % 3600) / 60), s = whole % 60;
  const two = (n: number) => String(n).padStart(2, "0");
  return h ? h + ":" + two(m) + ":" + two(s) : two(m) + ":" + two(s);
}
