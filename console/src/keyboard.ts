// SPDX-License-Identifier: Apache-2.0
// Where the keyboard is while the page changes under it: a row that comes to another place, a
// button that is off while its press is under way, one that goes away with what it did. Each of
// them would leave the keyboard, and whoever hears the page, at the top of the page.
import { go_on_at } from "./hooks";

let place: HTMLElement | null = null; // what has the keyboard, or had it last
let pressed: HTMLElement | null = null;

/** The keyboard goes on in the view. */
export function go_on_in_view(): void {
  go_on_at(() => document.getElementById("side"));
}

function is_about(record: MutationRecord): boolean {
  return record.type === "attributes" ? record.target.contains(place) : Array.from(record.removedNodes).some((node) => node.contains(place));
}
function changed(records: MutationRecord[]): void {
  if (!place || document.activeElement !== document.body || !records.some(is_about)) return;
  if (place.isConnected) {
    if (!place.matches(":disabled")) place.focus({ preventScroll: true });
  } else if (place === pressed) go_on_in_view();
}

/** Once, for the whole page. */
export function keep_the_keyboard(): void {
  document.addEventListener("focusin", (event) => (place = event.target as HTMLElement));
  document.addEventListener("pointerdown", () => (place = null), true); // it goes where the pointer puts it, or nowhere
  document.addEventListener("click", () => (pressed = place), true);
  document.addEventListener("keydown", (event) => event.key === "Enter" && (pressed = place), true);
  new MutationObserver(changed).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ["disabled"] });
}
