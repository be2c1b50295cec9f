// SPDX-License-Identifier: Apache-2.0
// What changed, as it changes: one EventSource for the whole console; while it is down,
// a poll every three seconds. Listeners are called at most once per 250 ms.

export type Link = "live" | "poll" | "down";
export interface Change {
  incident?: number;
  kind?: string;
  callout?: number;
}
type Listener = (incidents: Set<number> | null) => void;

const listeners = new Set<Listener>();
const link_listeners = new Set<(link: Link) => void>();
let link: Link = "down";
let source: EventSource | null = null;
let pending: Set<number> | null = new Set();
let timer = 0;
let poll = 0;

function set_link(next: Link): void {
  if (link === next) return;
  link = next;
  for (const listener of link_listeners) listener(next);
}

function flush(): void {
  timer = 0;
  const changed = pending;
  pending = new Set();
  for (const listener of listeners) listener(changed);
}

/** null = anything may have changed. */
function touched(incident: number | null): void {
  if (incident === null) pending = null;
  else pending?.add(incident);
  timer ||= window.setTimeout(flush, 250);
}

function start_poll(): void {
  poll ||= window.setInterval(() => {
    fetch("/readyz").then(
      (answer) => {
        set_link(answer.ok ? "poll" : "down");
        touched(null);
      },
      () => set_link("down"),
    );
    if (source?.readyState === EventSource.CLOSED) open();
  }, 3000);
}

function open(): void {
  source?.close();
  source = new EventSource("/api/v1/stream");
  source.onopen = () => {
    window.clearInterval(poll);
    poll = 0;
    set_link("live");
    touched(null);
  };
  source.onerror = () => {
    set_link("down");
    start_poll();
  };
  source.addEventListener("change", (event) => {
    try {
      const change = JSON.parse((event as MessageEvent<string>).data) as Change;
      touched(change.incident ?? null);
    } catch {
      touched(null);
    }
  });
  source.addEventListener("resync", () => touched(null));
}

export function start_live(): void {
  if (!source) open();
}
export function stop_live(): void {
  source?.close();
  source = null;
  window.clearInterval(poll);
  poll = 0;
  set_link("down");
}
export function current_link(): Link {
  return link;
}
export function on_link(listener: (link: Link) => void): () => void {
  link_listeners.add(listener);
  return () => link_listeners.delete(listener);
}
export function on_change(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
