// SPDX-License-Identifier: Apache-2.0
// What changed, as it changes: one EventSource for the whole console; while it is down,
// a poll every three seconds. Listeners are called at most once per 250 ms. A stream may
// look open long after the line is gone, so every ten seconds the server is asked too.

export type Link = "live" | "poll" | "down";
export interface Change {
  incident?: number;
  kind?: string;
  callout?: number;
}
/** Incidents by their ids; what is no incident's is 0 and the first word of its kind. */
export type Subject = number | string;
type Listener = (subjects: Set<Subject> | null) => void;

const listeners = new Set<Listener>();
const link_listeners = new Set<(link: Link) => void>();
let link: Link = "down";
let source: EventSource | null = null;
let pending: Set<Subject> | null = new Set();
let timer = 0;
let poll = 0;
let watch = 0;
let heard = Date.now();
const WATCH_MS = 10000;
const PATIENCE_MS = 5000;

function set_link(next: Link): void {
  if (next !== "down") heard = Date.now();
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
function touched(subjects: Subject[] | null): void {
  if (subjects === null) pending = null;
  else for (const one of subjects) pending?.add(one);
  timer ||= window.setTimeout(flush, 250);
}

function start_poll(): void {
  poll ||= window.setInterval(() => {
    fetch("/readyz", { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
      (answer) => {
        set_link(answer.ok ? "poll" : "down");
        touched(null);
      },
      () => set_link("down"),
    );
    if (source?.readyState === EventSource.CLOSED) open();
  }, 3000);
}

function lost(): void {
  set_link("down");
  source?.close();
  start_poll();
}

/** Whether the server answers although the stream looks open. */
function look(): void {
  if (link !== "live") return;
  fetch("/readyz", { signal: AbortSignal.timeout(PATIENCE_MS) }).then(
    () => void (heard = Date.now()),
    () => link === "live" && lost(),
  );
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
      const { incident, kind } = JSON.parse((event as MessageEvent<string>).data) as Change;
      touched(incident ? [incident] : incident === 0 ? [0, kind?.split(".")[0] ?? ""] : null);
    } catch {
      touched(null);
    }
  });
  source.addEventListener("resync", () => touched(null));
}

export function start_live(): void {
  if (!source) open();
  watch ||= window.setInterval(look, WATCH_MS);
  window.addEventListener("offline", lost);
}
export function stop_live(): void {
  source?.close();
  source = null;
  window.clearInterval(poll);
  window.clearInterval(watch);
  window.removeEventListener("offline", lost);
  poll = watch = 0;
  set_link("down");
}
/** When the server was last heard, in ms of this machine's clock. */
export function last_heard(): number {
  return heard;
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
