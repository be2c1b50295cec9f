// SPDX-License-Identifier: Apache-2.0
// Of a long list only what holds every word that was typed, and no more than is looked at.
import type { JSX } from "preact";
import { useState } from "preact/hooks";

import { t } from "./i18n";

const FIND_FROM = 10; // so many can be looked through

export const words_of = (text: string): string[] => text.toLowerCase().split(/[\s·]+/).filter(Boolean);
export function has_words(whole: string, words: string[]): boolean {
  const low = whole.toLowerCase();
  return words.every((word) => low.includes(word));
}

/** Those of ITEMS in whose words, as SAYS tells them, every word of TEXT stands. */
export function holding<T>(items: T[], text: string, says: (one: T) => (string | undefined)[]): T[] {
  const words = words_of(text);
  return words.length ? items.filter((one) => has_words(says(one).join(" "), words)) : items;
}

/** OF: how many there are without it. */
export function FindField(props: { label: string; of: number; text: string; onFind: (text: string) => void }): JSX.Element | null {
  if (props.of <= FIND_FROM && !props.text) return null;
  return (
    <label class="field">
      <span>{props.label}</span>
      <input type="search" value={props.text} onInput={(e) => props.onFind(e.currentTarget.value)} />
    </label>
  );
}

const NEXT = 240; // rows at a press: with thousands in view every key and every event would wait for them

/** The FIRST of ITEMS and whom KEEP wants besides; a button shows the next of them. */
export function useFirst<T>(items: T[], first: number, keep: (one: T) => boolean = () => false): { shown: T[]; more: JSX.Element | null } {
  const [most, set_most] = useState(first);
  const n = items.length, left = n - most;
  const says = left > NEXT ? t("list.more", { n: NEXT, all: n }) : left > 0 ? t("plan.all", { n }) : t("plan.fewer");
  return {
    shown: left > 0 ? items.filter((one, index) => index < most || keep(one)) : items,
    more: n > first ? <button type="button" class="quiet" aria-expanded={left <= 0} onClick={() => set_most(left > 0 ? most + NEXT : first)}>{says}</button> : null,
  };
}
