// SPDX-License-Identifier: Apache-2.0
// Of a long list only what holds every word that was typed.
import type { JSX } from "preact";

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
