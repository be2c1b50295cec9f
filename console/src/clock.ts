// SPDX-License-Identifier: Apache-2.0
// The server's clock beside this machine's: every answer bears its time. One of both may be set while the
// console stands open, and countdowns would go on by how they stood to each other before.

const STEP_MS = 30000; // an answer's time is whole seconds, and its way takes some
const QUICK_MS = 5000; // of a slower answer nobody knows when it was made

let ahead_ms: number | null = null; // the server's minus ours, as answers have told it
let doubted: number | null = null; // what the last one told instead
const listeners = new Set<() => void>();

/** 0 before the first answer. */
export function clock_ahead(): number {
  return ahead_ms ?? 0;
}
export function when_clock_steps(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

/** DATE: the header of an answer to what was asked at ASKED_MS. One alone may have been kept by the browser. */
export function note_date(date: string | null, asked_ms: number): void {
  const now = Date.now(), took = now - asked_ms, at = Date.parse(date ?? "");
  if (!at || took < 0 || took > QUICK_MS) return;
  const found = at + 500 - (now - took / 2);
  ahead_ms ??= found;
  if (Math.abs(found - ahead_ms) < STEP_MS) return void (doubted = null);
  if (doubted === null || Math.abs(found - doubted) > STEP_MS) return void (doubted = found);
  ahead_ms = found;
  doubted = null;
  for (const listener of listeners) listener();
}
