// SPDX-License-Identifier: Apache-2.0
// Of a long list only what holds every word that was typed.
import type { JSX } from "preact";

const FIND_FROM = 10; // so many can be looked through

/** Those of ITEMS in whose words, as SAYS tells them, every word of TEXT stands. */
export function holding<T>(items: T[], text: string, says: (one: T) => (string | undefined)[]): T[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return items;
  return items.filter((one) => {
    const whole = says(one).join(" ").toLowerCase();
    return words.every((part) => whole.includes(part));
  });
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
